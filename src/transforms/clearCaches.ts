// Caches: all programs that jit, loops and operations outside of jit keep are forgotten at once.
import { atMost } from '../core/arguments';
import { forgetExecutables } from '../runtime/executable';
import { forgetGraphs } from '../runtime/graphPrograms';
import { endThreads } from '../runtime/pool';
import { forgetFunctions } from './carry';
import { forgetTraces } from './jit';

/**
 * Forgets every program that was traced or compiled, of all functions. The next call of a jitted function traces it again; results stay
 * what they are. The memory comes back when the engine collects its garbage. Rarely needed: the programs used last
 * are kept, 256 of each function and 1,024 of all together, and they go with the function. Other threads end; the next program that has
 * work for them starts new ones.
 *
 * @example
 * const double = jit((x: Tensor<[2]>) => mul(x, 2));
 * double(tensor([1, 2]));
 * clearCaches();
 * double(tensor([1, 2])).toArray() // => [2, 4]
 */
export const clearCaches = function (): void {
  atMost('clearCaches', arguments, 0);
  forgetTraces();
  forgetFunctions();
  forgetExecutables();
  forgetGraphs();
  endThreads();
};
