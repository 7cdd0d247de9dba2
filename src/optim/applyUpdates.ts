// The step itself.

import { atMost } from '../core/arguments';
import { composed } from '../core/composed';
import { add, tree } from '../index';

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
