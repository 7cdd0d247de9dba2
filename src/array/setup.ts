// What is in place before the first tensor is there: the methods of tensors, and the runtime that evaluates operations.
import { evaluateWith } from '../core/interpreter';
import { computeAll } from '../runtime/deferred';
import { evaluation } from '../runtime/evaluation';
import { installMethods } from './methods';

let isReady = false;

/**
 * Called by `publish`, through which every tensor reaches users, and by what computes a tensor from none. A call when the module
 * loads would be dropped by bundlers, as the package declares that it has no side effects. For the same reason the modules of
 * array/ import each other in a circle, and none of them calls another while it loads.
 */
export const setUp = (): void => {
  if (isReady) return;
  isReady = true;
  installMethods();
  evaluateWith(evaluation, computeAll);
};
