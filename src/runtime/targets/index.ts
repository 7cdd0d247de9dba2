// The registry of targets.
import { offerTarget } from '../availability';
import { settings } from '../settings';
import type { Target } from '../target';
import { evalTarget } from './evaluation';
import { jsTarget } from './js';
import { wasmTarget } from './wasm';

const targets = new Map<string, Target>();
/** Adds a target to those that `configure({ target })` chooses from, or replaces the one of that name. */
export const registerTarget = <Rendered, Memory>(target: Target<Rendered, Memory>): void => {
  offerTarget(target.name, () => target.isAvailable());
  // What a target renders and allocates comes back to itself only.
  targets.set(target.name, target as Target);
};

/** The target of a name, which must be known. */
export const targetOf = (name: string): Target => {
  const found = targets.get(name);
  if (found !== undefined) return found;
  for (const target of [wasmTarget, jsTarget, evalTarget] as readonly Target[])
    if (!targets.has(target.name)) targets.set(target.name, target);
  return targets.get(name) as Target;
};
/** What programs are compiled for now. */
export const targetInForce = (): Target => targetOf(settings().target);
