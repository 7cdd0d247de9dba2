import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { f64, i32, tensor, tree, zeros } from 'adjoint';
import { loadCheckpoint, saveCheckpoint } from 'adjoint/io';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { treeOf } from '../../laws/arbitraries';
import { bits, tensors } from './trees';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const state = { params: [{ w: tensor([[1, 2]]), b: tensor([5], f64) }], step: tensor(3, i32), name: 'mlp', rate: 0.5 };
const empty = { params: [{ w: zeros([1, 2]), b: zeros([1], f64) }], step: tensor(0, i32), name: '', rate: 1 };
const seen = (t: unknown) => [
  tree.structure(t),
  tree.paths(t),
  bits(Object.fromEntries(tree.leaves(t).map((x, i) => [String(i), x]))),
];
const leftOf = (out: E.Either<{ readonly _tag: string; readonly message: string }, unknown>): string =>
  E.isLeft(out) ? `${out.left._tag}: ${out.left.message.replaceAll(folder, '')}` : 'accepted';
const tensorFile = (directory: string): string =>
  join(directory, readdirSync(directory).find((name) => name.endsWith('.safetensors')) as string);

describe('a checkpoint', () => {
  it('gives back the tree and what was saved beside it', async () => {
    const directory = join(folder, 'deep', 'run');
    expect(await saveCheckpoint(directory, state, { epoch: 2 })()).toEqual(E.right(undefined));
    const back = await loadCheckpoint(directory, empty)();
    expect(E.isRight(back) && seen(back.right.tree)).toEqual(seen(state));
    expect(E.isRight(back) && back.right.metadata).toEqual({ epoch: 2 });
    expect(readdirSync(directory)).toHaveLength(2);
  });
  it('gives back any tree, bit for bit', async () => {
    let n = 0;
    await fc.assert(
      fc.asyncProperty(treeOf(tensors), async (t) => {
        const directory = join(folder, `any${n++}`);
        await saveCheckpoint(directory, t)();
        const back = await loadCheckpoint(directory, t)();
        expect(E.isRight(back) && seen(back.right.tree)).toEqual(seen(t));
      }),
      { numRuns: 50 },
    );
  });
  it('replaces the one before, and leaves one', async () => {
    const directory = join(folder, 'twice');
    await saveCheckpoint(directory, empty)();
    await saveCheckpoint(directory, state)();
    const back = await loadCheckpoint(directory, empty)();
    expect(E.isRight(back) && seen(back.right.tree)).toEqual(seen(state));
    expect(readdirSync(directory)).toHaveLength(2);
  });
  it('says what is wrong', async () => {
    const whole = join(folder, 'whole');
    await saveCheckpoint(whole, state, null)();
    const damaged = async (
      name: string,
      damage: (directory: string) => void,
      like: unknown = empty,
    ): Promise<string> => {
      const directory = join(folder, name);
      cpSync(whole, directory, { recursive: true });
      damage(directory);
      return leftOf(await loadCheckpoint(directory, like)());
    };
    const edit = (from: string, to: string) => (directory: string) => {
      const path = join(directory, 'manifest.json');
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    };
    const flip = (directory: string): void => {
      const path = tensorFile(directory);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
      writeFileSync(path, bytes);
    };
    const nothing = (): void => undefined;
    expect({
      absent: leftOf(await loadCheckpoint(join(folder, 'none'), empty)()),
      edited: await damaged('edited', edit('"epoch"', '"e"')).then(() => damaged('edited', edit('mlp', 'cnn'))),
      noManifest: await damaged('cut', (d) => truncateSync(join(d, 'manifest.json'), 40)),
      foreign: await damaged('foreign', (d) => writeFileSync(join(d, 'manifest.json'), '{"version": 2}')),
      oversized: await damaged('oversized', (d) => truncateSync(join(d, 'manifest.json'), 2 ** 28 + 1)),
      torn: await damaged('torn', (d) => truncateSync(tensorFile(d), 100)),
      long: await damaged('long', (d) => truncateSync(tensorFile(d), 2 ** 32)),
      flipped: await damaged('flipped', flip),
      lost: (await damaged('lost', (d) => rmSync(tensorFile(d)))).split('ENOENT')[0],
      otherShape: await damaged('a', nothing, { ...empty, step: tensor([0], i32) }),
      otherDtype: await damaged('b', nothing, { ...empty, step: tensor(0) }),
      missing: await damaged('c', nothing, { ...empty, bias: tensor(0) }),
      unexpected: await damaged('d', nothing, { step: tensor(0, i32) }),
      otherStatic: await damaged('e', nothing, { ...empty, rate: 'fast' }),
    }).toMatchSnapshot();
  });
  it('is whole whenever the process that saves is killed', async () => {
    const directory = join(folder, 'killed');
    const script = fileURLToPath(new URL('./saver.ts', import.meta.url));
    for (let round = 0; round < 5; round++) {
      const child = execFile(process.execPath, ['--import', 'tsx', script, directory]);
      await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
      await new Promise((resolve) => setTimeout(resolve, 30 + 41 * round));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      const back = await loadCheckpoint(directory, { w: zeros([50_000]), n: 0 })();
      if (E.isLeft(back)) throw new Error(back.left.message);
      const { w, n } = back.right.tree;
      expect(n).toBeGreaterThan(0);
      expect(new Set(w.toTypedArray())).toEqual(new Set([n]));
    }
  }, 120_000);
});
