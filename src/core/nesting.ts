// How deep programs lie one inside the other, for those who walk over them: the engine's stack is finite.
import { TransformError } from './errors';
import { type Jaxpr, programsIn } from './jaxpr';
import { fewest, isStackOverflow, stackAdvice } from './stack';

const depths = new WeakMap<Jaxpr, number>();
/** How many programs lie one inside the other. */
const depthOf = (jaxpr: Jaxpr): number => {
  // Without recursion, which is what there is no room for.
  const stack = [jaxpr];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const inner = top.equations.flatMap((e) => programsIn(e.params));
    const unknown = inner.filter((p) => !depths.has(p));
    if (unknown.length > 0) {
      stack.push(...unknown);
      continue;
    }
    depths.set(top, 1 + inner.reduce((n, p) => Math.max(n, depths.get(p) as number), 0));
    stack.pop();
  }
  return depths.get(jaxpr) as number;
};

/** Runs what walks over a program: too deep a nest of programs is said to be one. */
export const walking = <T>(what: string, jaxpr: Jaxpr, walk: () => T): T => {
  try {
    return walk();
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    const depth = depthOf(jaxpr);
    if (depth < fewest) throw error;
    throw new TransformError(
      `${what}: the engine's stack is full: the program has ${depth} programs one inside the other, as of functions under jit that call one another. ${stackAdvice}`,
    );
  }
};
