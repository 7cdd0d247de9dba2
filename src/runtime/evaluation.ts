// How an operation outside of jit is computed: by a compiled kernel where that pays, by the primitive's implementation elsewhere. The bits
// are the same.
import { needsHost } from '../compiler/flow';
import { type Aval, sizeOf } from '../core/aval';
import { evaluate } from '../core/evaluate';
import { avalsOf, type Evaluation, isTransforming, many } from '../core/interpreter';
import type { Primitive } from '../core/primitive';
import { allForced, ConcreteArray } from '../core/value';
import { defer, isDeferred, run } from './deferred';
import { addressOf, isResident, viewOf } from './resident';
import { targetInForce } from './targets';

/** Elements from which on a part of an array is read by the program that uses it, and a primitive's own loops are worth a program. */
const large = 2 ** 15;

/** Whether operands or, where views repeat them, results have so many elements that the operation is put off. */
const isDeferrable = (
  { lower }: Primitive,
  args: readonly ConcreteArray[],
  results: () => readonly Aval[],
): boolean => {
  const least = lower.kind === 'loops' ? large : many;
  for (let i = 0; i < args.length; i++) if ((args[i] as ConcreteArray).size >= least) return true;
  if (args.some(isDeferred)) return true;
  return lower.kind === 'map' && lower.cost === 'view' && results().some(({ shape }) => sizeOf(shape) >= least);
};

/** Whether operands are computed, and have too few elements for an operation on them to be put off. */
const areSmall = (args: readonly ConcreteArray[]): boolean => {
  for (let i = 0; i < args.length; i++) {
    const x = args[i] as ConcreteArray;
    if (x.size >= many || isDeferred(x)) return false;
  }
  return true;
};

/**
 * A small part of an array, such as a row, to be copied from where the array lies: each place of a part would be a program of its own.
 * Null for other operations.
 */
const wholeOf = (
  { lower }: Primitive,
  args: readonly ConcreteArray[],
  results: () => readonly Aval[],
): ConcreteArray | null => {
  const [whole] = args;
  const isView = lower.kind === 'map' && lower.cost === 'view' && args.length === 1;
  if (!isView || whole === undefined || whole.size < large) return null;
  const [part] = results();
  if (part === undefined || sizeOf(part.shape) >= large) return null;
  const x = whole.forced;
  return isResident(x) ? new ConcreteArray(x.aval, viewOf(x.dtype, addressOf(x), x.size)) : x;
};

export const evaluation: Evaluation = (primitive, args, params, avals) => {
  const { lower } = primitive;
  const { kind } = lower;
  if (kind === 'map' && lower.cost !== 'view' && areSmall(args)) return evaluate(primitive, args, params);
  const { traits } = targetInForce();
  const isCalled =
    kind === 'inline' || kind === 'call' || (kind === 'control' && needsHost(lower.flow(params), traits));
  if (isCalled || !traits.compilesEagerly) return evaluate(primitive, allForced(args), params);
  let known = avals;
  const results = (): readonly Aval[] => (known ??= primitive.shape(avalsOf(args), params));
  const whole = wholeOf(primitive, args, results);
  if (whole !== null) return primitive.impl([whole], params);
  const isLarge = isDeferrable(primitive, args, results);
  const isCompiled = kind === 'contract' || kind === 'control';
  if (!isLarge && !isCompiled) return evaluate(primitive, args, params);
  // Between contractions, in which transforms have operands that they read again, are the programs of a layer, and not of a whole model.
  const isApart = kind === 'loops' || kind === 'control' || (kind === 'contract' && isTransforming());
  if (isLarge && !isApart) return defer(primitive, args, params, results()).outputs;
  return run(defer(primitive, isTransforming() ? allForced(args) : args, params, results()));
};
