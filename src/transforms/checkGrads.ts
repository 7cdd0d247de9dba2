// Derivatives against finite differences.
import { atMost, knownOptions } from '../core/arguments';
import { isFloat, recordOf } from '../core/dtype';
import { AdjointError, TransformError } from '../core/errors';
import { LinearOperand, type Tangent, Zero } from '../core/primitive';
import { flatten, type TreeDef } from '../core/tree';
import { arrayOf, type ConcreteArray, type Value } from '../core/value';
import { instantiate } from '../primitives/fill';
import type { CheckGrads, CheckGradsOptions } from '../types/transforms';
import { type AnyFunction, type FlatFunction, flattenFunction } from './function';
import { jvpFlat } from './jvp';
import { linearizeFlat } from './linearize';
import { backwardPass } from './transpose';

/** A derivative that differs from finite differences. */
export class GradientError extends AdjointError {
  override readonly name = 'GradientError';
}

/** A fixed direction, so that a failure is the same every time; entries in [-1, 1) away from 0. */
const direction = (x: Value, salt: number): ConcreteArray => {
  const concrete = x.concrete('checkGrads');
  const data = Float64Array.from(concrete.numbers);
  for (let i = 0; i < data.length; i++) {
    const u = Math.sin((i + 1) * 12.9898 + salt * 78.233) * 43758.5453;
    const fraction = u - Math.floor(u);
    data[i] = fraction < 0.5 ? -0.25 - 1.5 * fraction : 0.25 + 1.5 * (fraction - 0.5);
  }
  return arrayOf(x.shape, x.dtype, data);
};

const shifted = (x: ConcreteArray, t: ConcreteArray, by: number): ConcreteArray => {
  const { numbers } = t;
  return arrayOf(
    x.shape,
    x.dtype,
    Float64Array.from(x.numbers, (v, i) => v + by * (numbers[i] as number)),
  );
};

const floats =
  (f: FlatFunction): FlatFunction =>
  (...xs) =>
    f(...xs).filter((y) => isFloat(y.dtype));
const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};
const numbers = (xs: readonly (Value | Tangent)[]): ConcreteArray[] =>
  xs.map((x) => instantiate(x).concrete('checkGrads'));

/**
 * Checks the derivatives of f at the arguments against central differences, to any order, in both modes.
 *
 * Arguments are trees of float tensors (others are held fixed); f may return any tree. float64 arguments are far sharper:
 * default tolerances are 1e-5 for f64 (step 1e-4) and 2e-2 for f32 (step 1e-2), relative to the larger of 1 and the derivative.
 *
 * @throws GradientError naming the mode, the order and the result that differs
 * @example
 * checkGrads((x: Tensor<[2], f64>) => sin(x), [tensor([0.3, 0.7], f64)], { order: 2 }) // => undefined
 */
export const checkGrads = function (f: AnyFunction, args: readonly unknown[], options: CheckGradsOptions = {}): void {
  atMost('checkGrads', arguments, 3);
  knownOptions('checkGrads', options, ['order', 'modes', 'atol', 'rtol', 'eps']);
  const { leaves, def } = flatten(args);
  const differentiable = leaves.map((x) => isFloat(x.dtype));
  if (!differentiable.includes(true)) throw new TransformError('checkGrads: no argument has a float tensor.');
  const inputs = leaves.filter((_, i) => differentiable[i]).map((x) => x.concrete('checkGrads'));
  const withFixed: FlatFunction = (...xs) => {
    let next = 0;
    return flattened(f, def)(...leaves.map((x, i) => (differentiable[i] ? (xs[next++] as Value) : x)));
  };
  check(floats(withFixed), inputs, options.order ?? 1, options, '');
} as CheckGrads;

const flattened = (f: AnyFunction, def: TreeDef): FlatFunction => flattenFunction('checkGrads', f, def).call;

const check = (
  f: FlatFunction,
  inputs: readonly ConcreteArray[],
  order: number,
  options: CheckGradsOptions,
  trail: string,
): void => {
  const single = inputs.some((x) => recordOf(x.dtype).digits <= 24);
  const {
    modes = ['forward', 'reverse'],
    atol = single ? 2e-2 : 1e-5,
    rtol = single ? 2e-2 : 1e-5,
    eps = single ? 1e-2 : 1e-4,
  } = options;
  const tangents = inputs.map((x, i) => direction(x, i + 1));
  const [above, below] = [eps, -eps].map((by) =>
    numbers(f(...inputs.map((x, i) => shifted(x, tangents[i] as ConcreteArray, by)))),
  );
  const expected = (above as ConcreteArray[]).map((y, i) =>
    y.numbers.map((v, j) => (v - ((below as ConcreteArray[])[i]?.numbers[j] as number)) / (2 * eps)),
  );
  const compare = (mode: string, what: string, got: number, want: number): void => {
    if (
      Math.abs(got - want) <= atol + rtol * Math.abs(want) ||
      (Number.isNaN(got) && Number.isNaN(want)) ||
      got === want
    )
      return;
    throw new GradientError(
      `checkGrads: ${trail}${mode} derivative of ${what}: got ${got}, finite differences give ${want} (difference ${Math.abs(got - want)}, allowed ${atol + rtol * Math.abs(want)}).`,
    );
  };
  if (modes.includes('forward')) {
    const push: FlatFunction = (...xs) => jvpFlat('checkGrads', f, xs, tangents).tangents.map(instantiate);
    numbers(push(...inputs)).forEach((t, i) => {
      t.numbers.forEach((v, j) => {
        compare('forward-mode', `result ${i}, element ${j}`, v, expected[i]?.[j] as number);
      });
    });
    if (order > 1) check(push, inputs, order - 1, options, `${trail}forward over `);
  }
  if (modes.includes('reverse')) {
    const cotangents = (above as ConcreteArray[]).map((y, i) => direction(y, 100 + i));
    const pull: FlatFunction = (...xs) => {
      const { program } = linearizeFlat('checkGrads', f, xs);
      const holes = program.jaxpr.inputs.slice(program.consts.length).map((v) => new LinearOperand(v.aval));
      return backwardPass(program.jaxpr, [...program.consts, ...holes], cotangents)
        .slice(program.consts.length)
        .map((t) => (t instanceof Zero ? instantiate(t) : t));
    };
    const got = numbers(pull(...inputs)).reduce(
      (sum, ct, i) => sum + inner(ct.numbers, (tangents[i] as ConcreteArray).numbers),
      0,
    );
    const want = expected.reduce((sum, e, i) => sum + inner(e, (cotangents[i] as ConcreteArray).numbers), 0);
    compare('reverse-mode', 'all results along the test direction', got, want);
    if (order > 1) check(pull, inputs, order - 1, options, `${trail}reverse over `);
  }
};
