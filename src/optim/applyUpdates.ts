// The step itself.
import { add, tree } from '../index';

/**
 * params + updates, leaf by leaf.
 *
 * @example
 * applyUpdates({ w: tensor([1, 2]) }, { w: tensor([0.5, -1]) }).w.toArray() // => [1.5, 1]
 */
export const applyUpdates = <P>(params: P, updates: NoInfer<P>): P => tree.map((p, u) => add(p, u), params, updates);
