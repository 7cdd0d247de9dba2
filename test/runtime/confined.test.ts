// Processes without the permission to start workers, or without address space for more than they have: programs run by what is left.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-confined-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = join(folder, 'confined.mjs');
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
// Loaders start workers, so that they cannot be there.
beforeAll(() => {
  buildSync({
    entryPoints: [at('./confined.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    alias: { adjoint: at('../../src/index.ts'), 'adjoint/io': at('../../src/io/index.ts') },
  });
});

interface Outcome {
  readonly target: string;
  readonly chosen: number;
  readonly threads: number;
  readonly values: readonly number[];
  readonly saved?: string;
  readonly loaded?: string;
}
const run = (command: string, args: readonly string[]): { readonly out: Outcome; readonly warnings: string } => {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return { out: JSON.parse(stdout), warnings: stderr };
};
const patience = '20000';
const confine = (kibibytes: number, ...args: readonly string[]) =>
  run('bash', ['-c', `ulimit -v ${kibibytes}; "$0" "$@"`, process.execPath, script, ...args]);
const expected = [300 * 300 * 300 * 0.125 ** 2];

const permission = ['--permission', '--experimental-permission'].find(
  (flag) => spawnSync(process.execPath, [flag, '--allow-fs-read=*', '-e', '0']).status === 0,
);
if (permission === undefined)
  console.warn('\n!!! SKIPPED processes without permissions: this Node does not know of any');

describe.skipIf(permission === undefined)('a process that may not start workers', () => {
  const flags = [permission as string, '--allow-fs-read=*'];
  it('runs programs on one thread', () => {
    const { out, warnings } = run(process.execPath, [...flags, script]);
    expect(out).toMatchObject({ target: 'wasm', chosen: 1, threads: 1, values: expected });
    expect(warnings).not.toContain('Adjoint');
  });
  it('runs them on several where it may', () => {
    const { out } = run(process.execPath, [...flags, '--allow-worker', script, '', patience]);
    expect(out.values).toEqual(expected);
    expect(out.threads).toBe(out.chosen);
  });
  it('saves and loads where it may write, and else gets a Left', () => {
    const directory = join(folder, 'run');
    const may = run(process.execPath, [...flags, `--allow-fs-write=${folder}/*`, script, directory]);
    expect(may.out).toMatchObject({ saved: 'Right', loaded: 'Right' });
    const mayNot = run(process.execPath, [...flags, script, join(folder, 'other')]);
    expect(mayNot.out).toMatchObject({ saved: 'Left', loaded: 'Left' });
  });
});

const canConfine = spawnSync('bash', ['-c', 'ulimit -v 2000000 && exec "$0" -e 0', process.execPath]).status === 0;
if (!canConfine) console.warn('\n!!! SKIPPED processes without address space: ulimit -v does nothing here');

describe.skipIf(!canConfine)('a process with little address space', () => {
  it.each([1_500_000, 4_000_000, 8_000_000])('of %i KiB runs programs as JavaScript, and is warned once', (size) => {
    const { out, warnings } = confine(size);
    expect(out).toMatchObject({ target: 'js', chosen: 1, threads: 1, values: expected });
    expect(
      warnings.match(/AdjointWarning: .* no address space .* Programs run by the target js, more slowly/g),
    ).toHaveLength(1);
  });
  it.each([11_900_000, 12_200_000, 13_000_000])('of %i KiB runs WebAssembly without threads', (size) => {
    const { out, warnings } = confine(size);
    expect(out).toMatchObject({ target: 'wasm', threads: 1, values: expected });
    expect(warnings).toBe('');
  });
  it('of 20 GiB runs WebAssembly with threads', () => {
    const { out } = confine(20 * 2 ** 20, '', patience);
    expect(out).toMatchObject({ target: 'wasm', values: expected });
    expect(out.threads).toBe(out.chosen);
  });
});
