// What the transforms owe each other, for any function f of values: plain boolean functions.

import { checkJaxpr } from '../src/core/checker';
import { avalsOf } from '../src/core/interpreter';
import { evalJaxpr } from '../src/core/jaxpr';
import type { ConcreteArray, Value } from '../src/core/value';
import { moveAxis, mul } from '../src/primitives';
import { close, near, sameAvals, sameBits, scaleOf } from './compare';
import { mapRows, pull, push } from './flat';
import type { Arrays } from './primitive';
import {
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  makeJaxpr,
  stopGradient,
  total,
  type ValueFunction,
  valueAndGrad,
  vjp,
  vmap,
} from './untyped';
import { concrete, inner, innerScale, minus, row, stack, zerosLike } from './vectors';

/** Identities that hold but for the order of sums. */
const rounding = 1e-9;

const closeTo = (x: Value, y: Value, tolerance = rounding): boolean => {
  const [a, b] = [concrete(x), concrete(y)];
  return close(a, b, tolerance * (1 + scaleOf(a, b)));
};
const same = (x: Value, y: Value): boolean => sameBits(concrete(x), concrete(y));
const allOf = (test: (x: Value, y: Value) => boolean, xs: readonly Value[], ys: readonly Value[]): boolean =>
  xs.length === ys.length && xs.every((x, i) => test(x, ys[i] as Value));

const every = (xs: readonly unknown[]): number[] => xs.map((_, i) => i);

/** jit(f) = f, bit for bit; called again too, when the program is there. */
export const jitIsIdentity =
  (f: ValueFunction) =>
  (xs: Arrays): boolean => {
    const [y, compiled] = [f(...xs), jit(f)];
    return same(compiled(...xs), y) && same(compiled(...xs), y);
  };

/** jit(jit(f)) = jit(f). */
export const jitTwice =
  (f: ValueFunction) =>
  (xs: Arrays): boolean =>
    same(jit(jit(f))(...xs), jit(f)(...xs));

/** jit of forward mode, of reverse mode and of vmap are those, bit for bit. */
export const jitCommutes =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    const list: ValueFunction<readonly Value[]> = (...ys) => [f(...ys)];
    const doubled = xs.map((x) => stack([x, x], x.aval));
    return (
      allOf(same, jit(push(list, ts))(...xs), push(list, ts)(...xs)) &&
      allOf(same, jit(pull(list, [ct]))(...xs), pull(list, [ct])(...xs)) &&
      allOf(
        same,
        jit(
          mapRows(
            list,
            2,
            every(xs).map(() => true),
          ),
        )(...doubled),
        mapRows(
          list,
          2,
          every(xs).map(() => true),
        )(...doubled),
      )
    );
  };

/** Derivatives of jit(f) are those of f. */
export const derivativesOfJit =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    const [list, compiled] = [(...ys: readonly Value[]) => [f(...ys)], (...ys: readonly Value[]) => [jit(f)(...ys)]];
    return (
      allOf(closeTo, push(compiled, ts)(...xs), push(list, ts)(...xs)) &&
      allOf(closeTo, pull(compiled, [ct])(...xs), pull(list, [ct])(...xs))
    );
  };

/** Running the program of f is running f; the program is legal. */
export const programIsFunction =
  (f: ValueFunction) =>
  (xs: Arrays): boolean => {
    const { jaxpr, consts } = makeJaxpr(f)(...xs);
    checkJaxpr(jaxpr);
    return allOf(same, evalJaxpr(jaxpr, [...consts, ...xs]), [f(...xs)]);
  };

/** Every transform of f makes a legal program that does what the transform does. */
export const transformsAreLegal =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    const list: ValueFunction<readonly Value[]> = (...ys) => [f(...ys)];
    const mapped = every(xs).map(() => true);
    const doubled = xs.map((x) => stack([x, x], x.aval));
    const legal = (g: ValueFunction<readonly Value[]>, args: Arrays): boolean => {
      const { jaxpr, consts } = makeJaxpr(g)(...args);
      checkJaxpr(jaxpr);
      return allOf(same, evalJaxpr(jaxpr, [...consts, ...args]), g(...args));
    };
    return (
      legal(push(list, ts), xs) &&
      legal(pull(list, [ct]), xs) &&
      legal(mapRows(list, 2, mapped), doubled) &&
      legal(push(pull(list, [ct]), ts), xs) &&
      legal(mapRows(pull(list, [ct]), 2, mapped), doubled)
    );
  };

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

/** vmap(f) is f of every example, bit for bit, for every choice of mapped arguments and axes in and out. */
export const vmapIsLoop =
  (f: ValueFunction) =>
  (rows: readonly Arrays[], inAxes: readonly (number | null)[], outAxis: number): boolean => {
    const first = rows[0] as Arrays;
    const args = first.map((x, i) => {
      const axis = inAxes[i] ?? null;
      if (axis === null) return x;
      return moveAxis(
        stack(
          rows.map((r) => r[i] as ConcreteArray),
          x.aval,
        ),
        0,
        axis,
      );
    });
    const examples = rows.map((r) => f(...first.map((x, i) => (inAxes[i] === null ? x : (r[i] as ConcreteArray)))));
    const out = outAxis % ((examples[0] as Value).ndim + 1);
    const together = vmap(f, inAxes, rows.length, out)(...args);
    const front = concrete(moveAxis(together, out, 0));
    return front.shape[0] === rows.length && examples.every((y, i) => same(row(front, i), y));
  };

/** vmap of the identity is the identity. */
export const vmapOfIdentity = (x: ConcreteArray): boolean => same(vmap((y) => y as Value, [0])(x), x);

/** vmap(g ∘ f) = vmap(g) ∘ vmap(f). */
export const vmapOfComposition =
  (f: ValueFunction, g: ValueFunction) =>
  (stacked: Arrays): boolean => {
    const axes = stacked.map(() => 0);
    return same(vmap((...xs) => g(f(...xs)), axes)(...stacked), vmap(g, [0])(vmap(f, axes)(...stacked)));
  };

/** vmap(grad(f)) is the gradient of every example, and vmap commutes with jit and jvp. */
export const vmapCommutes =
  (f: ValueFunction) =>
  (stacked: Arrays, tangents: Arrays): boolean => {
    const loss = total(f);
    const axes = stacked.map(() => 0);
    const together = concrete(vmap(grad(loss), axes)(...stacked));
    const size = (stacked[0] as ConcreteArray).shape[0] as number;
    const perExample = Array.from({ length: size }, (_, i) => grad(loss)(...stacked.map((x) => row(x, i))));
    return (
      perExample.every((g, i) => closeTo(row(together, i), g)) &&
      closeTo(grad(total(vmap(f, axes)))(...stacked), together) &&
      same(vmap(jit(f), axes)(...stacked), vmap(f, axes)(...stacked)) &&
      same(jit(vmap(f, axes))(...stacked), vmap(f, axes)(...stacked)) &&
      allOf(
        closeTo,
        jvp(vmap(f, axes), stacked, tangents),
        vmap((...all) => jvp(f, all.slice(0, axes.length), all.slice(axes.length)), [...axes, ...axes])(
          ...stacked,
          ...tangents,
        ),
      )
    );
  };

/** Mapping two axes in either order gives the two orders of the results' axes. */
export const vmapTwice =
  (f: ValueFunction) =>
  (x: ConcreteArray): boolean => {
    const rowsFirst = vmap(vmap(f, [0]), [0])(x);
    const columnsFirst = vmap(vmap(f, [0]), [1])(x);
    return same(moveAxis(columnsFirst, 0, 1), rowsFirst);
  };

/** A function with its own derivative as a custom rule is the same function, under every transform. */
export const customRulesAreRules =
  (f: ValueFunction) =>
  (xs: Arrays, ts: Arrays, ct: ConcreteArray): boolean => {
    const withJvp = customJvp(f, (primals, tangents) => jvp(f, primals, tangents));
    const withVjp = customVjp(
      f,
      (...primals) => [f(...primals), primals],
      (primals, cotangent) => vjp(f, ...primals)[1](cotangent),
    );
    const mapped = xs.map(() => true);
    const doubled = xs.map((x) => stack([x, x], x.aval));
    const cotangents = pull((...ys) => [f(...ys)], [ct])(...xs);
    return [withJvp, withVjp].every((g) => {
      const list: ValueFunction<readonly Value[]> = (...ys) => [g(...ys)];
      const rows = pull(mapRows(list, 2, mapped), [stack([ct, ct], ct.aval)])(...doubled).map(concrete);
      return (
        same(g(...xs), f(...xs)) &&
        same(jit(g)(...xs), f(...xs)) &&
        allOf(closeTo, pull(list, [ct])(...xs), cotangents) &&
        allOf(closeTo, jit(pull(list, [ct]))(...xs), cotangents) &&
        allOf(closeTo, pull((...ys) => [jit(g)(...ys)], [ct])(...xs), cotangents) &&
        allOf(
          closeTo,
          mapRows(pull(list, [ct]), 2, mapped)(...doubled).map((r) => row(concrete(r), 1)),
          cotangents,
        ) &&
        allOf(
          closeTo,
          rows.map((r) => row(r, 0)),
          cotangents,
        ) &&
        (g === withVjp || allOf(closeTo, jvp(g, xs, ts), jvp(f, xs, ts))) &&
        // By one argument at a time: the others are constants for the rule.
        xs.every((x, i) => {
          const alone: ValueFunction<readonly Value[]> = (y) => [g(...xs.map((z, k) => (k === i ? (y as Value) : z)))];
          return allOf(closeTo, pull(alone, [ct])(x), cotangents.slice(i, i + 1));
        })
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
    return allOf(
      closeTo,
      jvp((...zs: readonly Value[]) => g(f(...zs)), xs, ts),
      jvp(g, [y], [t]),
    );
  };
