import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zeros } from 'adjoint';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { encoderOf } from '../../examples/sentenceEncoder';
import { readTfjs } from '../../examples/tfjs';

const message = (result: E.Either<{ readonly message: string }, unknown>): string =>
  E.isLeft(result) ? result.left.message : 'no fault';

describe('the files of a TensorFlow.js model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-tfjs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const describing = (...weights: readonly object[]): void =>
    writeFileSync(
      join(folder, 'model.json'),
      JSON.stringify({ weightsManifest: [{ paths: ['one', 'two'], weights }] }),
    );
  const a = { name: 'a', shape: [2, 2], dtype: 'float32' };
  const b = { name: 'b', shape: [], dtype: 'int32' };
  const c = { name: 'c', shape: [1], dtype: 'float32' };
  const bytes = new Uint8Array(new Float32Array([1, 2, 3, 4, 0, 5]).buffer);

  it('are tensors, wherever a part ends', async () => {
    describing(a, b, c);
    writeFileSync(join(folder, 'one'), bytes.subarray(0, 7));
    writeFileSync(join(folder, 'two'), bytes.subarray(7));
    const read = await readTfjs(folder)();
    const found = E.isRight(read) ? Object.fromEntries([...read.right].map(([name, x]) => [name, x.toArray()])) : read;
    expect(found).toEqual({
      a: [
        [1, 2],
        [3, 4],
      ],
      c: [5],
    });
  });
  it('that end too early, are missing or are something else are told', async () => {
    describing(a, b, c, c);
    expect(message(await readTfjs(folder)())).toMatch(/the numbers end in the middle of c/);
    rmSync(join(folder, 'two'));
    expect(message(await readTfjs(folder)())).toMatch(/could not read .*two/);
    describing({ ...a, dtype: 'string' });
    expect(message(await readTfjs(folder)())).toMatch(/model\.json is not a model of TensorFlow\.js/);
  });
});

describe('the sentence encoder', () => {
  it('names all tensors that are missing or misshapen', () => {
    const told = message(encoderOf(new Map([['module/Embeddings_en', zeros([10, 256])]])));
    expect(told).toMatch(
      /Embeddings_en \[8002, 256\] is \[10, 256\]; Layer_0\/AddTimingSignal\S* \[1, 128\] is missing/,
    );
    expect(told).toMatch(/hidden_layers\/tanh_layer_0\/bias \[512\] is missing/);
  });
});
