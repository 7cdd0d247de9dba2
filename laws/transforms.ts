// What the transforms owe each other, for any function f of values: plain boolean functions.

import { avalsOf } from '../src/core/interpreter';
import type { ConcreteArray, Value } from '../src/core/value';
import { fullLike, mul } from '../src/primitives';
import { checkpointName as name } from '../src/primitives/checkpointName';
import { checkpointPolicies } from '../src/transforms';
import type { CheckpointPolicy } from '../src/types/checkpoint';
import type { Arrays } from './compare';
import { all, closeTo, near, rounding, same, sameAvals, scaleOf } from './compare';
import { mapRows, pull, push } from './flat';
import {
  checkpoint,
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  stopGradient,
  total,
  type ValueFunction,
  valueAndGrad,
  vjp,
} from './untyped';
import { concrete, inner, innerScale, minus, stack, zerosLike } from './vectors';

const one = (x: Value): Value => fullLike(x, 1);
const every = (xs: readonly unknown[]): number[] => xs.map((_, i) => i);

/** For a loss: grad(f) · v = jvp(f, v), and valueAndGrad is f and grad(f). */
export const gradIsJvp =
  (f: ValueFunction) =>
  (xs: Arrays, vs: Arrays): boolean => {
    const loss = total(f);
    const gradients = grad(loss, { argnums: every(xs) })(...xs).map(concrete);
    const [y, slope] = jvp(loss, xs, vs);
    const [value, first] = valueAndGrad(loss)(...xs);
    const scale = innerScale(gradients, vs);
    return (
      near(inner(gradients, vs), concrete(slope).data[0] as number, rounding, scale) &&
      same(y, loss(...xs)) &&
      same(value, y) &&
      closeTo(first, gradients[0] as Value)
    );
  };

/** linearize(f)(t) = jvp(f, t), and its value is f. */
export const linearizeIsJvp =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays): boolean => {
    const [y, pushforward] = linearize(f, ...xs);
    const [value, tangent] = jvp(f, xs, ts);
    return same(y, f(...xs)) && same(value, y) && closeTo(pushforward(...ts), tangent);
  };

/** vjp is the adjoint of jvp, and its value is f. */
export const vjpIsAdjoint =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    const [y, pullback] = vjp(f, ...xs);
    const tangent = concrete(jvp(f, xs, ts)[1]);
    const cotangents = pullback(ct).map(concrete);
    const scale = Math.max(innerScale([tangent], [ct]), innerScale(cotangents, ts));
    return (
      same(y, f(...xs)) &&
      sameAvals(avalsOf(cotangents), avalsOf(xs)) &&
      near(inner([tangent], [ct]), inner(cotangents, ts), rounding, scale)
    );
  };

/** Transposing the transpose of a linear map gives it back: of the derivative of f, by vjp. */
export const transposeTwice =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays): boolean => {
    const [y, pushforward] = linearize(f, ...xs);
    const transposed = vjp(pushforward, ...ts)[1];
    const back = vjp((ct: Value) => transposed(ct), zerosLike(y.aval))[1] as unknown as (
      cts: readonly Value[],
    ) => readonly [Value];
    return closeTo(back(ts)[0], pushforward(...ts));
  };

/** jacfwd(f) = jacrev(f), and either applied to a tangent is jvp. */
export const jacobiansAgree =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays): boolean => {
    const [columns, rows] = [concrete(jacfwd(f)(...xs)), concrete(jacrev(f)(...xs))];
    const onlyFirst = [ts[0] as ConcreteArray, ...xs.slice(1).map((x) => zerosLike(x.aval))];
    const tangent = concrete(jvp(f, xs, onlyFirst)[1]);
    const [n, t] = [tangent.size, ts[0] as ConcreteArray];
    const scale = scaleOf(rows, t) ** 2 * t.size;
    const fits = Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < t.size; j++) sum += (rows.data[i * t.size + j] as number) * (t.data[j] as number);
      return near(sum, tangent.data[i] as number, rounding, scale);
    });
    return closeTo(columns, rows) && fits.every((b) => b);
  };

/** The Hessian of a loss is symmetric, and the same whichever modes it is made of. */
export const hessianIsSymmetric =
  (f: ValueFunction) =>
  (xs: Arrays): boolean => {
    const loss = total(f);
    const h = concrete(hessian(loss)(...xs));
    const n = (xs[0] as ConcreteArray).size;
    const scale = scaleOf(h);
    const symmetric = h.data.every((x, i) =>
      near(x, h.data[(i % n) * n + Math.floor(i / n)] as number, rounding, scale),
    );
    const others = [jacrev(grad(loss)), jacrev(jacfwd(loss)), jacfwd(jacfwd(loss)), jacrev(jacrev(loss))];
    return symmetric && others.every((other) => closeTo(other(...xs), h));
  };

/** A function with its own derivative as a custom rule is the same function, under every transform. */
export const customRulesAreRules =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    // It closes over a constant, which the rules of the batched and the recorded call must not take for an argument.
    const h: ValueFunction = (...ys) => mul(f(...ys), ct);
    const withJvp = customJvp(h, (primals, tangents) => jvp(h, primals, tangents));
    const withVjp = customVjp(
      h,
      (...primals) => [h(...primals), primals],
      (primals, cotangent) => vjp(h, ...primals)[1](cotangent),
    );
    const everything = xs.map(() => true);
    const masks = [everything, ...xs.map((_, k) => everything.map((_, i) => i === k))];
    const twice = stack([ct, ct], ct.aval);
    const list =
      (g: ValueFunction): ValueFunction<Many> =>
      (...ys) => [g(...ys)];
    const stacked = (mapped: readonly boolean[]) => xs.map((x, i) => (mapped[i] ? stack([x, x], x.aval) : x));
    const agree = (g: ValueFunction, transform: (k: ValueFunction) => Many): boolean =>
      all(closeTo, transform(g), transform(h));
    return [withJvp, withVjp].every(
      (g) =>
        same(g(...xs), h(...xs)) &&
        same(jit(g)(...xs), h(...xs)) &&
        agree(g, (k) => pull(list(k), [ct])(...xs)) &&
        agree(g, (k) => jit(pull(list(k), [ct]))(...xs)) &&
        agree(g, (k) => pull(list(jit(k)), [ct])(...xs)) &&
        masks.every(
          (mapped) =>
            agree(g, (k) => mapRows(pull(list(k), [ct]), 2, mapped)(...stacked(mapped))) &&
            agree(g, (k) => pull(mapRows(list(k), 2, mapped), [twice])(...stacked(mapped))) &&
            agree(g, (k) => pull(mapRows(list(jit(k)), 2, mapped), [twice])(...stacked(mapped))) &&
            agree(g, (k) => jit(pull(mapRows(list(k), 2, mapped), [twice]))(...stacked(mapped))),
        ) &&
        // By one argument at a time: the others are constants for the rule.
        xs.every((x, i) =>
          agree(g, (k) => pull((y) => [k(...xs.map((z, n) => (n === i ? (y as Value) : z)))], [ct])(x)),
        ) &&
        (g === withVjp ||
          (agree(g, (k) => jvp(k, xs, ts)) &&
            agree(g, (k) =>
              push(
                mapRows(list(jit(k)), 2, everything),
                ts.map((t) => stack([t, t], t.aval)),
              )(...stacked(everything)),
            ))),
    );
  };
type Many = readonly Value[];

/** Every policy a program can have. */
const policies: readonly CheckpointPolicy[] = [
  checkpointPolicies.nothingSaveable,
  checkpointPolicies.everythingSaveable,
  checkpointPolicies.dotsSaveable,
  checkpointPolicies.dotsWithNoBatchDimsSaveable,
  checkpointPolicies.saveOnlyTheseNames('result'),
  checkpointPolicies.saveAnyNamesButThese('other'),
  checkpointPolicies.saveAnythingExceptTheseNames('result'),
  // None of the usual: keeps about half of the values.
  ({ primitive }) => primitive.length % 2 === 0,
];

/** checkpoint(f) is f under every policy: value, both modes, second order, mapped and jitted, called from inside too. */
export const checkpointIsIdentity =
  (f: ValueFunction, which: number) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    const policy = policies[which % policies.length] as CheckpointPolicy;
    const inner: ValueFunction = (...ys) => name(f(...ys), 'result');
    const whole = checkpoint(inner, { policy });
    const nested: ValueFunction = checkpoint((...ys) => whole(...ys.map((y) => mul(y, one(y)))), { policy });
    const everything = xs.map(() => true);
    const list =
      (g: ValueFunction): ValueFunction<Many> =>
      (...ys) => [g(...ys)];
    const loss = (g: ValueFunction) => total((...ys) => mul(g(...ys), g(...ys)));
    const doubled = xs.map((x) => stack([x, x], x.aval));
    return [whole, nested, jit(whole)].every((g) => {
      const agree = (transform: (k: ValueFunction) => Many): boolean => all(closeTo, transform(g), transform(f));
      return (
        same(g(...xs), f(...xs)) &&
        agree((k) => push(list(k), ts)(...xs)) &&
        agree((k) => pull(list(k), [ct])(...xs)) &&
        agree((k) => jit(pull(list(k), [ct]))(...xs)) &&
        agree((k) => push((...ys) => pull(list(k), [ct])(...ys), ts)(...xs)) &&
        agree((k) => [grad((...ys) => total(grad(loss(k)))(...ys))(...xs)]) &&
        agree((k) => mapRows(pull(list(k), [ct]), 2, everything)(...doubled)) &&
        agree((k) => pull(mapRows(list(k), 2, everything), [stack([ct, ct], ct.aval)])(...doubled))
      );
    });
  };

/** The derivative by each argument alone is the derivative with the others held fixed. */
export const argumentsAreApart =
  (f: ValueFunction) =>
  (xs: Arrays): boolean => {
    const loss = total(f);
    const gradients = grad(loss, { argnums: every(xs) })(...xs);
    return xs.every((x, i) => {
      const alone = grad((y) => loss(...xs.map((z, k) => (k === i ? (y as Value) : z))))(x);
      const chosen = grad(loss, { argnums: [i] })(...xs)[0] as Value;
      return closeTo(alone, gradients[i] as Value) && closeTo(chosen, alone);
    });
  };

/** What is stopped has its value and no derivative: d(stop(f) · g) = stop(f) · dg. */
export const stopGradientStops =
  (f: ValueFunction) =>
  (xs: Arrays): boolean => {
    const product: ValueFunction = (...ys) => mul(stopGradient(f(...ys)), f(...ys));
    const y = concrete(f(...xs));
    const scaled: ValueFunction = (...ys) => mul(y, f(...ys));
    const stopped = grad((...ys) => stopGradient(total(f)(...ys)))(...xs);
    return (
      same(product(...xs), mul(y, y)) &&
      closeTo(grad(total(product))(...xs), grad(total(scaled))(...xs)) &&
      scaleOf(minus(concrete(stopped), zerosLike(stopped.aval))) === 0
    );
  };

/** jvp(g ∘ f) = jvp(g) ∘ jvp(f). */
export const chainRule =
  (f: ValueFunction, g: ValueFunction) =>
  (xs: Arrays, ts: Arrays): boolean => {
    const [y, t] = jvp(f, xs, ts);
    return all(
      closeTo,
      jvp((...zs: readonly Value[]) => g(f(...zs)), xs, ts),
      jvp(g, [y], [t]),
    );
  };
