// What a region of scalars says, where it is a named combinator or a comparator.
import type { Op, Region } from '../mlir/module';

export type Combinator = 'add' | 'mul' | 'max' | 'min' | 'and' | 'or' | 'xor' | 'replace';
const names: Readonly<Record<string, Combinator>> = {
  'stablehlo.add': 'add',
  'stablehlo.multiply': 'mul',
  'stablehlo.maximum': 'max',
  'stablehlo.minimum': 'min',
  'stablehlo.and': 'and',
  'stablehlo.or': 'or',
  'stablehlo.xor': 'xor',
};

const isReturn = (op: Op): boolean => op.name.endsWith('return');

/** add for a region that returns the sum of its two arguments; replace for one that returns the second; null for any other. */
export const combinatorOf = (region: Region | undefined): Combinator | null => {
  if (region?.args.length !== 2) return null;
  const [first, second] = region.ops;
  if (first && isReturn(first))
    return first.operands.length === 1 && first.operands[0] === region.args[1] ? 'replace' : null;
  if (!first || !second || !isReturn(second) || second.operands[0] !== first.results[0]?.name) return null;
  const both = region.args.every((a) => first.operands.includes(a));
  return both ? (names[first.name] ?? null) : null;
};

export const combinatorNamed = (name: string): Combinator | null => names[name] ?? null;
