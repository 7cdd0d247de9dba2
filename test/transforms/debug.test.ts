// Looking inside: printing, calling back, checks, NaN.
import {
  add,
  at,
  CheckError,
  check,
  checkify,
  checkpoint,
  cond,
  configure,
  debug,
  debugNans,
  div,
  f64,
  findLeaks,
  grad,
  greater,
  i32,
  jit,
  jvp,
  less,
  log,
  map,
  mul,
  NanError,
  over,
  type Scalar,
  scan,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
  whileLoop,
} from 'adjoint';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, describe, expect, it, vi } from 'vitest';

const s = (x: number): Scalar => tensor(x);
const { target } = configure();
afterEach(() => {
  configure({ target });
  vi.restoreAllMocks();
});

describe.each(['wasm', 'js', 'eval'] as const)('debug.callback with %s', (chosen) => {
  const watched = () => {
    const seen: number[] = [];
    const f = (x: Scalar): Scalar => {
      const y = mul(x, 2);
      debug.callback((v) => seen.push(v.item()), y);
      debug.callback((v) => seen.push(v.item()), y);
      return add(y, 1);
    };
    return { seen, f };
  };
  it('sees every run, in order, whatever the transforms', () => {
    configure({ target: chosen });
    const runs: Readonly<Record<string, (f: (x: Scalar) => Scalar) => unknown>> = {
      eager: (f) => f(s(1)),
      jit: (f) => jit(f)(s(1)),
      'jit twice': (f) => jit((x: Scalar) => jit(f)(x))(s(1)),
      grad: (f) => grad(f)(s(1)),
      'grad of jit': (f) => grad(jit(f))(s(1)),
      'jit of grad': (f) => jit(grad(f))(s(1)),
      checkpoint: (f) => checkpoint(f)(s(1)),
    };
    for (const [name, run] of Object.entries(runs)) {
      const { seen, f } = watched();
      run(f);
      expect([name, ...seen]).toEqual([name, 2, 2]);
    }
  });
  it('sees every example', () => {
    configure({ target: chosen });
    for (const wrap of [
      vmap,
      (f: (x: Scalar) => Scalar) => jit(vmap(f, over())),
      (f: (x: Scalar) => Scalar) => vmap(jit(f), over()),
    ]) {
      const { seen, f } = watched();
      wrap(f)(tensor([1, 2]));
      expect(seen).toEqual([2, 4, 2, 4]);
    }
    const pairs: number[][] = [];
    const g = (x: Scalar, y: Scalar) => {
      debug.callback((a, b) => pairs.push([a.item(), b.item()]), x, y);
      return x;
    };
    vmap(vmap(g, over(null, 0)), over(0, null))(tensor([1, 2]), tensor([10, 20]));
    expect(pairs).toEqual([
      [1, 10],
      [1, 20],
      [2, 10],
      [2, 20],
    ]);
  });
  it('may run programs itself', () => {
    configure({ target: chosen });
    const inner = jit((x: Tensor<[3]>) => mul(x, 10));
    const seen: unknown[] = [];
    const f = jit((x: Tensor<[3]>) => {
      debug.callback((v) => seen.push(inner(v).toArray()), x);
      return sum(inner(add(x, 1)));
    });
    expect(f(tensor([1, 2, 3])).item()).toBe(90);
    expect(seen).toEqual([[10, 20, 30]]);
  });
  it('alone is a program', () => {
    configure({ target: chosen });
    const seen: number[] = [];
    jit((x: Scalar) => {
      debug.callback((v) => seen.push(v.item()), x);
    })(s(7));
    expect(seen).toEqual([7]);
  });
});

describe('debug.callback in a loop', () => {
  it.each(['wasm', 'eval'] as const)('sees every step once, under derivatives too: %s', (chosen) => {
    configure({ target: chosen });
    const seen: number[] = [];
    const f = (w: Scalar): Scalar =>
      scan(
        (c: Scalar, x: Scalar) => {
          debug.callback((v) => seen.push(v.item()), c);
          debug.callback((v) => seen.push(v.item()), w);
          return [mul(c, mul(w, x)), null] as const;
        },
        s(1),
        tensor([3, 4]),
      )[0];
    for (const g of [f, jit(f), grad(f), jit(grad(f)), grad(jit(f)), (x: Scalar) => jvp(f, [x], [x])]) {
      seen.length = 0;
      g(s(2));
      expect(seen).toEqual([1, 2, 6, 2]);
    }
  });
});

describe('debug.print', () => {
  it('puts values in their places', () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const f = jit((p: { readonly w: Tensor<[2]> }, x: Scalar) => {
      debug.print('w = {}, x = {}', p.w, mul(x, 0.1));
      debug.print('all', p, 'text', 3);
      return x;
    });
    f({ w: tensor([1, 2.5]) }, s(1));
    vmap((x: Scalar) => {
      debug.print('member {}', x);
      return x;
    })(tensor([5, 6]));
    expect(lines).toEqual(['w = [1, 2.5], x = 0.1', 'all { w: [1, 2.5] } text 3', 'member 5', 'member 6']);
  });
});

describe('checks', () => {
  const safeLog = (x: Scalar) => {
    check(greater(x, 0), 'log of {}', x);
    return log(x);
  };
  it('throw where they do not hold, compiled too', () => {
    for (const f of [safeLog, jit(safeLog), grad(safeLog), jit(grad(safeLog)), grad(jit(safeLog))]) {
      expect(f(s(1)).item()).toBeTypeOf('number');
      expect(() => f(s(-2))).toThrow(new CheckError('log of -2'));
      expect(f(s(1)).item()).toBeTypeOf('number');
    }
    expect(() => jit(vmap(safeLog, over()))(tensor([1, -3, -4]))).toThrow(new CheckError('log of -3 (example 1)'));
  });
  it('are values under checkify', () => {
    const f = checkify(jit(safeLog));
    expect(f(s(1))).toEqual(E.right(tensor(0)));
    expect(f(s(-1))).toEqual(E.left(new CheckError('log of -1')));
    expect(() => jit(f as unknown as typeof safeLog)(s(1))).toThrow(
      /checkify: it gives an Either, which jit cannot trace\. Put it outside: checkify\(jit\(f\)\)/,
    );
    expect(() =>
      checkify(() => {
        throw new RangeError('other');
      })(),
    ).toThrow(RangeError);
  });
  it('of other kinds', () => {
    const left = (e: E.Either<CheckError, unknown>): string => (E.isLeft(e) ? e.left.message : 'right');
    const ratio = (x: Tensor<[2]>, y: Tensor<[2]>) => jit((a: Tensor<[2]>, b: Tensor<[2]>) => div(a, b))(x, y);
    const [one, two] = [tensor([1, 2]), tensor([1, 0])];
    expect(left(checkify(ratio, { errors: ['division'] })(one, two))).toMatch(
      /^div: division by zero at \[1\]\.\n {2}at .*debug\.test/,
    );
    expect(left(checkify(ratio)(one, two))).toBe('right');
    expect(left(checkify(ratio, { errors: ['nan'] })(two, two))).toMatch(/^div: NaN in f32\[2\] at \[1\]/);
    const pick = (x: Tensor<[2]>, i: Tensor<[], i32>) => at(x, i);
    expect(left(checkify(pick, { errors: ['index'] })(one, tensor(1, i32)))).toBe('right');
    expect(left(checkify(pick, { errors: ['index', 'user'] })(one, tensor(5, i32)))).toMatch(
      /index 5 is out of range for axis 0/,
    );
    const many = vmap(pick, over(null, 0));
    expect(left(checkify(many, { errors: ['index'] })(one, tensor([0, 1], i32)))).toBe('right');
    expect(left(checkify(many, { errors: ['index'] })(one, tensor([0, 7], i32)))).toMatch(/index 7 is out of range/);
  });
});

describe('debugNans', () => {
  const f = jit((x: Scalar<f64>) => mul(sqrt(sub(x, 2)), 3));
  it('names the operation and the line', () => {
    const caught = (): Error => {
      try {
        debugNans(f)(tensor(1, f64));
      } catch (e) {
        return e as Error;
      }
      throw new Error('nothing was thrown');
    };
    expect(caught()).toBeInstanceOf(NanError);
    expect(caught().message).toMatch(
      /^debugNans: sqrt in .* gave NaN in f64\[\], of f64\[\] without one\.\n {2}at .*debug\.test\.ts:\d+:\d+/,
    );
    expect(debugNans(f)(tensor(6, f64)).item()).toBe(6);
  });
  it('looks into loops and branches, and says in which step', () => {
    const walk = (xs: Tensor<[4], f64>) =>
      scan(
        (c: Scalar<f64>, x: Scalar<f64>) => [
          cond(
            less(x, 0),
            (u: Scalar<f64>) => sqrt(u),
            (u: Scalar<f64>) => u,
            x,
          ),
          mul(c, x),
        ],
        tensor(1, f64),
        xs,
      )[0];
    const xs = tensor([4, 9, -1, 2], f64);
    const place = /sqrt in .*, branch 1 of cond, step 2 of scan gave NaN/;
    expect(() => debugNans(walk)(xs)).toThrow(place);
    expect(() => debugNans(jit(walk))(xs)).toThrow(place);
    expect(() => debugNans(grad(walk))(xs)).toThrow(place);
    expect(debugNans(walk)(tensor([4, 9, 1, 2], f64)).item()).toBe(2);
    const down = (x: Scalar<f64>) =>
      whileLoop(
        (c: Scalar<f64>) => greater(c, -3),
        (c) => sub(mul(c, 0), sqrt(c)),
        x,
      );
    expect(() => debugNans(down)(tensor(4, f64))).toThrow(/sqrt in down, step 1 of while gave NaN/);
    const pick = (x: Tensor<[3]>, is: Tensor<[2], i32>) => map((i: Tensor<[], i32>) => at(x, i), is);
    expect(E.isLeft(checkify(pick, { errors: ['index'] })(tensor([1, 2, 3]), tensor([0, 5], i32)))).toBe(true);
  });
  it('looks into derivatives, and leaves NaN of the input alone', () => {
    const g = (x: Scalar<f64>) => mul(sqrt(mul(x, 0)), x);
    expect(() => debugNans(grad(g))(tensor(1, f64))).toThrow(NanError);
    expect(debugNans((x: Scalar<f64>) => add(x, 1))(tensor(Number.NaN, f64)).item()).toBeNaN();
    expect(() => jit(debugNans(g))(tensor(1, f64))).toThrow(
      /looks at values, which jit does not show\. Put it outside: debugNans\(jit\(f\)\)/,
    );
  });
});

describe('findLeaks', () => {
  it('finds nothing where nothing is kept', async () => {
    const f = (x: Tensor<[2]>) => sum(mul(x, vmap((y: Scalar) => mul(y, y))(x)));
    for (const g of [f, jit(f), grad(f), jit(grad(f)), grad(jit(f)), grad(checkpoint(f))])
      expect(await findLeaks(g as typeof f)(tensor([1, 2]))).toEqual([]);
  });
  it('names what is kept, and where it was made', async () => {
    const kept: unknown[] = [];
    const f = jit((x: Tensor<[2]>) => {
      const y = mul(x, 2);
      kept.push(y);
      return sum(y);
    });
    const leaks = await findLeaks(f)(tensor([1, 2]));
    expect(leaks).toEqual([
      { transform: 'jit', aval: 'f32[2]', line: expect.stringMatching(/debug\.test\.ts:\d+:\d+/) },
    ]);
    expect(kept.length).toBe(1);
  });
});
