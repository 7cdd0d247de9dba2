// Every primitive in the registry, at every law.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { primitiveProperties } from '../../laws/primitiveProperties';
import { checkedByTransforms, generators } from '../../laws/primitives';
import { allPrimitives } from '../../src/core/primitive';
import '../../src/transforms';
import { runs } from './runs';

const primitives = allPrimitives();

it('every primitive has a generator of calls, and every generator a primitive', () => {
  const covered = [...Object.keys(generators), ...Object.keys(checkedByTransforms)];
  expect(covered.sort()).toEqual(primitives.map((p) => p.name).sort());
});

for (const p of primitives) {
  const generator = generators[p.name];
  if (generator === undefined) continue;
  describe(p.name, () => {
    it('is said to be linear where it has a transpose rule', () => {
      expect(generator.linear !== undefined).toBe(p.transpose !== null);
    });
    const n = p.lower.kind === 'inline' ? 30 : 100;
    for (const [name, property] of Object.entries(primitiveProperties(p, generator)))
      it(name, () => fc.assert(property, runs(n)));
  });
}
