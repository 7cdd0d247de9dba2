import { describe, expect, it } from 'vitest';
import * as array from '../../src/index';
import * as untyped from '../../src/untyped';

const own = new Set(['composed', 'atMost', 'knownOptions', 'evened', 'knownIndices']);

describe('the functions of untyped tensors', () => {
  const functions = Object.entries(untyped).filter(([name]) => !own.has(name));
  it.each(functions)('%s is the public one', (name, f) => {
    expect(f).toBe((array as Readonly<Record<string, unknown>>)[name]);
  });
  it('are many', () => expect(functions.length).toBeGreaterThan(80));
});

describe('knownIndices', () => {
  it('has the elements outside of what traces', () => {
    const { indices, known } = untyped.knownIndices('f', array.tensor([3, 1], array.i32), 'labels');
    expect(indices.toArray()).toEqual([3, 1]);
    expect([...(known ?? [])]).toEqual([3, 1]);
  });
  it('has none where they are traced', () => {
    const seen: unknown[] = [];
    array.jit((x: array.Tensor<[2], array.i32>) => {
      seen.push(untyped.knownIndices('f', x, 'labels').known);
      return x;
    })(array.tensor([3, 1], array.i32));
    expect(seen).toEqual([null]);
  });
  it('names the function and the argument', () => {
    expect(() => untyped.knownIndices('f', array.zeros([2]), 'labels')).toThrow('f: labels must be integers');
  });
});

describe('evened', () => {
  it('keeps squares finite, and what is in range as it is', () => {
    expect(untyped.evened('f', array.tensor([3, 4]), [0]).toArray()).toEqual([3, 4]);
    const large = untyped.evened('f', array.tensor([3e30, 4e30]), [0]);
    expect(array.isfinite(array.sum(array.square(large))).item()).toBe(true);
  });
});
