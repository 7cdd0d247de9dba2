// The built package in a real browser: a network is trained in pages of different policies, and what comes out is what Node gives.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, missing, open } from './chromium';
import type { Outcome } from './outcome';

if (missing !== null) console.warn(`\n!!! SKIPPED tests in a browser: ${missing}`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const pages = {
  '/plain': {},
  '/isolated': isolated,
  '/policy': { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" },
  '/strict': { 'content-security-policy': "script-src 'self'" },
  '/isolated/policy': {
    ...isolated,
    'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
  },
  '/isolated/without-workers': { ...isolated, 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" },
};

describe.skipIf(missing !== null)('in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-browser-'));
  let browser: Browser;
  let node: Outcome;

  beforeAll(async () => {
    const tsup = join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');
    execFileSync(process.execPath, [tsup, '--out-dir', folder, '--no-dts', '--silent'], { cwd: root });
    const entry = (name: string): string => join(folder, `${name}.js`);
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
      alias: {
        adjoint: entry('index'),
        ...Object.fromEntries(['nn', 'optim', 'random'].map((name) => [`adjoint/${name}`, entry(name)])),
        'fp-ts': join(root, 'node_modules', 'fp-ts'),
      },
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
    });
    const script = outputFiles[0]?.text ?? '';
    writeFileSync(join(folder, 'page.cjs'), script);
    node = JSON.parse(execFileSync(process.execPath, [join(folder, 'page.cjs')], { encoding: 'utf8' }));
    browser = await open(script, pages);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const visit = async (path: string): Promise<Outcome & { readonly workers: number }> => {
    const { said, workers } = await browser.visit(path);
    const outcome = JSON.parse(said) as Outcome & { readonly error?: string };
    expect(outcome.error).toBe(undefined);
    return { ...outcome, workers };
  };
  const learns = ({ losses }: Outcome): boolean => (losses.at(-1) as number) < 0.5 * (losses[0] as number);

  it('a plain page runs WebAssembly on one thread, and has the bits of Node', async () => {
    const page = await visit('/plain');
    expect(page).toMatchObject({ target: 'wasm', threads: 1, seen: [1], workers: 0 });
    expect(page.bits).toEqual(node.bits);
    expect(learns(page)).toBe(true);
  });

  it('a page that is cross-origin isolated shares the work with workers, and has the same bits', async () => {
    const page = await visit('/isolated');
    expect(page.target).toBe('wasm');
    expect(page.threads).toBeGreaterThan(1);
    expect(page.seen.at(-1)).toBe(page.threads);
    expect(page.workers).toBe(page.threads - 1);
    expect(page.bits).toEqual(node.bits);
  });

  it('a policy that allows WebAssembly alone is enough, for workers too where it allows them', async () => {
    const page = await visit('/policy');
    expect(page).toMatchObject({ target: 'wasm', seen: [1] });
    expect(page.bits).toEqual(node.bits);
    const shared = await visit('/isolated/policy');
    expect(shared.seen.at(-1)).toBe(shared.threads);
    expect(shared.bits).toEqual(node.bits);
  });

  it('a policy that forbids workers leaves one thread', async () => {
    const page = await visit('/isolated/without-workers');
    expect(page).toMatchObject({ target: 'wasm', seen: [1], workers: 0 });
    expect(page.bits).toEqual(node.bits);
  });

  it('a policy that allows no generated code at all leaves the evaluator', async () => {
    const page = await visit('/strict');
    expect(page).toMatchObject({ target: 'eval', seen: [] });
    page.losses.forEach((l, i) => {
      expect(l).toBeCloseTo(node.losses[i] as number, 4);
    });
    expect(learns(page)).toBe(true);
  });

  it('a page that may not compile large modules at once compiles them ahead', async () => {
    const page = await visit('/plain?small');
    expect(page.refused).toBe('CompilationError');
    expect(page.bits).toEqual(node.bits);
  });
});
