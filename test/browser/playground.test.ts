// The playground in a real browser: opened from disk, and served under different policies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { key } from 'adjoint/random';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cnn } from '../../examples/playground/cnn';
import { under } from '../../laws/targets';
import { launch, missing } from './chromium';

if (missing !== null) console.warn(`\n!!! SKIPPED the playground: ${missing}`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const policies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  wasm: { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" },
  strict: { 'content-security-policy': "script-src 'self'" },
  isolated: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
};
const kinds: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

describe.skipIf(missing !== null)('the playground', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-playground-'));
  let server: Server;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    const config = join(root, 'examples', 'playground', 'vite.config.ts');
    execFileSync(process.execPath, [vite, 'build', '--config', config, '--outDir', folder, '--logLevel', 'error']);
    server = createServer(({ url = '' }, response) => {
      const [, policy = '', ...path] = url.split('/');
      try {
        const body = readFileSync(join(folder, ...path));
        const kind = kinds[path.at(-1)?.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
        response.writeHead(200, { ...policies[policy], 'content-type': kind }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launch();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const mistakes: string[] = [];
  const visit = async (url: string): Promise<Page> => {
    const page = await browser.newPage();
    mistakes.length = 0;
    page.on('pageerror', (error) => mistakes.push(error.message));
    await page.goto(url);
    return page;
  };
  const settings = (page: Page): Promise<string | null> => page.textContent('#settings');
  interface Told {
    readonly step: number;
    readonly loss: number;
  }
  /** What the page tells of its losses until so many steps are done: which of them depends on how fast it is. */
  const train = async (page: Page, model: number, steps: number): Promise<readonly Told[]> => {
    await page.selectOption('#training select', { index: model });
    await page.getByRole('button', { name: 'Train' }).click();
    const told: Told[] = [];
    for (let done = 0; done < steps; ) {
      await page.waitForFunction(
        (least) => Number(/step (\d+)/.exec(document.querySelector('output')?.value ?? '')?.[1]) > least,
        done,
      );
      const [, step, loss] = /step (\d+), loss ([\d.]+)/.exec(
        (await page.locator('output').textContent()) ?? '',
      ) as RegExpExecArray;
      done = Number(step);
      told.push({ step: done, loss: Number(loss) });
    }
    await page.getByRole('button', { name: 'Pause' }).click();
    // The step that is running ends, and is drawn.
    await page.locator('#training[aria-busy=false]').waitFor();
    expect(mistakes).toEqual([]);
    return told;
  };
  /** The loss of a model that knows nothing: however soon the page was first asked, it had made steps by then. */
  const text = readFileSync(new URL('../../examples/playground/loomings.txt', import.meta.url), 'utf8');
  const untrained = [Math.log(new Set(text).size), Math.log(4)] as const;
  const falls = (told: readonly Told[], model: 0 | 1, to: number): void => {
    expect(told.at(-1)?.loss).toBeLessThan(to * untrained[model]);
  };
  /** How many colours a part of the page has, as it is seen. */
  const colours = async (page: Page, part: string): Promise<number> => {
    const seen = (await page.locator(part).screenshot()).toString('base64');
    const other = await browser.newPage();
    const count = await other.evaluate(async (png) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext(
        '2d',
      ) as OffscreenCanvasRenderingContext2D;
      context.drawImage(bitmap, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer)).size;
    }, seen);
    await other.close();
    return count;
  };

  it('opened from disk, trains a GPT that writes, and draws the curve', async () => {
    const page = await visit(pathToFileURL(join(folder, 'index.html')).href);
    expect(await settings(page)).toBe('target wasm, 1 thread');
    falls(await train(page, 0, 250), 0, 0.8);
    expect(await colours(page, '.curve')).toBeGreaterThan(10);
    expect(await page.textContent('.picture')).toMatch(/^I .{20}/);
    await page.close();
  });
  it('under a policy without eval, trains a CNN and shows what it guesses', async () => {
    const page = await visit(`${address}/wasm/index.html`);
    expect(await settings(page)).toBe('target wasm, 1 thread');
    falls(await train(page, 1, 500), 1, 0.7);
    expect(await colours(page, '.picture canvas')).toBeGreaterThan(100);
    expect(await page.textContent('.picture')).toMatch(/\d+ of 32 right: (disc|ring|square|cross)/);
    await page.close();
  });
  it('cross-origin isolated, trains on threads', async () => {
    const page = await visit(`${address}/isolated/index.html`);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await settings(page)).toMatch(/^target wasm, ([2-9]|\d\d+) threads$/);
    falls(await train(page, 0, 250), 0, 0.8);
    await page.close();
  });
  it('under a policy that allows no generated code, trains by the evaluator', async () => {
    const page = await visit(`${address}/strict/index.html`);
    expect(await settings(page)).toMatch(/^target eval/);
    const told = await train(page, 1, 60);
    const { step } = cnn.start(key(0));
    const losses = under({ target: 'eval' }, () => Array.from({ length: told.at(-1)?.step ?? 0 }, step));
    for (const { step: n, loss } of told) expect(loss, `step ${n}`).toBe(Number(losses[n - 1]?.toFixed(3)));
    // The loss of a single batch scatters: that of step 30 is 0.972 of the untrained one.
    falls(told, 1, 0.95);
    await page.close();
  });
  it('tells the shapes of a program as it is typed, and what does not fit', async () => {
    const page = await visit(`${address}/wasm/index.html`);
    await page.getByRole('tab', { name: 'Types' }).click();
    const says = (text: string) => page.locator('#findings').getByText(text).waitFor();
    await says('5: y: Tensor<[2, 4], f32>');
    await page.selectOption('#types select', { index: 1 });
    await says('matmul: dimensions 256 and 128 differ');
    const editor = page.locator('#editor');
    await editor.fill((await editor.inputValue()).replace('[128, 10]', '[256, 10]'));
    await says('7: scores: Tensor<[32, 10], f32>');
    expect(await page.locator('#findings .wrong').count()).toBe(0);
    expect(mistakes).toEqual([]);
    await page.close();
  });
  it('takes every function from stage to stage', async () => {
    const page = await visit(`${address}/wasm/index.html`);
    await page.getByRole('tab', { name: 'Stages' }).click();
    const functions = await page.locator('#stages option').count();
    expect(functions).toBeGreaterThan(2);
    const signs = [/=>/, /^\{ lambda/, /^\{ lambda/, /^\{ lambda/, /^%\d+:(f32|bool)/, /scratch|for /, /Math\.fround/];
    for (let i = 0; i < functions; i++) {
      await page.selectOption('#stages select', { index: i });
      const texts: string[] = [];
      for (const [step, sign] of signs.entries()) {
        if (step > 0) await page.getByRole('button', { name: '→' }).click();
        texts.push((await page.textContent('#stage')) ?? '');
        expect(texts.at(-1)).toMatch(sign);
      }
      expect(new Set(texts).size).toBe(signs.length);
      for (let back = 1; back < signs.length; back++) await page.getByRole('button', { name: '←' }).click();
    }
    expect(mistakes).toEqual([]);
    await page.close();
  });
});
