// Evaluation of a primitive by its own implementation. Floats of 16 bits are widened before, and rounded once afterwards.
import { computeDType, isEncoded } from './dtype';
import type { Params, Primitive, RunProgram } from './primitive';
import { arrayOf, type ConcreteArray, concreteArray } from './value';

/** Whether a primitive takes elements as they are stored: it moves, chooses or converts them, or hands them to programs. */
export const takesStored = ({ lower }: Primitive): boolean => {
  switch (lower.kind) {
    case 'map':
      return lower.cost === 'view' || lower.takesStored === true;
    case 'call':
    case 'inline':
    case 'control':
      return true;
    default:
      return false;
  }
};

const areEncoded = (args: readonly ConcreteArray[]): boolean => {
  for (let i = 0; i < args.length; i++) if (isEncoded((args[i] as ConcreteArray).dtype)) return true;
  return false;
};

/** What the primitive's implementation computes. */
export const evaluate = (
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
  run?: RunProgram,
): readonly ConcreteArray[] => {
  if (!areEncoded(args) || takesStored(primitive)) return primitive.impl(args, params, run);
  const wide = args.map((x) => (isEncoded(x.dtype) ? concreteArray(x.shape, computeDType(x.dtype), x.numbers) : x));
  const results = primitive.impl(wide, params, run);
  const avals = primitive.shape(
    args.map((x) => x.aval),
    params,
  );
  return results.map((x, i) => {
    const dtype = avals[i]?.dtype ?? x.dtype;
    return x.dtype === dtype ? x : arrayOf(x.shape, dtype, x.data);
  });
};
