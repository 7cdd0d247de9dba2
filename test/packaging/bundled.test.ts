// What bundlers leave out must not change results: programs that use a few functions each, bundled and not, give the same bits
// and compile the same number of kernels.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlers } from './bundlers';
import { createProject } from './project';

const { install, remove, file, run } = createProject();
beforeAll(install);
afterAll(remove);

/** Counts the modules that are compiled; the probes of what the engine can are smaller. */
const counting = `
  const { Module } = WebAssembly;
  globalThis.compiled = 0;
  WebAssembly.Module = function (bytes) {
    if (bytes.length > 64) globalThis.compiled += 1;
    return new Module(bytes);
  };`;

/** Prints a hash of the bits of the result, and how many modules were compiled. */
const report = `
  const data = result.toTypedArray();
  let hash = 2166136261;
  for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) hash = Math.imul(hash ^ byte, 16777619);
  console.log([result.dtype.name, result.shape.join('x'), (hash >>> 0).toString(16), globalThis.compiled].join());`;

const waves = (...shape: readonly number[]): string => {
  const size = shape.reduce((a, b) => a * b, 1);
  return `tensor(Float32Array.from({ length: ${size} }, (_, i) => Math.sin(i * 0.7))).reshape([${shape}])`;
};
/** Large enough that kernels are worth compiling. */
const large = waves(512, 520);
const images = waves(2, 20, 20, 8);

interface Sample {
  /** Names to import, by entry. */
  readonly uses: Readonly<Record<string, string>>;
  /** An expression of a tensor. */
  readonly result: string;
}
const of = (names: string, result: string): Sample => ({ uses: { adjoint: `tensor, ${names}` }, result });
const few: Readonly<Record<string, Sample>> = {
  matmul: of('matmul', `matmul(${waves(96, 96)}, ${waves(96, 96)})`),
  softmax: of('softmax', `softmax(${large}, 1)`),
  random: { uses: { 'adjoint/random': 'key, normal' }, result: 'normal(key(1), [300, 1000])' },
  linear: {
    uses: { adjoint: 'tensor', 'adjoint/nn': 'initLinear, linear', 'adjoint/random': 'key' },
    result: `linear(initLinear(key(0), { inputs: 96, outputs: 10 }))(${waves(96, 96)})`,
  },
};
const samples: Readonly<Record<string, Sample>> = {
  ...few,
  method: { uses: { adjoint: 'tensor' }, result: `${waves(95, 95)}.matmul(${waves(95, 95)})` },
  einsum: of('einsum', `einsum('ij,kj->ik', ${waves(96, 96)}, ${waves(96, 96)})`),
  conv2d: of('conv2d', `conv2d(${images}, ${waves(3, 3, 8, 4)}, { padding: 'same' })`),
  maxPool: of('maxPool', `maxPool(${waves(9, 64, 64, 8)}, 2)`),
  std: of('std', `std(${large}, 0)`),
  gelu: of('gelu', `gelu(${large})`),
  cumsum: of('cumsum', `cumsum(${large}, 1)`),
  sort: of('sort', `sort(${large}, 1)`),
  eye: { uses: { adjoint: 'eye' }, result: 'eye(700)' },
  resize: of('resize', `resize(${waves(2, 64, 64, 8)}, [2, 96, 96, 8])`),
  grad: of('grad, matmul, sum', `grad((x) => sum(matmul(x, x)))(${waves(94, 94)})`),
  vmap: of('dot, vmap', `vmap((x) => dot(x, x))(${large})`),
  scan: of('add, mul, scan', `scan((c, x) => [add(c, x), mul(c, x)], ${waves(520)}, ${large})[1]`),
  jit: of('jit, matmul', `jit((x) => matmul(x, x))(${waves(93, 93)})`),
  adam: {
    uses: { adjoint: 'tensor', 'adjoint/optim': 'adam' },
    result: `(({ init, update }, x) => update(x, init(x), x)[0])(adam({ learningRate: 0.1 }), ${large})`,
  },
};
const program = ({ uses, result }: Sample, load: (names: string, from: string) => string): string =>
  [
    ...Object.entries(uses).map(([from, names]) => load(`{ ${names} }`, from)),
    `const result = ${result};`,
    report,
  ].join('\n');
const counted = (path: string): string => run(path, '--require', file('counting.cjs', counting)).trim();
const module = (name: string): string =>
  file(
    `${name}.mjs`,
    program(samples[name] as Sample, (names, from) => `import ${names} from '${from}';`),
  );

const expected = new Map<string, string>();
beforeAll(() => {
  for (const name of Object.keys(samples)) expected.set(name, counted(module(name)));
});

describe('a program of a few functions', () => {
  it.each(Object.keys(samples))('with %s runs compiled', (name) => {
    expect(expected.get(name)).toMatch(/,[1-9]\d*$/);
  });
  it.each(Object.entries(few))('with %s is the same in CJS', (name, sample) => {
    const path = file(
      `${name}.cjs`,
      program(sample, (names, from) => `const ${names} = require('${from}');`),
    );
    expect(counted(path)).toBe(expected.get(name));
  });
  it.each(Object.entries(bundlers))(
    'is the same bundled by %s',
    async (bundler, bundle) => {
      // The slower ones bundle some of them.
      const names = Object.keys(bundler === 'esbuild' ? samples : few);
      await bundle(names.map(module), `.${bundler}.cjs`);
      const results = names.map((name) => [name, counted(module(name).replace('.mjs', `.${bundler}.cjs`))]);
      expect(Object.fromEntries(results)).toEqual(Object.fromEntries(names.map((name) => [name, expected.get(name)])));
    },
    300_000,
  );
});
