// The known answers of Random123 (Salmon et al., BSD-3) for Threefry-2x32 with 20 rounds.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { u32 } from '../../src/core/dtype';
import { concreteArray, type Value } from '../../src/core/value';
import { threefry2x32 } from '../../src/primitives';
import { jit } from '../../src/transforms';
import { suiteFolder } from './ledger';

const folder = suiteFolder('random123');

/** Lines `threefry2x32 20 x0 x1 k0 k1 y0 y1`, hex words without prefix. */
const vectors = (file: string): readonly (readonly number[])[] =>
  readFileSync(new URL(file, folder as URL), 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([name, rounds, ...words]) => name === 'threefry2x32' && rounds === '20' && words.length === 6)
    .map(([, , ...words]) => words.map((w) => Number.parseInt(w.replace(/^0x/, ''), 16)));

const column = (rows: readonly (readonly number[])[], i: number): Value =>
  concreteArray(
    [rows.length],
    u32,
    Uint32Array.from(rows, (row) => row[i] as number),
  );

describe.skipIf(folder === null)('Random123', () => {
  test.each(['kat_vectors', 'old_kat_vectors.threefry2x32'])('%s', (file) => {
    const rows = vectors(file);
    expect(rows.length).toBeGreaterThan(0);
    const [x0, x1, k0, k1, y0, y1] = [0, 1, 2, 3, 4, 5].map((i) => column(rows, i)) as [
      Value,
      Value,
      Value,
      Value,
      Value,
      Value,
    ];
    const encrypt = (...args: readonly [Value, Value, Value, Value]) => threefry2x32(...args);
    const compiled = jit(encrypt as never) as unknown as typeof encrypt;
    for (const results of [encrypt(k0, k1, x0, x1), compiled(k0, k1, x0, x1)])
      expect(results.map((r) => r.concrete('kat').data)).toEqual([y0, y1].map((y) => y.concrete('kat').data));
    console.log(`Random123 ${file}: ${rows.length} vectors of 20 rounds passed, eager and compiled`);
  });
});
