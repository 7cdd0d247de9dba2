// Programs on several threads: the same bits, no process that stays alive, and errors that the next call survives.

import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  add,
  configure,
  grad,
  jit,
  makeJaxpr,
  matmul,
  max,
  mean,
  mul,
  relu,
  sub,
  sum,
  type Tensor,
  ThreadError,
  transpose,
  zeros,
} from 'adjoint';
import { key, normal } from 'adjoint/random';
import { afterAll, describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/compiler/compile';
import { type LoopFunction, showLoops } from '../../src/compiler/loop';
import { shareLoops, workOf } from '../../src/compiler/parallel';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { f32 } from '../../src/core/dtype';
import type { Jaxpr } from '../../src/core/jaxpr';
import { concreteArray } from '../../src/core/value';
import { threadsReady } from '../../src/runtime/pool';
import { heap } from '../../src/runtime/resident';
import { instantiate } from '../../src/runtime/wasm';

const { threads: usual } = configure();
afterAll(() => {
  configure({ threads: usual });
});

const multiply = jit((x: ReturnType<typeof square>, y: ReturnType<typeof square>) => matmul(x, y));
const square = (seed: number) => normal(key(seed), [192, 192]);
/** Chooses a number of threads, and waits until they are there. */
const withThreads = async (threads: number): Promise<void> => {
  configure({ threads });
  for (let i = 0; i < 1000 && threadsReady() !== threads && threads > 1; i++) {
    multiply(square(1), square(2));
    await pause(10);
  }
  if (threads > 1) expect(threadsReady()).toBe(threads);
};

const programs: Readonly<Record<string, () => readonly number[]>> = {
  'a map': () => {
    const f = jit((x: ReturnType<typeof wide>) => sub(mul(add(mul(x, 2), 1), x), mul(x, mul(x, x))));
    const wide = () => normal(key(1), [333, 777]);
    return f(wide()).toArray().flat();
  },
  'sums of rows, of columns and of both': () => {
    const x = normal(key(2), [515, 517]);
    const f = jit((y: typeof x) => [sum(y, 0), sum(y, 1), max(mul(y, y), 0), sum(y)] as const);
    return f(x).flatMap((y) => [y.toArray()].flat());
  },
  'contractions of odd sizes, each way round': () => {
    const [x, y] = [normal(key(3), [257, 301]), normal(key(4), [301, 131])];
    const f = jit((a: typeof x, b: typeof y) => [matmul(a, b), matmul(transpose(b), transpose(a))] as const);
    const [p, q] = f(x, y);
    return [...p.toArray().flat(), ...q.toArray().flat()];
  },
  'tall, wide and deep contractions': () => {
    const f = jit(
      (a: typeof tall, b: typeof narrow, c: typeof wide) =>
        [matmul(a, b), matmul(transpose(a), a), matmul(b, c)] as const,
    );
    const [tall, narrow, wide] = [normal(key(5), [2003, 70]), normal(key(6), [70, 9]), normal(key(7), [9, 2005])];
    return f(tall, narrow, wide).flatMap((y) => y.toArray().flat());
  },
  'contractions in groups': () => {
    const [x, y] = [normal(key(8), [24, 130, 67]), normal(key(9), [24, 67, 66])];
    return jit((a: typeof x, b: typeof y) => matmul(a, b))(x, y)
      .toArray()
      .flat(2);
  },
  'a training loop': () => {
    const [x, y] = [normal(key(10), [192, 300]), normal(key(11), [192, 7])];
    const start = { w: normal(key(12), [300, 129]), b: zeros([129]), v: normal(key(13), [129, 7]) };
    const loss = (p: typeof start) => {
      const e = sub(matmul(relu(add(matmul(x, p.w), p.b)), p.v), y);
      return mean(mul(e, e));
    };
    const step = jit((p: typeof start) => {
      const g = grad(loss)(p);
      return { w: sub(p.w, mul(g.w, 1e-3)), b: sub(p.b, mul(g.b, 1e-3)), v: sub(p.v, mul(g.v, 1e-3)) };
    });
    let p = start;
    for (let i = 0; i < 10; i++) p = step(p);
    return [...p.w.toArray().flat(), ...p.b.toArray(), ...p.v.toArray().flat()];
  },
};

describe('the bits of a result do not depend on the number of threads', () => {
  for (const [name, program] of Object.entries(programs))
    it(name, async () => {
      await withThreads(1);
      const alone = program();
      for (const threads of [2, 3]) {
        await withThreads(threads);
        expect(program()).toEqual(alone);
      }
    });
});

describe('threads', () => {
  it('are chosen by configure', () => {
    expect(configure({ threads: 2 }).threads).toBe(2);
    expect(() => configure({ threads: 0 })).toThrow('threads is a whole number from 1 to 64; got 0');
    expect(() => configure({ threads: 1.5 })).toThrow('got 1.5');
    expect(configure().threads).toBe(2);
  });

  it('follow a memory that grows', async () => {
    await withThreads(2);
    const { residentLimit } = configure();
    configure({ residentLimit: 2 ** 30 });
    const before = heap().bytes;
    const kept = [];
    const f = jit((x: ReturnType<typeof large>) => add(mul(x, 2), 1));
    const large = () => zeros([1500, 1500]);
    for (let i = 0; i < 100 && heap().bytes === before; i++) kept.push(f(large()));
    kept.push(f(large()));
    expect(heap().bytes).toBeGreaterThan(before);
    const [a, b] = [normal(key(20), [700, 700]), normal(key(21), [700, 700])];
    const g = jit((x: typeof a, y: typeof b) => matmul(x, y));
    const shared = g(a, b).toArray();
    configure({ threads: 1 });
    expect(g(a, b).toArray()).toEqual(shared);
    expect(kept.every((x) => x.at(1499, 1499).item() === 1)).toBe(true);
    configure({ residentLimit });
  });

  it('that fail end the call with an error, and the next one works', async () => {
    const [a, b] = [square(3), square(4)];
    const { jaxpr } = makeJaxpr((x: typeof a, y: typeof b) => matmul(x, y))(a, b);
    const program = instantiate(lowerProgram(jaxpr, wasmTraits));
    const args = [a, b].map((x) => concreteArray(x.shape, f32, Float32Array.from(x.toArray().flat())));
    configure({ threads: 1 });
    const alone = program.run(args)[0]?.data;
    await withThreads(2);
    // The main thread has its instance; the worker is given what is no module.
    const bytes = program.bytes.slice();
    program.bytes.fill(0xff);
    expect(() => program.run(args)).toThrow(ThreadError);
    program.bytes.set(bytes);
    expect(program.run(args)[0]?.data).toEqual(alone);
    await withThreads(2);
    expect(program.run(args)[0]?.data).toEqual(alone);
  });

  it('do not keep a process alive', () => {
    const source = `
      import { configure, jit, matmul, ones } from './src/index.ts';
      import { threadsReady } from './src/runtime/pool.ts';
      configure({ threads: 3 });
      const x = ones([256, 256]);
      const f = jit((y) => matmul(y, y));
      const end = Date.now() + 20000;
      let ready = 1;
      while (ready < 3 && Date.now() < end) { f(x); ready = threadsReady(); await new Promise((r) => setTimeout(r, 5)); }
      console.log(ready, f(x).at(0, 0).item());
    `;
    const out = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      timeout: 60_000,
    });
    expect(out).toBe('3 256\n');
  });
});

describe('the loop that threads share', () => {
  const loopsOf = (jaxpr: Jaxpr): LoopFunction => {
    const { program, scheduled } = lowerProgram(jaxpr, wasmTraits);
    const [kernel] = program.kernels;
    const [loops] = scheduled;
    return shareLoops(kernel?.kind ?? 'call', loops?.loops ?? { arrays: [], scratch: [], body: [] });
  };
  it('is one of independent iterations', () => {
    const x = zeros([64, 100]);
    const columns = loopsOf(makeJaxpr((y: typeof x) => sum(y, 0))(x).jaxpr);
    expect(showLoops(columns).match(/parallel/g)).toHaveLength(2);
    const rows = loopsOf(makeJaxpr((y: typeof x) => sum(y, 1))(x).jaxpr);
    expect(showLoops(rows)).toContain('for i0 = 0 to 64 step 1 independent parallel');
    const all = loopsOf(makeJaxpr((y: typeof x) => sum(y))(x).jaxpr);
    expect(showLoops(all)).not.toContain('parallel');
  });
  it('counts the columns of the last chunk, too', () => {
    const workFor = (columns: number): number => {
      const { jaxpr } = makeJaxpr((x: Tensor<[1024, number]>) => sum(x, 0))(zeros([1024, columns]));
      const [scheduled] = lowerProgram(jaxpr, wasmTraits).scheduled;
      return workOf(shareLoops('reduce', scheduled?.loops as LoopFunction).body).shared;
    };
    expect(workFor(515) / workFor(512)).toBeGreaterThan(0.9);
    expect(workFor(515) / workFor(512)).toBeLessThan(1.3);
  });
  it('has all the work of a contraction', () => {
    const x = zeros([128, 128]);
    const product = loopsOf(makeJaxpr((y: typeof x) => matmul(y, y))(x).jaxpr);
    const { total, shared } = workOf(product.body);
    expect(shared / total).toBeGreaterThan(0.95);
  });
});
