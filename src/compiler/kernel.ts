// A program as a list of kernels over buffers.
import type { Aval } from '../core/aval';
import type { Contraction, Expr, Flow } from '../core/lowering';
import type { Params, Primitive } from '../core/primitive';
import { partsOf } from './rewrite';

/** Where a value lies in memory: an input, a constant, a temporary or a result. */
export interface Buffer {
  readonly id: number;
  readonly aval: Aval;
}

/** The loop variable of axis d of a kernel's result, and of the terms of a sum. */
export const axisName = (d: number): string => `i${d}`;
export const termName = 'r';

/** Every element on its own; several results over one index space. */
export interface MapKernel {
  readonly kind: 'map';
  readonly shape: readonly number[];
  readonly stores: readonly { readonly buffer: Buffer; readonly value: Expr }[];
}
/** result[i...] = the terms r = 0 ... length - 1 combined in the order of `lanes`. */
export interface ReduceKernel {
  readonly kind: 'reduce';
  readonly shape: readonly number[];
  readonly length: number;
  readonly lanes: 1 | 8;
  readonly combine: 'add' | 'mul' | 'max' | 'min';
  readonly identity: number;
  readonly term: Expr;
  readonly buffer: Buffer;
}
/** A contraction over the variables i0 for the group, i1 for the row or column, r for the term. */
export interface ContractKernel extends Contraction {
  readonly kind: 'contract';
  readonly buffer: Buffer;
  /**
   * What is made of every sum, in terms of i0, i1 ... of the result: maps that load the sums from `buffer`, where they lie until the last
   * of them, which is stored there, takes their place. Empty if the sums themselves are the result.
   */
  readonly epilogue: MapKernel['stores'];
}
/** Maps of one form over arrays of any size, of the variable i0 each: one function, called for every one of them. */
export interface MapsKernel {
  readonly kind: 'maps';
  readonly maps: readonly MapKernel[];
}
/**
 * Maps and reductions along rows, one after the other for every row of `shape`. What a part reads of an earlier one lies in its own row.
 * `internal` is read by parts alone, and never stored whole.
 */
export interface RowsKernel {
  readonly kind: 'rows';
  readonly shape: readonly number[];
  readonly parts: readonly (MapKernel | ReduceKernel)[];
  readonly results: readonly Buffer[];
  readonly internal: readonly Buffer[];
}
/** A result that is an array but for the elements of a window, which are stored over what is there: it lies where the array lay. */
export interface UpdateKernel {
  readonly kind: 'update';
  /** Of the window. */
  readonly shape: readonly number[];
  readonly from: Buffer;
  readonly buffer: Buffer;
  /** Where in the result an element of the window lies. */
  readonly at: Expr;
  readonly value: Expr;
}
/** Loops that a primitive writes itself, over operands that are stored or one number throughout. */
export interface LoopsKernel {
  readonly kind: 'loops';
  readonly primitive: Primitive;
  readonly params: Params;
  readonly args: readonly Aval[];
  readonly operands: readonly (Buffer | number)[];
  readonly outputs: readonly Buffer[];
}
/** A primitive's own implementation. */
export interface CallKernel {
  readonly kind: 'call';
  readonly primitive: Primitive;
  readonly params: Params;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}
/** Loops and branches around programs, which are compiled on their own. */
export interface ControlKernel {
  readonly kind: 'control';
  readonly primitive: Primitive;
  readonly params: Params;
  readonly flow: Flow;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}
/** The same elements in the same order under another shape: no work. */
export interface AliasKernel {
  readonly kind: 'alias';
  readonly from: Buffer;
  readonly buffer: Buffer;
}
/** Kernels that become loops. */
export type LoopedKernel =
  | MapKernel
  | MapsKernel
  | UpdateKernel
  | ReduceKernel
  | RowsKernel
  | ContractKernel
  | LoopsKernel;
export type Kernel = LoopedKernel | CallKernel | ControlKernel | AliasKernel;

/** What a literal result or the operand of a call is stored from. */
export interface KernelProgram {
  readonly inputs: readonly Buffer[];
  readonly literals: readonly { readonly buffer: Buffer; readonly value: number }[];
  readonly kernels: readonly Kernel[];
  readonly outputs: readonly Buffer[];
}

const loadsOf = (values: readonly Expr[]): readonly number[] =>
  [...partsOf(values)].flatMap((e) => (e.op === 'load' ? [e.buffer] : []));

/** The ids of the buffers a kernel reads. */
export const readsOf = (kernel: Kernel): ReadonlySet<number> => {
  switch (kernel.kind) {
    case 'map':
      return new Set(loadsOf(kernel.stores.map((s) => s.value)));
    case 'maps':
      return new Set(kernel.maps.flatMap((m) => [...readsOf(m)]));
    case 'update':
      return new Set([kernel.from.id, ...loadsOf([kernel.at, kernel.value])]);
    case 'reduce':
      return new Set(loadsOf([kernel.term]));
    case 'rows': {
      const written = new Set(kernel.parts.flatMap(writesOf).map((b) => b.id));
      const read = kernel.parts.flatMap((part) => [...readsOf(part)]);
      return new Set(read.filter((id) => !written.has(id)));
    }
    case 'contract':
      return new Set(
        loadsOf([kernel.lhs, kernel.rhs, ...kernel.epilogue.map((s) => s.value)]).filter(
          (id) => id !== kernel.buffer.id,
        ),
      );
    case 'loops':
      return new Set(kernel.operands.flatMap((x) => (typeof x === 'number' ? [] : [x.id])));
    case 'call':
    case 'control':
      return new Set(kernel.inputs.map((b) => b.id));
    case 'alias':
      return new Set([kernel.from.id]);
  }
};

export const writesOf = (kernel: Kernel): readonly Buffer[] => {
  switch (kernel.kind) {
    case 'map':
      return kernel.stores.map((s) => s.buffer);
    case 'maps':
      return kernel.maps.flatMap(writesOf);
    case 'rows':
      return kernel.results;
    case 'contract':
      return kernel.epilogue.length === 0 ? [kernel.buffer] : kernel.epilogue.map((s) => s.buffer);
    case 'loops':
    case 'call':
    case 'control':
      return kernel.outputs;
    default:
      return [kernel.buffer];
  }
};

/** The buffer whose elements another one has, under another shape or after an update. */
export const rootsOf = ({ kernels }: KernelProgram): ((id: number) => number) => {
  const roots = new Map<number, number>();
  const root = (id: number): number => roots.get(id) ?? id;
  for (const kernel of kernels)
    if (kernel.kind === 'alias' || kernel.kind === 'update') roots.set(kernel.buffer.id, root(kernel.from.id));
  return root;
};
