// Which values of a checkpointed function are kept for its derivative; the others are computed again.
import { checkpointNameP } from '../primitives/checkpointName';
import { type DotParams, dotGeneralP } from '../primitives/contraction';
import type { CheckpointPolicies, CheckpointPolicy } from '../types/checkpoint';

const named = (names: readonly string[]): ((name: unknown) => boolean) => {
  const known = new Set<unknown>(names);
  return (name) => known.has(name);
};
const hasName = (primitive: string): boolean => primitive === checkpointNameP.name;

const everythingSaveable: CheckpointPolicy = () => true;
const nothingSaveable: CheckpointPolicy = () => false;
const dotsSaveable: CheckpointPolicy = ({ primitive }) => primitive === dotGeneralP.name;
const dotsWithNoBatchDimsSaveable: CheckpointPolicy = ({ primitive, params }) =>
  primitive === dotGeneralP.name && (params as DotParams).lhsBatch.length === 0;

/**
 * The policies of `checkpoint`, as functions of how a value was made:
 *
 * - `everythingSaveable`, `nothingSaveable` (what checkpoint does unless told otherwise)
 * - `dotsSaveable`: results of contractions; `dotsWithNoBatchDimsSaveable`: those without batch axes, which are products with weights
 * - `saveOnlyTheseNames(...names)`: values named so by `checkpointName`; `saveAnyNamesButThese(...names)`: named values but these;
 *   `saveAnythingExceptTheseNames(...names)`: all values but these
 * - `saveFromBoth(p, q)`: what one of them keeps
 *
 * @example
 * const f = checkpoint((x: Tensor<[]>) => sin(checkpointName(sin(x), 'inner')), { policy: checkpointPolicies.saveOnlyTheseNames('inner') });
 * grad(f)(tensor(0)).item() // => 1
 */
export const checkpointPolicies: CheckpointPolicies = {
  everythingSaveable,
  nothingSaveable,
  dotsSaveable,
  dotsWithNoBatchDimsSaveable,
  saveOnlyTheseNames: (...names) => {
    const isOne = named(names);
    return ({ primitive, params }) => hasName(primitive) && isOne(params.name);
  },
  saveAnyNamesButThese: (...names) => {
    const isOne = named(names);
    return ({ primitive, params }) => hasName(primitive) && !isOne(params.name);
  },
  saveAnythingExceptTheseNames: (...names) => {
    const isOne = named(names);
    return ({ primitive, params }) => !(hasName(primitive) && isOne(params.name));
  },
  saveFromBoth:
    (...policies) =>
    (equation) =>
      policies.some((policy) => policy(equation)),
};
