// The package as its users meet it: built, installed in an empty project, loaded by Node in both formats and bundled.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, manifest, root } from './project';

const { folder: project, install, remove, file, run } = createProject();
const entries: readonly string[] = Object.keys(manifest.exports).filter((path) => path !== './package.json');
const nameOf = (entry: string) => join('adjoint', entry);

beforeAll(install);
afterAll(remove);

const bundle = (source: string, options: { readonly minify: boolean }): string => {
  const result = buildSync({
    stdin: { contents: source, resolveDir: project },
    bundle: true,
    write: false,
    format: 'iife',
    // A browser: an import of Node's modules would not resolve.
    platform: 'browser',
    logLevel: 'error',
    ...options,
  });
  return result.outputFiles[0]?.text ?? '';
};

/** Runs a script where there is nothing but the language itself: neither Node's globals nor a browser's. */
const runBare = (script: string): string => {
  const context = createContext({ log: '' });
  runInContext(script, context);
  return String(context.log);
};

describe('the package', () => {
  it('exports an entry for each public folder that exists, and no other', () => {
    const folders = ['random', 'nn', 'optim', 'train', 'data', 'io', 'models', 'eslint'];
    const existing = folders.filter((folder) => existsSync(join(root, 'src', folder, 'index.ts')));
    const laws = existsSync(join(root, 'laws', 'index.ts')) ? ['./laws'] : [];
    expect([...entries].sort()).toEqual(['.', ...existing.map((folder) => `./${folder}`), ...laws].sort());
  });

  it.each(entries)('%s loads as ESM and as CJS, with the same names', async (entry) => {
    const names = (load: string) =>
      `${load}; console.log(Object.keys(m).filter((k) => k !== '__esModule').sort().join())`;
    const esm = run(file('names.mjs', names(`import * as m from '${nameOf(entry)}'`)));
    const cjs = run(file('names.cjs', names(`const m = require('${nameOf(entry)}')`)));
    expect(esm.trim()).not.toBe('');
    expect(cjs).toBe(esm);
  });

  it('depends on fp-ts, io-ts and what draws the progress bar, only', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['fp-ts', 'io-ts', 'log-update']);
  });
});

// A program through several entries: a tracer made by one must be seen by the other, so the interpreter exists once.
const program = `
  const f = (w, key) => sum(mul(tanh(w), random.normal(key, [3])));
  const w = tensor([0.5, -1, 2]);
  const keys = random.split(random.key(7), 2);
  const eager = grad(f)(w, keys[0]).toArray();
  const compiled = jit(grad(f))(w, keys[0]).toArray();
  const batched = vmap((x) => grad(f)(x, keys[1]))(tensor([[1, 2, 3], [4, 5, 6]])).toArray();
`;
const esmImports = `
  import { grad, jit, mul, sum, tanh, tensor, vmap } from 'adjoint';
  import * as random from 'adjoint/random';
`;
const cjsImports = `
  const { grad, jit, mul, sum, tanh, tensor, vmap } = require('adjoint');
  const random = require('adjoint/random');
`;
const result = 'JSON.stringify({ eager, compiled, batched })';

describe('a program that uses two entries', () => {
  const expected = () => run(file('program.mjs', `${esmImports}${program}console.log(${result})`)).trim();

  it('computes the same eagerly and compiled', () => {
    const { eager, compiled, batched } = JSON.parse(expected());
    expect(eager).toHaveLength(3);
    expect(compiled).toEqual(eager);
    expect(batched).toHaveLength(2);
  });

  it('gives the same as CJS', () => {
    expect(run(file('program.cjs', `${cjsImports}${program}console.log(${result})`)).trim()).toBe(expected());
  });

  it.each([{ minify: false }, { minify: true }])(
    'gives the same bundled, with nothing but the language: %j',
    (options) => {
      expect(runBare(bundle(`${esmImports}${program}globalThis.log = ${result}`, options))).toBe(expected());
    },
  );
});

describe('a bundle', () => {
  it('of an import that is not used is empty', () => {
    const all = entries.map((entry, i) => `import * as m${i} from '${nameOf(entry)}'`);
    expect(bundle(all.join(';'), { minify: true }).length).toBeLessThan(100);
  });

  it.each(entries.filter((entry) => entry !== './laws'))('of %s loads where there is no Node', (entry) => {
    expect(runBare(bundle(`import * as m from '${nameOf(entry)}'; globalThis.log = typeof m`, { minify: false }))).toBe(
      'object',
    );
  });
});

describe('adjoint/laws', () => {
  it.each([
    ['mjs', (name: string, from: string) => `import ${name} from '${from}';`],
    ['cjs', (name: string, from: string) => `const ${name.replace('* as ', '')} = require('${from}');`],
  ])('judges functions made by the other entries, from a %s module', (extension, load) => {
    const script = `
      ${load('* as adjoint', 'adjoint')} ${load('* as laws', 'adjoint/laws')} ${load('* as fc', 'fast-check')}
      const { customJvp, f64, mul, sin, sum, tensor } = adjoint;
      const inputs = fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 })).map((xs) => [tensor(xs, f64)]);
      const wrong = customJvp((x) => sum(sin(x)), ([x], [t]) => [sum(sin(x)), sum(mul(sin(x), t))]);
      const verdict = (f) => fc.check(laws.gradient(f, inputs), { seed: 1 }).failed;
      console.log(verdict((x) => sum(mul(x, sin(x)))), verdict(wrong));`;
    expect(run(file(`laws.${extension}`, script)).trim()).toBe('false true');
  });
});

describe('adjoint/data', () => {
  it.each(['mjs', 'cjs'])('reads a file from a %s module', (extension) => {
    const path = file('vector', '');
    writeFileSync(path, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9));
    const load =
      extension === 'mjs' ? `import { readIdx } from 'adjoint/data'` : `const { readIdx } = require('adjoint/data')`;
    const script = `${load}; readIdx(${JSON.stringify(path)})().then((a) => console.log(a._tag, a.right.data.join()))`;
    expect(run(file(`read.${extension}`, script)).trim()).toBe('Right 7,8,9');
  });
});

describe('adjoint/train with adjoint/io', () => {
  it.each(['mjs', 'cjs'])('saves a run and goes on, from a %s module', (extension) => {
    const load = (names: string, from: string): string =>
      extension === 'mjs' ? `import { ${names} } from '${from}';` : `const { ${names} } = require('${from}');`;
    const at = (name: string): string => JSON.stringify(join(project, `${name}.${extension}`));
    const script = `
      ${load('add, tensor', 'adjoint')} ${load('checkpoint, csv, fit', 'adjoint/train')} ${load('readNpz, writeNpz', 'adjoint/io')}
      const step = (s, x) => [{ w: add(s.w, x) }, { loss: x }];
      const zero = { w: tensor(0) };
      const main = async () => {
        await fit(step, zero, [1, 2], [checkpoint(${at('run')}), csv(${at('log')})])();
        const run = await fit(step, zero, [1, 2, 3], [csv(${at('log')})], { resume: ${at('run')} })();
        await writeNpz(${at('arrays')}, run.right.state)();
        console.log(run.right.step, (await readNpz(${at('arrays')})()).right.w.item());
      };
      main();`;
    expect(run(file(`resume.${extension}`, script)).trim()).toBe('3 6');
  });
});
