// What collective operations owe to the same operation on the whole stack: plain boolean functions.
import type { ConcreteArray, Value } from '../src/core/value';
import { moveAxis, mul } from '../src/primitives';
import { all, closeTo } from './compare';
import { checkpoint, customJvp, grad, jit, jvp, linearize, total, type ValueFunction, vjp, vmap } from './untyped';

/** f of one member of the axis `i`, as vmap runs it. */
const overAxis =
  (f: ValueFunction): ValueFunction =>
  (...xs) =>
    vmap(
      f,
      xs.map(() => 0),
      undefined,
      0,
      'i',
    )(...xs);

/**
 * A collective f inside vmap is `whole` on the stack of all members: value and derivatives in both modes and orders, inside jit, checkpoint
 * and a custom rule, and mapped over another axis, outside and inside. `many` is a stack of stacks.
 */
export const collectiveIsWhole =
  (f: ValueFunction, whole: ValueFunction) =>
  (x: ConcreteArray, t: ConcreteArray, ct: ConcreteArray, many: ConcreteArray): boolean => {
    const wrapped = [f, jit(f), checkpoint(f), customJvp(f, ([y], [u]) => jvp(f, [y as Value], [u as Value]))];
    const back = (g: ValueFunction): Value => vjp(g, x)[1](ct)[0] as Value;
    const second = (g: ValueFunction): Value => {
      const loss: ValueFunction = total((y) => mul(g(y as Value), g(y as Value)));
      return grad((y) => total(grad(loss))(y as Value))(x);
    };
    return wrapped.every((g) => {
      const mapped = overAxis(g);
      // Every member pulls back its own cotangent; the collective brings in those of the others.
      const memberBack = overAxis((y, c) => vjp(g, y as Value)[1](c as Value)[0] as Value);
      const memberPush = overAxis((y, u) => linearize(g, y as Value)[1](u as Value));
      const inside = overAxis((y) => vmap(g, [0])(y as Value));
      return (
        closeTo(mapped(x), whole(x)) &&
        closeTo(jit(mapped)(x), whole(x)) &&
        all(closeTo, jvp(mapped, [x], [t]), jvp(whole, [x], [t])) &&
        closeTo(memberPush(x, t), jvp(whole, [x], [t])[1]) &&
        closeTo(back(mapped), back(whole)) &&
        closeTo(memberBack(x, ct), back(whole)) &&
        closeTo(jit(memberBack)(x, ct), back(whole)) &&
        closeTo(second(mapped), second(whole)) &&
        closeTo(vmap(mapped, [0])(many), vmap(whole, [0])(many)) &&
        closeTo(moveAxis(inside(moveAxis(many, 1, 0)), 1, 0), vmap(whole, [0])(many))
      );
    });
  };
