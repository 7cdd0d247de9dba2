import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { f64, full, i32, tensor, tree, zeros } from 'adjoint';
import { loadCheckpoint, saveCheckpoint, writeNpy } from 'adjoint/io';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { treeOf } from '../../laws/arbitraries';
import { temporaryName } from '../../src/io/temporary';
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
  E.isLeft(out)
    ? `${out.left._tag}: ${out.left.message.replaceAll(folder, '').replaceAll(/tensors-[0-9a-f]{16}/g, 'tensors-...')}`
    : 'accepted';
const tensorFile = (directory: string): string =>
  join(directory, readdirSync(directory).find((name) => name.endsWith('.safetensors')) as string);

/** The number that a saver's checkpoint is full of, which must be whole. */
const fullOf = async (directory: string, size: number): Promise<number> => {
  const back = await loadCheckpoint(directory, { w: zeros([size]), n: 0 })();
  if (E.isLeft(back)) throw new Error(back.left.message);
  const { w, n } = back.right.tree;
  expect(new Set(w.toTypedArray())).toEqual(new Set([n]));
  return n;
};
/** Processes that save until they are killed; then what they say that could not be saved. */
const savers = async (directory: string, count: number, size: number) => {
  const script = fileURLToPath(new URL('./saver.ts', import.meta.url));
  const lines: string[] = [];
  const started = Array.from({ length: count }, async (_, i) => {
    const child = execFile(process.execPath, ['--import', 'tsx', script, directory, `${size}`, `${1 + i * 1e6}`]);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (text: string) => {
        lines.push(...text.split('\n').filter((line) => line !== '' && line !== 'saving'));
        resolve();
      });
    });
    return child;
  });
  const children = await Promise.all(started);
  const kill = async (): Promise<readonly string[]> => {
    await Promise.all(
      children.map((child) => {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        return ended;
      }),
    );
    return lines;
  };
  return { kill };
};

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
    for (let round = 0; round < 5; round++) {
      const saver = await savers(directory, 1, 50_000);
      await pause(30 + 41 * round);
      expect(await saver.kill()).toEqual([]);
      expect(await fullOf(directory, 50_000)).toBeGreaterThan(0);
    }
  }, 120_000);
  it.each([50, 50_000])(
    'of %i numbers is whole while several processes save and another loads, and the next save leaves nothing of theirs',
    async (size) => {
      const directory = join(folder, `shared${size}`);
      const saver = await savers(directory, 3, size);
      const seen = new Set<number>();
      for (const end = Date.now() + 3000; Date.now() < end; )
        seen.add(Math.floor((await fullOf(directory, size)) / 1e6));
      expect(await saver.kill()).toEqual([]);
      expect(seen.size).toBeGreaterThan(1);
      await saveCheckpoint(directory, state)();
      expect(readdirSync(directory)).toHaveLength(2);
    },
    120_000,
  );
  it('is the last of those that one process saves at once', async () => {
    const directory = join(folder, 'atOnce');
    const saved = await Promise.all([1, 2, 3, 4].map((n) => saveCheckpoint(directory, { w: full([5000], n), n })()));
    expect(saved).toEqual(saved.map(() => E.right(undefined)));
    expect([1, 2, 3, 4]).toContain(await fullOf(directory, 5000));
    expect(readdirSync(directory)).toHaveLength(2);
  });
  it('takes away what dead processes left, and nothing of living ones or of other programs', async () => {
    const directory = join(folder, 'leftovers');
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const old = new Date(Date.now() - 25 * 3600_000);
    const put = async (id: string, pid: number, host?: string): Promise<string> => {
      const name = await temporaryName(id.repeat(16));
      return name.replace(/-([0-9a-f]{8})-\d+/, (_, own: string) => `-${host ?? own}-${pid}`);
    };
    mkdirSync(directory);
    const [ofDead, ofLiving, ofOther, ofLong] = [
      await put('a', dead),
      await put('b', process.ppid),
      await put('c', dead, '00000000'),
      await put('d', process.ppid),
    ];
    const files = [
      ...[ofDead, ofLiving, ofOther, ofLong, '.mine.partial', 'notes.txt'],
      ...['a', 'b', 'c', 'd', 'e'].map((id) => `tensors-${id.repeat(16)}.safetensors`),
    ];
    for (const name of files) writeFileSync(join(directory, name), 'x');
    utimesSync(join(directory, ofLong), old, old);
    await saveCheckpoint(directory, state)();
    const kept = [ofLiving, ofOther, '.mine.partial', 'notes.txt', 'manifest.json'];
    kept.push(...['b', 'c'].map((id) => `tensors-${id.repeat(16)}.safetensors`));
    const [own, ...rest] = readdirSync(directory).filter((name) => !kept.includes(name));
    expect([own, rest]).toEqual([expect.stringMatching(/^tensors-/), []]);
    expect(readdirSync(directory)).toHaveLength(kept.length + 1);
    // So does whoever writes a single file there.
    writeFileSync(join(directory, ofDead), 'x');
    expect(await writeNpy(join(directory, 'x.npy'), tensor([1]))()).toEqual(E.right(undefined));
    expect(readdirSync(directory)).toHaveLength(kept.length + 2);
  });
  it('that cannot be written leaves nothing', async () => {
    const directory = join(folder, 'unwritten');
    mkdirSync(join(directory, 'manifest.json', 'taken'), { recursive: true });
    expect(leftOf(await saveCheckpoint(directory, state)())).toMatch(/^WriteFailed: could not write \/unwritten: /);
    expect(readdirSync(directory)).toEqual(['manifest.json']);
  });
});
