// Programs compiled ahead of their first call, and engines that refuse to compile them in the middle of one.
import {
  add,
  CompilationError,
  compileAsync,
  configure,
  grad,
  jit,
  matmul,
  softmax,
  sum,
  type Tensor,
  tensor,
  zeros,
} from 'adjoint';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireWebAssembly } from '../../src/runtime/webassembly';

const { target } = configure();
afterEach(() => {
  vi.restoreAllMocks();
  configure({ target });
});

/** A page of an old Chromium: modules above this size are refused by the synchronous constructor. */
const refuseAbove = (limit: number) => {
  const engine = requireWebAssembly();
  const { Module } = engine;
  return vi.spyOn(engine, 'Module').mockImplementation(function (this: unknown, bytes: Uint8Array) {
    if (bytes.length > limit) throw new RangeError('WebAssembly.Compile is disallowed on the main thread');
    return new Module(bytes);
  } as never);
};
const loss = (w: Tensor<[8, 8]>, x: Tensor<[4, 8]>) => sum(softmax(matmul(softmax(matmul(x, w)), w)));
const [w, x] = [zeros([8, 8]), zeros([4, 8])];

describe('compileAsync', () => {
  it('leaves nothing to compile to the first call', async () => {
    const f = jit(grad(loss));
    await compileAsync(f, w, x);
    const refused = refuseAbove(0);
    expect(f(w, x).shape).toEqual([8, 8]);
    expect(refused).not.toHaveBeenCalled();
  });

  it('is for where a page refuses to compile in the middle of a call, which says so', async () => {
    const f = jit((a: Tensor<[8, 8]>, b: Tensor<[4, 8]>) => add(grad(loss)(a, b), 1));
    refuseAbove(4096);
    expect(() => f(w, x)).toThrow(CompilationError);
    expect(() => f(w, x)).toThrow(/a program of \d+ bytes .* await compileAsync\(f, \.\.\.args\)/s);
    await compileAsync(f, w, x);
    expect(f(w, x).at(0, 0).item()).toBe(1);
  });

  it('compiles for the shapes, and the static arguments, that it is given', async () => {
    const f = jit(<N extends number>(a: Tensor<[N]>, n: number) => add(a, n), { staticArgnums: 1 });
    await compileAsync(f, tensor([1, 2]), 3);
    refuseAbove(0);
    expect(f(tensor([1, 2]), 3).toArray()).toEqual([4, 5]);
    expect(() => f(tensor([1, 2]), 4)).toThrow(CompilationError);
    expect(() => f(tensor([1, 2, 3]), 3)).toThrow(CompilationError);
  });

  it('does not donate', async () => {
    const f = jit((a: Tensor<[2]>) => add(a, 1), { donate: 0 });
    const a = tensor([1, 2]);
    await compileAsync(f, a);
    expect(f(a).toArray()).toEqual([2, 3]);
  });

  it('has nothing to do where there is no WebAssembly', async () => {
    configure({ target: 'js' });
    const f = jit((a: Tensor<[2]>) => add(a, 7));
    await compileAsync(f, tensor([1, 2]));
    expect(f(tensor([1, 2])).toArray()).toEqual([8, 9]);
  });

  it('takes a function that jit has made', async () => {
    await expect(compileAsync(loss, w, x)).rejects.toThrow('compileAsync: loss is not a jitted function; pass jit(f)');
  });
});
