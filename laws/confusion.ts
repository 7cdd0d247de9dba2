// Law number one: derivatives inside derivatives do not take each other's perturbations for their own.
import { f64 } from '../src/core/dtype';
import { scalarArray, type Value } from '../src/core/value';
import { add, broadcastInDim, fullLike, mul, reshape, sin, slice } from '../src/primitives';
import { near } from './compare';
import { grad, jit, jvp, linearize, type ValueFunction, vjp, vmap } from './untyped';
import { concrete } from './vectors';

type Derivative = (f: ValueFunction) => ValueFunction;
const one = (x: Value): Value => fullLike(x, 1);

/** The ways to take the derivative of a function of one number. */
export const derivatives: Readonly<Record<string, Derivative>> = {
  grad,
  jvp: (f) => (x) => jvp(f, [x as Value], [one(x as Value)])[1],
  vjp: (f) => (x) => vjp(f, x as Value)[1](one(x as Value))[0] as Value,
  linearize: (f) => (x) => linearize(f, x as Value)[1](one(x as Value)),
  'jit of grad': (f) => jit(grad(f)),
  'grad of jit': (f) => grad(jit(f)),
  'vmap of grad': (f) => (x) => {
    const twice = broadcastInDim(x as Value, [2], []);
    return reshape(slice(vmap(grad(f), [0])(twice), [1], [2]), []);
  },
};

/**
 * Every pair is a nested derivative at (x, y) and its value. `outer` and `inner` are the ways in which the two derivatives
 * are taken.
 */
const cases = (outer: Derivative, inner: Derivative, x: number, y: number): readonly (readonly [Value, number])[] => {
  const at = (v: number): Value => scalarArray(v, f64);
  const d = (f: (v: Value) => Value, v: number): Value => outer((u) => f(u as Value))(at(v));
  const e = (f: (v: Value) => Value, v: Value): Value => inner((u) => f(u as Value))(v);
  const cy = at(y);
  return [
    // d/dx [x · d/dy x] = 0
    [
      d(
        (u) =>
          mul(
            u,
            e(() => u, cy),
          ),
        x,
      ),
      0,
    ],
    // d/dx [x · d/dy (x + y)] = 1
    [
      d(
        (u) =>
          mul(
            u,
            e((v) => add(u, v), cy),
          ),
        x,
      ),
      1,
    ],
    // d/dx [x · d/dy (x y)] = 2 x
    [
      d(
        (u) =>
          mul(
            u,
            e((v) => mul(u, v), cy),
          ),
        x,
      ),
      2 * x,
    ],
    // d/dx [x · d/dy (x y)](y = x) = 2 x
    [
      d(
        (u) =>
          mul(
            u,
            e((v) => mul(u, v), u),
          ),
        x,
      ),
      2 * x,
    ],
    // d/dx [d/dy (x y²)](y = x) = 4 x
    [d((u) => e((v) => mul(u, mul(v, v)), u), x), 4 * x],
    // d/dx [d/dy (y sin x)] = cos x
    [d((u) => e((v) => mul(v, sin(u)), cy), x), Math.cos(x)],
    // d/dx [x · d/dy (y · d/dz (x y z))] = d/dx [2 x² y] = 4 x y
    [
      d(
        (u) =>
          mul(
            u,
            e(
              (v) =>
                mul(
                  v,
                  e((w) => mul(mul(u, v), w), cy),
                ),
              cy,
            ),
          ),
        x,
      ),
      4 * x * y,
    ],
  ];
};

/** Nested derivatives are right, however both of them are taken. */
export const noConfusion =
  (outer: Derivative, inner: Derivative) =>
  (x: number, y: number): boolean =>
    cases(outer, inner, x, y).every(([got, expected]) => near(concrete(got).data[0] as number, expected, 1e-12));
