// Axes with names, and what is asked of all their examples.
import {
  add,
  allGather,
  axisIndex,
  axisSize,
  concatenate,
  f64,
  grad,
  jit,
  max,
  mul,
  over,
  pmax,
  pmean,
  pmin,
  ppermute,
  psum,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
} from 'adjoint';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../laws/arbitraries';
import { collectiveIsWhole } from '../../laws/collectives';
import { standard } from '../../laws/domains';
import { cond, foriLoop, type ValueFunction, whileLoop } from '../../laws/untyped';
import { concreteArray, type Value } from '../../src/core/value';
import * as p from '../../src/primitives';
import * as untyped from '../../src/transforms/collectives';

type Collective = (x: Value, axisName: string) => Value;
const collective = (f: unknown): Collective => f as Collective;
const [psumOf, pmeanOf, pmaxOf, pminOf] = [untyped.psum, untyped.pmean, untyped.pmax, untyped.pmin].map(collective);
const gatherOf = collective(untyped.allGather);
const indexOf = (name: string): Value =>
  p.convert((untyped.axisIndex as unknown as (name: string) => Value)(name), f64);
const shift = untyped.ppermute as unknown as (x: Value, name: string, pairs: number[][]) => Value;

/** A reduction of the stack [n, 3], given to every member. */
const toAll =
  (reduce: (x: Value, axes: readonly number[]) => Value): ValueFunction =>
  (x) =>
    p.broadcastInDim(reduce(x as Value, [0]), (x as Value).shape, [1]);
const sine = (x: Value | undefined): Value => p.sin(x as Value);
const n = 4;
const rowsTo =
  (rows: readonly (number | null)[]): ValueFunction =>
  (x) =>
    p.concatenate(
      rows.map((r) =>
        r === null ? p.fullLike(p.slice(x as Value, [0, 0], [1, 3]), 0) : p.slice(x as Value, [r, 0], [r + 1, 3]),
      ),
      0,
    );

describe('inside vmap, collectives are what they are of the whole stack', () => {
  const laws: Readonly<Record<string, readonly [ValueFunction, ValueFunction]>> = {
    psum: [(x) => (psumOf as Collective)(sine(x), 'i'), (x) => toAll(p.reduceSum)(sine(x))],
    pmean: [
      (x) => (pmeanOf as Collective)(sine(x), 'i'),
      (x) => p.div(toAll(p.reduceSum)(sine(x)), p.fullLike(x as Value, n)),
    ],
    pmax: [(x) => (pmaxOf as Collective)(sine(x), 'i'), (x) => toAll(p.reduceMax)(sine(x))],
    pmin: [(x) => (pminOf as Collective)(sine(x), 'i'), (x) => toAll(p.reduceMin)(sine(x))],
    allGather: [
      (x) => gatherOf(sine(x), 'i'),
      (x) => p.broadcastInDim(sine(x), [(x as Value).shape[0] as number, ...(x as Value).shape], [1, 2]),
    ],
    ppermute: [
      (x) =>
        shift(sine(x), 'i', [
          [0, 1],
          [1, 2],
          [3, 0],
        ]),
      (x) => rowsTo([3, 0, 1, null])(sine(x)),
    ],
    'psum of what is the same for all': [
      (x) => p.mul(x as Value, (psumOf as Collective)(p.fullLike(x as Value, 2), 'i')),
      (x) => p.mul(x as Value, p.fullLike(x as Value, 2 * n)),
    ],
    'psum in every step of a loop': [
      (x) => foriLoop(0, 2, (_, c) => p.sin((psumOf as Collective)(c, 'i')), sine(x)),
      (x) => p.sin(toAll(p.reduceSum)(p.sin(toAll(p.reduceSum)(sine(x))))),
    ],
    'axisIndex in a loop that carries what is the same for all': [
      (x) => {
        const y = foriLoop(0, 2, (_, c) => p.add(c, indexOf('i')), p.full([], f64, 1));
        return p.mul(sine(x), p.broadcastInDim(y, [3], []));
      },
      (x) => p.mul(sine(x), p.broadcastInDim(concreteArray([n], f64, Float64Array.of(1, 3, 5, 7)), [n, 3], [0])),
    ],
    'psum as long as psum says so': [
      (x) =>
        whileLoop(
          ([k]) => p.lt((psumOf as Collective)(k as Value, 'i'), p.full([], f64, 1.5 * n)),
          ([k, c]) => [p.add(k as Value, p.full([], f64, 1)), p.sin((psumOf as Collective)(c as Value, 'i'))],
          [p.full([], f64, 0), sine(x)],
          { maxSteps: 4 },
        )[1] as Value,
      (x) => p.sin(toAll(p.reduceSum)(p.sin(toAll(p.reduceSum)(sine(x))))),
    ],
    'psum in a branch': [
      (x) => {
        const isLarge = p.gt((psumOf as Collective)(p.full([], f64, 1), 'i'), p.full([], f64, n - 0.5));
        return cond(isLarge, (y) => (psumOf as Collective)(y as Value, 'i'), p.neg as ValueFunction, sine(x));
      },
      (x) => toAll(p.reduceSum)(sine(x)),
    ],
    'a softmax over the axis': [
      (x) => {
        const e = p.exp(p.sub(x as Value, (pmaxOf as Collective)(x as Value, 'i')));
        return p.div(e, (psumOf as Collective)(e, 'i'));
      },
      (x) => {
        const e = p.exp(p.sub(x as Value, toAll(p.reduceMax)(x as Value)));
        return p.div(e, toAll(p.reduceSum)(e));
      },
    ],
  };
  for (const [name, [f, whole]] of Object.entries(laws))
    it(name, () => {
      const stack = (shape: readonly number[]) => tensorOf({ shape, dtype: f64 }, standard);
      const result = name === 'allGather' ? [n, n, 3] : [n, 3];
      fc.assert(
        fc.property(stack([n, 3]), stack([n, 3]), stack(result), stack([2, n, 3]), (x, t, ct, many) =>
          collectiveIsWhole(f, whole)(x, t, ct, many),
        ),
        { numRuns: 5 },
      );
    });
});

describe('named axes', () => {
  const x = tensor([1, 2, 3]);
  const named = { axisName: 'i' } as const;
  it('are known by name, nested too', () => {
    const f = (a: Scalar) => add(mul(psum(a, 'rows'), 10), psum(a, 'columns'));
    const g = vmap(vmap(f, over(0), { axisName: 'columns' }), over(0), { axisName: 'rows' });
    expect(
      g(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).toEqual([
      [43, 63],
      [47, 67],
    ]);
    const both = vmap(
      vmap((a: Scalar) => psum(a, ['rows', 'columns']), over(), { axisName: 'columns' }),
      over(),
      { axisName: 'rows' },
    );
    expect(
      both(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).toEqual([
      [10, 10],
      [10, 10],
    ]);
  });
  it('reduce trees', () => {
    const f = (t: { readonly a: Scalar; readonly b: Scalar }) => pmean(t, 'i');
    expect(vmap(f, over(0), named)({ a: x, b: mul(x, 2) }).b.toArray()).toEqual([4, 4, 4]);
  });
  it('say who an example is, and how many there are', () => {
    expect(vmap((a: Scalar) => add(a, axisIndex('i')), over(0), named)(x).toArray()).toEqual([1, 3, 5]);
    expect(
      vmap(
        jit((a: Scalar) => mul(a, axisIndex('i'))),
        over(0),
        named,
      )(x).toArray(),
    ).toEqual([0, 2, 6]);
    expect(vmap((_a: Scalar) => tensor(axisSize('i')), over(0), named)(x).toArray()).toEqual([3, 3, 3]);
    const members = vmap((a: Scalar) => add(a, axisIndex('i')), over(null), { axisName: 'i', axisSize: 2 });
    expect(members(tensor(5)).toArray()).toEqual([5, 6]);
  });
  it('gather along any axis', () => {
    const f = (a: Tensor<[2]>) => allGather(a, 'i', { axis: 1 });
    const out = vmap(
      f,
      over(0),
      named,
    )(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    );
    expect(out.shape).toEqual([3, 2, 3]);
    expect(out.at(1).toArray()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
  });
  it('are remembered by jit: another size is another program', () => {
    const f = jit((a: Scalar) => mul(a, axisSize('i')));
    expect(vmap(f, over(0), named)(x).toArray()).toEqual([3, 6, 9]);
    expect(vmap(f, over(0), named)(tensor([1, 2])).toArray()).toEqual([2, 4]);
  });
  it('make data-parallel training what it is on the whole batch', () => {
    const loss = (w: Scalar, a: Scalar) => mul(sub(mul(w, a), 1), sub(mul(w, a), 1));
    const parallel = vmap((w: Scalar, a: Scalar) => pmean(grad(loss)(w, a), 'i'), over(null, 0), named);
    const batch = grad((w: Scalar) => mul(sum(vmap(loss, over(null, 0))(w, x)), 1 / 3));
    const [first] = parallel(tensor(0.5), x).toArray();
    expect(first).toBeCloseTo(batch(tensor(0.5)).item(), 6);
  });
  it('normalise a batch', () => {
    const centred = vmap((a: Scalar) => sub(a, pmean(a, 'i')), over(0), named)(x);
    expect(centred.toArray()).toEqual([-1, 0, 1]);
    expect(vmap((a: Scalar) => sub(pmax(a, 'i'), pmin(a, 'i')), over(0), named)(x).toArray()).toEqual([2, 2, 2]);
    expect(max(concatenate([centred, x], 0)).item()).toBe(3);
  });
});

describe('mistakes', () => {
  const x = tensor([1, 2, 3]);
  const message = (f: () => unknown): string => {
    try {
      f();
    } catch (e) {
      return String(e);
    }
    throw new Error('nothing was thrown');
  };
  it('unknown names', () => {
    const f = (a: Scalar) => psum(a, 'j');
    expect(message(() => f(tensor(1)))).toMatchInlineSnapshot(
      `"AxisError: psum: there is no axis named 'j' here; no axis has a name. Give it one: vmap(f, over(0), { axisName: 'j' })."`,
    );
    expect(
      message(() => vmap(vmap(f, over(), { axisName: 'i' }), over(), { axisName: 'k' })(tensor([[1, 2]]))),
    ).toMatchInlineSnapshot(
      `"AxisError: psum: there is no axis named 'j' here; the named axes are 'i' (size 2), 'k' (size 1)."`,
    );
  });
  it('members that are not there', () => {
    const send = (pairs: readonly (readonly [number, number])[]) => () =>
      vmap((a: Scalar) => ppermute(a, 'i', pairs), over(0), { axisName: 'i' })(x);
    expect(message(send([[0, 3]]))).toMatchInlineSnapshot(
      `"AxisError: ppermute: destination 3 is out of range for the axis 'i' of size 3."`,
    );
    expect(
      message(
        send([
          [0, 1],
          [2, 1],
        ]),
      ),
    ).toMatchInlineSnapshot(`"ArgumentError: ppermute: the destination 1 is named twice."`);
  });
  it('a name that another example of the function has', () => {
    const f = jit((a: Scalar) => psum(a, 'i'));
    expect(vmap(f, { axisName: 'i' })(x).toArray()).toEqual([6, 6, 6]);
    expect(message(() => f(tensor(1)))).toMatch(/no axis has a name/);
  });
});
