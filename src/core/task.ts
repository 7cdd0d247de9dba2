// Tasks that say so where they are awaited without having been called.
import type { Unstarted } from '../types';
import { ArgumentError } from './errors';

/** The task that a public function returns. `await f(...)` instead of `await f(...)()` rejects: it would do nothing. */
export const unstarted = <Task extends () => Promise<unknown>>(name: string, task: Task): Unstarted<Task> => {
  const then = (_: unknown, reject?: (error: ArgumentError) => void): void => {
    const error = new ArgumentError(
      `${name}: nothing was done, because the task that it returns was awaited and not called. Write await ${name}(...)().`,
    );
    if (typeof reject !== 'function') throw error;
    reject(error);
  };
  // A function of its own, as the task may be somebody else's.
  return Object.defineProperty((() => task()) as Unstarted<Task>, 'then', { value: then });
};
