// What the code of a loop depends on: the lanes that its body needs, the memory it uses.
import type { DTypeName } from '../../../core/dtype';
import type { Expr } from '../../../core/lowering';
import type { Fold, LoopFunction, Statement } from '../../loop';
import type { For } from '../../parallel';
import { partsOf } from '../../rewrite';
import type { Width } from './lanes';
import { bytesOf, isFloat } from './scalar';

export type Store = Extract<Statement, { readonly kind: 'store' }>;

const alignment = 64;
/** Where each scratch array lies in a kernel's scratch memory, and how much there is in all. */
export const layScratch = (
  scratch: LoopFunction['scratch'],
): { readonly offsets: readonly number[]; readonly bytes: number } => {
  const offsets: number[] = [];
  let bytes = 0;
  for (const { dtype, size } of scratch) {
    offsets.push(bytes);
    bytes += Math.ceil((size * bytesOf(dtype)) / alignment) * alignment;
  }
  return { offsets, bytes };
};

/** A fold's value as the store of a loop, to look at both in one way. */
export const storeOf = (s: Fold): Store => ({
  kind: 'store',
  array: -1,
  at: { op: 'const', dtype: 'i32', value: 0 },
  value: s.value,
});

/** Two lanes where anything is computed in double precision. */
export const widthOf = (body: readonly Statement[]): Width => {
  const roots = body.flatMap((s) => (s.kind === 'let' || s.kind === 'store' ? [s.value] : []));
  return [...partsOf(roots)].some((e) => e.dtype === 'f64') ? 2 : 4;
};
export const vectorWidth = (s: For): Width | null =>
  s.independent && s.step === 1 && s.body.every((b) => b.kind === 'let' || b.kind === 'store') ? widthOf(s.body) : null;

/** Operations of a body from which on vectors side by side hide how long each operation takes, and that are written out in all. */
const longChain = 12;
const mostWritten = 240;
/** Vectors that a loop computes side by side. */
export const unrolling = (body: readonly Statement[]): number => {
  const roots = body.flatMap((s) => (s.kind === 'let' || s.kind === 'store' ? [s.value] : []));
  const operations = [...partsOf(roots)].filter((e) => 'args' in e && isFloat(e.dtype)).length;
  return operations < longChain ? 1 : Math.max(1, Math.min(6, Math.floor(mostWritten / operations)));
};

/** The places of memory that a body uses. */
export const arraysIn = (
  body: readonly Statement[],
): readonly { readonly array: number; readonly at: Expr; readonly dtype: DTypeName }[] =>
  body.flatMap((s) => {
    if (s.kind !== 'let' && s.kind !== 'store') return [];
    const loads = [...partsOf([s.value])].flatMap((e) =>
      e.op === 'load' ? [{ array: e.buffer, at: e.at, dtype: e.dtype }] : [],
    );
    return s.kind === 'store' && s.array >= 0 ? [...loads, { array: s.array, at: s.at, dtype: s.value.dtype }] : loads;
  });
