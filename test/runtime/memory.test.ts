// What lives stays in the memory of programs, whatever the limit for dead results; what is dead leaves it before anything else does.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  add,
  configure,
  jit,
  matmul,
  mul,
  neg,
  OutOfMemoryError,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from 'adjoint';
import { key, normal } from 'adjoint/random';
import { afterEach, describe, expect, it } from 'vitest';
import { heap, residence } from '../../src/runtime/resident';

const megabyte = 2 ** 20;
const { residentLimit, memoryLimit } = configure();
afterEach(() => {
  configure({ residentLimit, memoryLimit });
});
const length = 250_000;
type Megabyte = Tensor<[250_000]>;
const increment = jit((x: Megabyte) => add(x, 1));

// First in this file: the memory, once it has grown, does not shrink.
describe('a memory that is full', () => {
  it('is cleared of dead results before an allocation is refused', () => {
    configure({ memoryLimit: 32 * megabyte });
    let x: Tensor<[2_500_000]> = zeros([2_500_000]);
    for (let i = 0; i < 12; i++) x = neg(x);
    for (let i = 0; i < 12; i++) neg(x);
    expect(x.at(2_499_999).item()).toBe(0);
    expect(heap().bytes).toBeLessThanOrEqual(32 * megabyte);
  });
  it('is cleared for temporaries, too', () => {
    configure({ memoryLimit: 32 * megabyte });
    const kept = [1, 2, 3].map((k) => mul(zeros([length]).add(k), 1));
    for (let i = 0; i < 40; i++) increment(zeros([length]));
    const product = jit((a: Tensor<[1500, 1500]>) => neg(a).matmul(neg(a)).add(1));
    expect(
      product(zeros([1500, 1500]))
        .at(7, 7)
        .item(),
    ).toBe(1);
    expect(kept.map((k) => k.at(9).item())).toEqual([1, 2, 3]);
  });
  it('lets living values go to ordinary arrays when there is nothing dead, and keeps them right', () => {
    configure({ memoryLimit: 32 * megabyte });
    const kept = Array.from({ length: 40 }, (_, k) => increment(zeros([length]).add(k)));
    expect(residence().bytes).toBeLessThan(32 * megabyte);
    expect(kept.map((x) => x.at(3).item())).toEqual(kept.map((_, k) => k + 1));
    expect(kept.map((x) => increment(x).at(4).item())).toEqual(kept.map((_, k) => k + 2));
  });
  it('says how to have more, as long as there can be more', () => {
    configure({ memoryLimit: 32 * megabyte });
    const huge = (): unknown => jit((x: Tensor<[20_000_000]>) => mul(x, 2))(zeros([20_000_000]));
    expect(huge).toThrow(OutOfMemoryError);
    expect(huge).toThrow(/limit is 32\.0 MiB.*configure\(\{ memoryLimit \}\)/);
    const most = heap().exhausted(2 ** 33, 2 ** 32, 'a result').message;
    expect(most).not.toContain('raise');
    expect(most).toContain(
      "4096.0 MiB are the most that WebAssembly programs can have here, configure({ target: 'js' }) has no such limit",
    );
  });
});

describe('the limit for dead results', () => {
  it('moves no value out that lives', () => {
    configure({ residentLimit: 4 * megabyte });
    const params = Array.from({ length: 12 }, (_, k) => increment(zeros([length]).add(k)));
    const living = 12 * 4 * length;
    for (let step = 0; step < 10; step++) for (const p of params) increment(p);
    expect(residence().bytes).toBeGreaterThanOrEqual(living);
    expect(residence().bytes).toBeLessThanOrEqual(1.5 * living + 2 * 4 * megabyte);
    expect(params.map((p) => p.at(length - 1).item())).toEqual(params.map((_, k) => k + 1));
  });
  it('is far from what a loop of small results takes', () => {
    let x: Tensor<[40_000]> = zeros([40_000]);
    const step = jit((y: Tensor<[40_000]>) => add(y, 1));
    let most = 0;
    const before = residence().bytes;
    for (let i = 0; i < 4000; i++) {
      x = step(x);
      most = Math.max(most, residence().bytes);
    }
    expect(x.at(5).item()).toBe(4000);
    // 640 MB were made.
    expect(most - before).toBeLessThanOrEqual(160 * megabyte);
  });
});

it('programs whose memory lies above two gibibytes have the values of others', () => {
  const programs = [
    jit((x: Tensor<[3]>) => add(mul(x, 2), 1)),
    jit((x: Tensor<[3]>) => add(normal(key(7), [300, 3]), x)),
    jit((x: Tensor<[3]>) => matmul(normal(key(8), [200, 300]), add(normal(key(9), [300, 3]), x))),
  ];
  const values = (): unknown => programs.map((f) => f(tensor([1, 2, 3])).toArray());
  const below = values();
  // Nobody touches it, so that it takes no memory of the machine.
  const bytes = 2 ** 31;
  const reserved = heap().allocate(bytes, memoryLimit) as number;
  // A larger arena than there was is a new one.
  const f = jit((x: Tensor<[2500, 20]>) => {
    const products = matmul(x, transpose(x));
    return sum(matmul(add(products, 1), matmul(products, x)));
  });
  expect(f(zeros([2500, 20])).item()).toBe(0);
  expect(values()).toEqual(below);
  heap().release(reserved, bytes);
});

it('an engine that does not tell what is dead keeps values right, and the memory within twice the limit of what lives', () => {
  const program = fileURLToPath(new URL('./untold.ts', import.meta.url));
  const { most, right } = JSON.parse(
    execFileSync(process.execPath, ['--import', 'tsx', program], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    }),
  ) as { readonly most: number; readonly right: boolean };
  expect(right).toBe(true);
  expect(most).toBeGreaterThan(4 * megabyte);
  expect(most).toBeLessThanOrEqual(2 * 8 * megabyte + 4 * megabyte);
});
