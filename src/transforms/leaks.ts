// Which traced values outlive their transform, before somebody trips over them.
import { atMost } from '../core/arguments';
import { showAval } from '../core/aval';
import { ArgumentError, TransformError } from '../core/errors';
import type { Tracer } from '../core/value';
import { watchTracers } from '../core/value';
import { garbageCollector, turn } from '../runtime/platform';
import type { FindLeaks } from '../types/debug';
import { type AnyFunction, callFunction } from './function';
import { userLine } from './userLine';

const watched = (f: AnyFunction, args: readonly unknown[]) => {
  const tracers: { readonly ref: WeakRef<Tracer>; readonly line: string | null }[] = [];
  watchTracers(
    (tracer) => tracers.push({ ref: new WeakRef(tracer), line: userLine() }),
    () => callFunction('findLeaks', f, args),
  );
  return tracers;
};

/**
 * Calls f and looks for traced values that are still held when all transforms have returned: stored in a variable outside, in a cache, in an
 * object that lives on. Each is told by its transform, dtype, shape, and the line that made it. Using one would throw LeakedTracerError.
 *
 * It asks the engine to collect garbage, which Node allows, and a browser started with --js-flags=--expose-gc.
 *
 * @throws TransformError (as a rejection) where garbage cannot be collected on demand
 * @example
 * const leaks = await findLeaks(jit((x: Tensor<[]>) => mul(x, 2)))(tensor(1));
 * leaks.length // => 0
 */
export const findLeaks = function (f: AnyFunction) {
  atMost('findLeaks', arguments, 1);
  if (typeof f !== 'function') throw new ArgumentError(`findLeaks: expected a function, got ${typeof f}.`);
  return async (...args: readonly unknown[]) => {
    const collect = garbageCollector();
    if (collect === null)
      throw new TransformError(
        'findLeaks: this engine does not collect garbage on demand. Use Node, or start the browser with --js-flags=--expose-gc.',
      );
    const tracers = watched(f, args);
    // A reference that was just made keeps its target for the rest of the turn.
    for (let i = 0; i < 3; i++) {
      await turn();
      collect();
    }
    return tracers.flatMap(({ ref, line }) => {
      const tracer = ref.deref();
      if (tracer === undefined || tracer.interpreter.alive) return [];
      return [{ transform: tracer.interpreter.transform, aval: showAval(tracer.aval), line }];
    });
  };
} as FindLeaks;
