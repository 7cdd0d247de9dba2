// The step itself.
import { add, tree } from '../index';

/** params + updates, leaf by leaf. */
export const applyUpdates = <P>(params: P, updates: NoInfer<P>): P => tree.map((p, u) => add(p, u), params, updates);
