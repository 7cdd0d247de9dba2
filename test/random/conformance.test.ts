// The random stream against outside data: Random123's known answers and a model of jax.random.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor, u32 } from 'adjoint';
import { bits, foldIn, key, keys, normal, split, uniform } from 'adjoint/random';
import { describe, expect, test } from 'vitest';
import { valueFrom } from '../../src/array/tensor';
import { threefry2x32 } from '../../src/primitives';

const shared = fileURLToPath(new URL('../../../shared/conformance/', import.meta.url));
const read = (path: string): string | null => (existsSync(shared + path) ? readFileSync(shared + path, 'utf8') : null);

const encrypt = (words: readonly number[]): number[] => {
  const [c0, c1, k0, k1] = words.map((w) => valueFrom(tensor(w, u32), 'test'));
  return threefry2x32(k0 as never, k1 as never, c0 as never, c1 as never).map(
    (x) => x.concrete('test').data[0] as number,
  );
};

describe('threefry2x32, 20 rounds', () => {
  const hex = (text: string): number[] => text.split(' ').map((w) => Number.parseInt(w, 16));
  test.each([
    ['00000000 00000000 00000000 00000000', '6b200159 99ba4efe'],
    ['ffffffff ffffffff ffffffff ffffffff', '1cb996fc bb002be7'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'c4923a9c 483df7a0'],
  ])('counter and key %s give %s', (input, output) => {
    expect(encrypt(hex(input))).toEqual(hex(output));
  });

  const vectors = read('random123/kat_vectors');
  test.skipIf(vectors === null)('agrees with kat_vectors', () => {
    const rows = (vectors ?? '').split('\n').filter((line) => /^threefry2x32 +20 /.test(line));
    expect(rows.length).toBe(3);
    for (const row of rows) {
      const words = row
        .trim()
        .split(/\s+/)
        .slice(2)
        .map((w) => Number.parseInt(w, 16));
      expect(encrypt(words.slice(0, 4))).toEqual(words.slice(4));
    }
  });
  if (vectors === null) console.warn('SKIPPED: ../shared/conformance/random123 is absent');
});

describe("jax.random's partitionable stream", () => {
  test('verified numbers', () => {
    expect(key(42).toArray()).toEqual([0, 42]);
    expect(split(key(0), 4).map((k) => k.toArray())).toEqual([
      [1797259609, 2579123966],
      [928981903, 3453687069],
      [4146024105, 2718843009],
      [2467461003, 3840466878],
    ]);
    expect(keys(key(42), 2).toArray()).toEqual([
      [1832780943, 270669613],
      [64467757, 2916123636],
    ]);
    expect(foldIn(key(0), 4).toArray()).toEqual([2285895361, 433833334]);
    const close = (got: number[], wanted: number[]) =>
      got.forEach((x, i) => {
        expect(x).toBeCloseTo(wanted[i] as number, 6);
      });
    close(uniform(key(0), [4]).toArray(), [0.947667, 0.97857988, 0.33229148, 0.46866846]);
    close(normal(key(0), [4]).toArray(), [1.6226422, 2.0252647, -0.4335944, -0.0786173]);
    close(normal(key(42), [1]).toArray(), [-0.0283046]);
  });

  interface Golden {
    readonly seed: number;
    readonly key: number[];
    readonly mode: string;
    readonly [name: string]: unknown;
  }
  const goldens = read('threefry/goldens.json');
  if (goldens === null) console.warn('SKIPPED: ../shared/conformance/threefry is absent');
  const cases =
    goldens === null
      ? []
      : (JSON.parse(goldens) as { cases: Golden[] }).cases.filter((c) => c.mode === 'partitionable');

  const floatBits = (x: { toTypedArray(): Float32Array }): number[] => [...new Uint32Array(x.toTypedArray().buffer)];
  test.runIf(cases.length > 0).each(cases.map((c) => [c.seed, c] as const))('seed %d', (seed, golden) => {
    const k = key(seed);
    expect(k.toArray()).toEqual(golden.key);
    expect(split(k).map((x) => x.toArray())).toEqual(golden.split2);
    expect(split(k, 3).map((x) => x.toArray())).toEqual(golden.split3);
    expect(foldIn(k, 7).toArray()).toEqual(golden.fold_in_7);
    for (const n of [1, 4, 5, 8]) {
      expect(bits(k, [n]).toArray()).toEqual(golden[`bits${n}`]);
      expect(floatBits(uniform(k, [n]))).toEqual(golden[`uniform${n}_f32bits`]);
    }
    const wanted = Float32Array.from(golden.normal5 as number[]);
    const got = normal(k, [5]).toTypedArray();
    const ordered = (x: Float32Array): Int32Array => new Int32Array(x.slice().buffer);
    ordered(got).forEach((bits, i) => {
      expect(Math.abs(bits - (ordered(wanted)[i] as number))).toBeLessThanOrEqual(2);
    });
  });
});
