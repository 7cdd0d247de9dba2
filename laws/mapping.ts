// What vmap owes to the function of one example: plain boolean functions.
import type { ConcreteArray, Value } from '../src/core/value';
import { moveAxis } from '../src/primitives';
import type { Arrays } from './compare';
import { all, closeTo, same } from './compare';
import { grad, jit, jvp, total, type ValueFunction, vmap } from './untyped';
import { concrete, row, stack } from './vectors';

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
      all(
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
