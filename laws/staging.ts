// What jit and traced programs owe to the functions they come from: plain boolean functions.
import { checkJaxpr } from '../src/core/checker';
import { evalJaxpr } from '../src/core/evalJaxpr';
import type { ConcreteArray, Value } from '../src/core/value';
import type { Arrays } from './compare';
import { all, closeTo, same } from './compare';
import { mapRows, pull, push } from './flat';
import { jit, makeJaxpr, type ValueFunction } from './untyped';
import { stack } from './vectors';

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
      all(same, jit(push(list, ts))(...xs), push(list, ts)(...xs)) &&
      all(same, jit(pull(list, [ct]))(...xs), pull(list, [ct])(...xs)) &&
      all(
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
      all(closeTo, push(compiled, ts)(...xs), push(list, ts)(...xs)) &&
      all(closeTo, pull(compiled, [ct])(...xs), pull(list, [ct])(...xs))
    );
  };

/** Running the program of f is running f; the program is legal. */
export const programIsFunction =
  (f: ValueFunction) =>
  (xs: Arrays): boolean => {
    const { jaxpr, consts } = makeJaxpr(f)(...xs);
    checkJaxpr(jaxpr);
    return all(same, evalJaxpr(jaxpr, [...consts, ...xs]), [f(...xs)]);
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
      return all(same, evalJaxpr(jaxpr, [...consts, ...args]), g(...args));
    };
    return (
      legal(push(list, ts), xs) &&
      legal(pull(list, [ct]), xs) &&
      legal(mapRows(list, 2, mapped), doubled) &&
      legal(push(pull(list, [ct]), ts), xs) &&
      legal(mapRows(pull(list, [ct]), 2, mapped), doubled)
    );
  };

/**
 * One jit(f), called with other shapes, mapped over other sizes and arguments, and differentiated by other arguments, is f
 * every time: a program is kept only for what it was made for.
 */
export const jitRemembersRightly =
  (f: ValueFunction) =>
  (xs: Arrays, ct: ConcreteArray): boolean => {
    const g = jit(f);
    const lists = [f, g].map(
      (h): ValueFunction<readonly Value[]> =>
        (...ys) => [h(...ys)],
    );
    const agree = (transform: (h: ValueFunction<readonly Value[]>) => readonly Value[]): boolean => {
      const [plain, jitted] = lists.map(transform);
      return all(closeTo, plain as readonly Value[], jitted as readonly Value[]);
    };
    const stacked = (n: number, mapped: readonly boolean[]) =>
      xs.map((x, i) => (mapped[i] ? stack(Array(n).fill(x), x.aval) : x));
    const everything = xs.map(() => true);
    const masks = [everything, ...xs.map((_, k) => xs.map((_, i) => i === k))];
    return (
      agree((h) => h(...xs)) &&
      agree((h) => h(...stacked(2, everything))) &&
      agree((h) => h(...xs)) &&
      masks.every((mapped) => [1, 2, 3].every((n) => agree((h) => mapRows(h, n, mapped)(...stacked(n, mapped))))) &&
      agree((h) => pull(h, [ct])(...xs)) &&
      xs.every((x, i) => agree((h) => pull((y) => h(...xs.map((z, k) => (k === i ? (y as Value) : z))), [ct])(x))) &&
      xs.every((x, i) => agree((h) => push((y) => h(...xs.map((z, k) => (k === i ? (y as Value) : z))), [x])(x)))
    );
  };
