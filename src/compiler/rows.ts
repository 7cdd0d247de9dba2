// Chained reductions over rows as one kernel: softmax, layer norm, cross-entropy and their gradients read and write each row while it is
// in the first cache, and what only they use is never stored whole.
import { sizeOf } from '../core/aval';
import { type Expr, index } from '../core/lowering';
import { Interner, rangeOfIndex, simplifyIndex, stepOf } from './indexing';
import {
  axisName,
  type Buffer,
  type Kernel,
  type KernelProgram,
  type MapKernel,
  type ReduceKernel,
  type RowsKernel,
  readsOf,
  termName,
  writesOf,
} from './kernel';
import { partsOf } from './rewrite';

/** Elements of a row, above which it would leave the second cache. */
const longest = 16384;
/** How far back a kernel looks for one that it can join. */
const window = 16;
/** Parts of one kernel: more would need too many addresses at once. */
const mostParts = 16;

type Part = MapKernel | ReduceKernel;
const isRowReduce = (k: Kernel): k is ReduceKernel =>
  k.kind === 'reduce' && k.lanes === 8 && k.length <= longest && sizeOf(k.shape) > 1;

interface Group {
  readonly kind: 'group';
  readonly shape: readonly number[];
  readonly parts: readonly Part[];
}
type Item = Kernel | Group;

const startsWith = (shape: readonly number[], start: readonly number[]): boolean =>
  start.every((n, d) => shape[d] === n);
const rowLength = (shape: readonly number[], rows: readonly number[]): number =>
  shape.slice(rows.length).reduce((a, b) => a * b, 1);
const fits = (part: Part, rows: readonly number[]): boolean =>
  startsWith(part.shape, rows) &&
  (part.kind === 'map'
    ? rowLength(part.shape, rows) <= longest
    : part.shape.length === rows.length && isRowReduce(part));

const valuesOf = (part: Part): readonly Expr[] => (part.kind === 'map' ? part.stores.map((s) => s.value) : [part.term]);
const extentsOf = (part: Part): ReadonlyMap<string, number> =>
  new Map([
    ...part.shape.map((n, d) => [axisName(d), n] as const),
    ...(part.kind === 'reduce' ? [[termName, part.length] as const] : []),
  ]);

/** Where the row that the loops are at begins, in an array of these rows. */
export const rowStart = (rows: readonly number[], length: number): Expr =>
  index.mul(
    index.flatten(
      rows.map((_, d): Expr => ({ op: 'index', dtype: 'i32', name: axisName(d) })),
      rows,
    ),
    index.int(length),
  );

/** Whether an index stays within the row that the loops are at. */
const staysInRow = (interner: Interner, at: Expr, rows: readonly number[], length: number, part: Part): boolean => {
  const extents = extentsOf(part);
  let stride = length;
  for (let d = rows.length - 1; d >= 0; d--) {
    if (rows[d] !== 1 && stepOf(interner, at, axisName(d)) !== stride) return false;
    stride *= rows[d] as number;
  }
  const within = simplifyIndex(interner, index.sub(at, rowStart(rows, length)), extents);
  const [low, high] = rangeOfIndex(interner, within, extents);
  return low >= 0 && high < length;
};

/** Whether a part can follow others in one kernel: what it reads of theirs lies in its own row. */
const follows = (interner: Interner, part: Part, before: readonly Part[], rows: readonly number[]): boolean => {
  const written = new Map(before.flatMap(writesOf).map((b) => [b.id, b]));
  let reads = false;
  for (const e of partsOf(valuesOf(part))) {
    const buffer = e.op === 'load' ? written.get(e.buffer) : undefined;
    if (e.op !== 'load' || buffer === undefined) continue;
    reads = true;
    if (!staysInRow(interner, e.at, rows, rowLength(buffer.aval.shape, rows), part)) return false;
  }
  return reads;
};

const writesOfItem = (item: Item): readonly Buffer[] =>
  item.kind === 'group' ? item.parts.flatMap(writesOf) : writesOf(item);

/** The kernel joined to an earlier item, or null. */
const joined = (interner: Interner, item: Item, part: Part): Group | null => {
  if (item.kind === 'group') {
    const { shape, parts } = item;
    const can = parts.length < mostParts && fits(part, shape) && follows(interner, part, parts, shape);
    return can ? { ...item, parts: [...parts, part] } : null;
  }
  if (item.kind !== 'map' && item.kind !== 'reduce') return null;
  const reduction = isRowReduce(part) ? part : isRowReduce(item) ? item : null;
  if (reduction === null) return null;
  const { shape } = reduction;
  const can = fits(item, shape) && fits(part, shape) && follows(interner, part, [item], shape);
  return can ? { kind: 'group', shape, parts: [item, part] } : null;
};

/** Kernels that pass rows on to each other become one. */
export const groupRows = (program: KernelProgram): KernelProgram => {
  const interner = new Interner();
  const items: Item[] = [];
  for (const kernel of program.kernels) {
    const at = kernel.kind === 'map' || kernel.kind === 'reduce' ? placeFor(interner, items, kernel) : null;
    if (at === null) items.push(kernel);
    else items[at.index] = at.group;
  }
  const readOutside = (group: Group): ReadonlySet<number> => {
    const ids = new Set(program.outputs.map((b) => b.id));
    for (const item of items)
      if (item !== group)
        for (const k of item.kind === 'group' ? item.parts : [item]) for (const id of readsOf(k)) ids.add(id);
    return ids;
  };
  const kernels = items.map((item): Kernel => (item.kind === 'group' ? rowsOf(item, readOutside(item)) : item));
  return { ...program, kernels };
};

const placeFor = (
  interner: Interner,
  items: readonly Item[],
  kernel: Part,
): { readonly index: number; readonly group: Group } | null => {
  const reads = readsOf(kernel);
  for (let k = items.length - 1; k >= Math.max(0, items.length - window); k--) {
    const item = items[k] as Item;
    const group = joined(interner, item, kernel);
    if (group !== null) return { index: k, group };
    if (writesOfItem(item).some((b) => reads.has(b.id))) return null;
  }
  return null;
};

const rowsOf = ({ shape, parts }: Group, readOutside: ReadonlySet<number>): RowsKernel => {
  const written = parts.flatMap(writesOf);
  return {
    kind: 'rows',
    shape,
    parts,
    results: written.filter((b) => readOutside.has(b.id)),
    internal: written.filter((b) => !readOutside.has(b.id)),
  };
};
