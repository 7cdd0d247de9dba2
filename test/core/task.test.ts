import * as data from 'adjoint/data';
import * as io from 'adjoint/io';
import * as models from 'adjoint/models';
import * as train from 'adjoint/train';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as T from 'fp-ts/lib/Task.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/index';

const x = tensor([1, 2]);
const missing = 'no such directory/file';
const tasks: Readonly<Record<string, () => () => Promise<unknown>>> = {
  readNpy: () => io.readNpy(missing),
  readNpz: () => io.readNpz(missing),
  writeNpy: () => io.writeNpy(missing, x),
  writeNpz: () => io.writeNpz(missing, { x }),
  readSafetensors: () => io.readSafetensors(missing),
  writeSafetensors: () => io.writeSafetensors(missing, { x }),
  saveCheckpoint: () => io.saveCheckpoint('/dev/null/checkpoint', { x }),
  loadCheckpoint: () => io.loadCheckpoint(missing, { x }),
  decodeNpz: () => io.decodeNpz(new Uint8Array()),
  readIdx: () => data.readIdx(missing),
  readText: () => data.readText(missing),
  readCsv: () => data.readCsv(missing),
  loadTokenizer: () => data.loadTokenizer({}),
  loadGpt2: () => models.loadGpt2(missing),
  loadBert: () => models.loadBert(missing),
  fit: () => train.fit((s: number) => [s, {}] as const, 0, [1]),
  lossCurvePng: () => train.lossCurvePng([{ step: 1, numbers: { loss: 1 } }]),
};

describe('a task that was not called', () => {
  test('of every function that returns one', () => {
    const isTask = ([name, f]: [string, unknown]): boolean =>
      typeof f === 'function' && /\bunstarted\)?\(/.test(String(f)) && name !== 'unstarted';
    const names = [io, data, models, train].flatMap((part) =>
      Object.entries(part)
        .filter(isTask)
        .map(([name]) => name),
    );
    expect(Object.keys(tasks).sort()).toEqual(names.sort());
  });
  test.each(Object.entries(tasks))('await %s(...) rejects', async (name, make) => {
    await expect((async () => (await make()) as unknown)()).rejects.toThrow(
      `${name}: nothing was done, because the task that it returns was awaited and not called. Write await ${name}(...)().`,
    );
  });
  test('a task that is called does its work, as does one that fp-ts calls', async () => {
    const read = io.readNpy(missing);
    expect(E.isLeft(await read())).toBe(true);
    expect(
      E.isLeft(
        await pipe(
          TE.right(1),
          TE.chainW(() => read),
        )(),
      ),
    ).toBe(true);
    expect(E.isLeft(await pipe(read, TE.map(String))())).toBe(true);
    const both = await pipe([read, io.readNpy('none either')], TE.sequenceArray)();
    expect(E.isLeft(both)).toBe(true);
    expect(await pipe(read, T.map(E.isLeft))()).toBe(true);
  });
});
