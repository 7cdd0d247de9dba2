// The step itself.

import { tree } from '../index';
import { add, atMost, composed } from '../untyped';

/**
 * params + updates, leaf by leaf.
 *
 * @example
 * applyUpdates({ w: tensor([1, 2]) }, { w: tensor([0.5, -1]) }).w.toArray() // => [1.5, 1]
 */
export const applyUpdates = /* @__PURE__ */ composed(function <P>(params: P, updates: NoInfer<P>): P {
  atMost('applyUpdates', arguments, 2);
  return tree.map((p, u) => add(p, u), params, updates);
});
