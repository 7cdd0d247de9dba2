// Whether a primitive reads its operands under a condition: what its record says, and what its expressions are.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Spec } from '../../laws/call';
import { generators } from '../../laws/primitives';
import { partsOf } from '../../src/compiler/rewrite';
import type { Aval } from '../../src/core/aval';
import type { Expr } from '../../src/core/lowering';
import { allPrimitives, type Primitive } from '../../src/core/primitive';

const variable = (name: string): Expr => ({ op: 'index', dtype: 'i32', name });
/** The expressions of a call's elements. */
const elementsOf = ({ lower, shape }: Primitive, { args, params }: Spec): readonly Expr[] => {
  const results = shape(args, params);
  const read = (operand: number): Expr => ({
    op: 'local',
    dtype: (args[operand] as Aval).dtype.name,
    name: `x${operand}`,
  });
  if (lower.kind === 'map')
    return results.map((r, result) =>
      lower.element({ params, args, results, result, at: r.shape.map((_, d) => variable(`i${d}`)), read }),
    );
  if (lower.kind !== 'contract') return [];
  const [group, line, term] = [variable('g'), variable('l'), variable('t')];
  const { lhs, rhs } = lower.contraction({ params, args, results, group, line, term, read });
  return [lhs, rhs];
};
const isGuarded = (roots: readonly Expr[]): boolean => [...partsOf(roots)].some((e) => e.op === 'guard');

const primitives = allPrimitives().filter((p) => p.lower.kind === 'map' || p.lower.kind === 'contract');

describe('guards', () => {
  it.each(primitives.map((p) => [p.name, p] as const))('of %s are said in its record', (name, p) => {
    const generator = generators[name];
    if (generator === undefined) throw new Error(`laws/primitives has no calls of ${name}`);
    const specs = generator.dtypes.flatMap((dtype) => fc.sample(generator.spec(dtype), { numRuns: 100, seed: 1 }));
    const found = specs.some((spec) => isGuarded(elementsOf(p, spec)));
    expect('isGuarded' in p.lower && p.lower.isGuarded === true).toBe(found);
  });
});
