// The lattice of dtype promotion: which dtype two of them are brought to.
import { type DType, type DTypeName, dtypes, i32, recordOf } from './dtype';

type Node = DTypeName | 'i64';
const above = (node: Node): readonly Node[] => (node === 'i64' ? ['f16', 'bf16'] : recordOf(node).above);
/** A dtype and all that are above it in the lattice. */
const upwards = (node: Node): ReadonlySet<Node> => new Set([node, ...above(node).flatMap((n) => [...upwards(n)])]);

const upper = new Map<Node, ReadonlySet<Node>>(
  [...dtypes.map((d) => d.name), 'i64' as const].map((n) => [n, upwards(n)]),
);
const upperOf = (node: Node): ReadonlySet<Node> => upper.get(node) ?? new Set();
const leastAbove = (a: DTypeName, b: DTypeName): DType => {
  const common = [...upperOf(a)].filter((n) => upperOf(b).has(n));
  const least = common.find((n) => common.every((other) => upperOf(n).has(other)));
  return least === undefined || least === 'i64' ? i32 : recordOf(least);
};
const table = new Map(dtypes.map((a) => [a, new Map(dtypes.map((b) => [b, leastAbove(a.name, b.name)]))]));

/**
 * The dtype both operands are brought to, as in JAX: the least one above both. Integers of unlike sign meet in the next wider signed
 * one, integers take a float's dtype, f16 and bf16 meet in f32; i32 with u32 is i32.
 */
export const promote = (a: DType, b: DType): DType => (a === b ? a : (table.get(a)?.get(b) ?? a));
