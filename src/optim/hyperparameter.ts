// Numbers that steer an optimiser: fixed, or values of a traced program.
import { ArgumentError, type DType, i32, type Scalar, tensor } from '../index';
import { astype, expm1, log, mul, neg, sub } from '../untyped';

/** A number, or a scalar that may change from step to step. */
export type Hyperparameter = number | Scalar;

/** The value that belongs to a step, which counts from 0. */
export type Schedule = (step: number | Scalar<i32>) => Scalar;

/** A step size: fixed, given, or by schedule. */
export type LearningRate = Hyperparameter | Schedule;

/** A number of at least 0, or an integer of at least 1. */
type Kind = 'number' | 'count';
/**
 * Checks numbers that are options of a function, by their names.
 *
 * @throws ArgumentError
 */
export const checkOptions = (name: string, kind: Kind, options: Readonly<Record<string, number>>): void => {
  for (const [option, x] of Object.entries(options)) {
    if (kind === 'count' ? Number.isSafeInteger(x) && x >= 1 : x >= 0) continue;
    const wanted = kind === 'count' ? 'an integer of at least 1' : 'a number of at least 0';
    throw new ArgumentError(`${name}: ${option} must be ${wanted}, got ${x}.`);
  }
};

/** 1 - x. */
export const complement = (x: Hyperparameter): Hyperparameter => (typeof x === 'number' ? 1 - x : sub(1, x));
export const negated = (x: Hyperparameter): Hyperparameter => (typeof x === 'number' ? -x : neg(x));

/** The counter of a state: how many updates were made. */
export const firstStep = (): Scalar<i32> => tensor(0, i32);

/** 1 - decayᵗ: what a moving average from 0 has seen after t steps. By expm1, as decay is close to 1. */
export const seen = <D extends DType>(decay: Hyperparameter, t: Scalar<i32>, dtype: D) =>
  neg(expm1(mul(astype(t, dtype), typeof decay === 'number' ? Math.log(decay) : log(decay))));
