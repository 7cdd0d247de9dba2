// What jit keeps: the programs used last, until the function is gone or all caches are cleared.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  add,
  clearCaches,
  dynamicUpdateSlice,
  f32,
  foriLoop,
  jit,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  zeros,
} from 'adjoint';
import { beforeEach, describe, expect, it } from 'vitest';
import { aval } from '../../src/core/aval';
import { traceToJaxpr } from '../../src/core/stage';
import { compiled } from '../../src/runtime/executable';
import { mostTogether, Recent } from '../../src/runtime/recent';

const size = (n: number): Tensor<[number]> => add(zeros([n]), 1);
interface Told {
  readonly traces: number;
  readonly warning: string | null;
}
/** A jitted function, and what is told of its traces. */
const counted = () => {
  const told: Told[] = [];
  const f = jit((x: Tensor<[number]>) => sum(mul(x, 2)), {
    onTrace: ({ traces, warning }) => told.push({ traces, warning }),
  });
  return { f, told };
};

beforeEach(() => {
  clearCaches();
});

describe('the programs of a function', () => {
  it('are 256: what was not used for longest is forgotten, and traced again to the same value', () => {
    const { f, told } = counted();
    for (let n = 1; n <= 300; n++) {
      expect(f(size(n)).toArray()).toBe(2 * n);
      // Used again and again, it stays.
      f(size(7));
    }
    expect(told).toHaveLength(300);
    f(size(7));
    f(size(299));
    expect(told).toHaveLength(300);
    expect(f(size(8)).toArray()).toBe(16);
    expect(told.map(({ traces }) => traces)).toEqual(Array.from({ length: 301 }, (_, i) => i + 1));
  });
  it('come with a warning from the 32nd on', () => {
    const { f, told } = counted();
    for (let n = 1; n <= 33; n++) f(size(n));
    expect(told.slice(0, 31).every(({ warning }) => warning === null)).toBe(true);
    expect(told[31]?.warning).toMatch(
      /traced and compiled 32 times, since every new shape.* Pad what varies to a few sizes/,
    );
  });
  it('take little memory however many shapes there are, and the user is warned once', () => {
    const script = fileURLToPath(new URL('./shapes.ts', import.meta.url));
    for (const target of ['wasm', 'js']) {
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, target, '6000'], {
        encoding: 'utf8',
      });
      const { rss, value } = JSON.parse(stdout) as { readonly rss: readonly number[]; readonly value: number };
      // Without a bound it is above 900.
      expect(Math.max(...rss)).toBeLessThan(500);
      expect(value).toBeCloseTo(9 * Math.sin(1), 4);
      expect(stderr.match(/AdjointWarning: jit: .* traced and compiled 257 times/g)).toHaveLength(1);
    }
  }, 180_000);
  it('go with the function', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const make = (): WeakRef<object> => {
      const body = (x: Tensor<[2]>) => mul(x, 3);
      expect(jit(body)(tensor([1, 2])).toArray()).toEqual([3, 6]);
      return new WeakRef(body);
    };
    const refs = Array.from({ length: 20 }, make);
    for (let i = 0; i < 20 && refs.some((r) => r.deref() !== undefined); i++) {
      await new Promise((resolve) => setTimeout(resolve));
      gc();
    }
    // The engine may keep one for a while.
    expect(refs.filter((r) => r.deref() !== undefined).length).toBeLessThan(3);
  });
});

describe('clearCaches', () => {
  it('forgets programs that overwrite an input, too', () => {
    const { jaxpr } = traceToJaxpr('test', (x) => [dynamicUpdateSlice(x as never, tensor([7]), [0]) as never], [
      aval([8], f32),
    ]);
    const before = compiled(jaxpr, [0]);
    expect(compiled(jaxpr, [0])).toBe(before);
    clearCaches();
    expect(compiled(jaxpr, [0])).not.toBe(before);
  });
  it('forgets all programs, and what was the last one too', () => {
    const { f, told } = counted();
    f(size(3));
    f(size(3));
    expect(told).toHaveLength(1);
    clearCaches();
    expect(f(size(3)).toArray()).toBe(6);
    expect(told).toHaveLength(2);
    expect(f(size(3)).toArray()).toBe(6);
    expect(told).toHaveLength(2);
  });
  it('forgets the bodies of loops', () => {
    let traces = 0;
    const body = (_: unknown, x: Scalar): Scalar => {
      traces++;
      return mul(x, 2);
    };
    const run = (): number => foriLoop(0, 3, body as never, tensor(1) as never) as never;
    run();
    const first = traces;
    run();
    expect(traces).toBe(first);
    clearCaches();
    run();
    expect(traces).toBe(2 * first);
  });
});

it('a cache keeps what was used last', () => {
  const cache = new Recent<number>(2);
  for (const x of [1, 2]) cache.add(x);
  expect(cache.find((x) => x === 1)).toBe(1);
  cache.add(3);
  expect(cache.all).toEqual([3, 1]);
  expect(cache.find((x) => x === 2)).toBe(undefined);
});
it('caches keep together what was used last, whichever of them has it', () => {
  clearCaches();
  const caches = Array.from({ length: 20 }, () => new Recent<number>(mostTogether));
  const [first, second] = caches as [Recent<number>, Recent<number>];
  first.add(-1);
  second.add(-2);
  for (let i = 0; i < 2 * mostTogether; i++) {
    caches[i % 20]?.add(i);
    expect(first.find((x) => x === -1)).toBe(-1);
  }
  expect(caches.reduce((n, { all }) => n + all.length, 0)).toBeLessThanOrEqual(mostTogether);
  expect(second.find((x) => x === -2)).toBe(undefined);
  expect(caches.every(({ all }) => all.length > 0)).toBe(true);
});
