// Step sizes that change with time: functions from the step, which counts from 0, to a scalar.

import { type AnyTensor, ArgumentError, f32, type i32, type Scalar, tensor } from '../index';
import {
  add,
  astype,
  atMost,
  clip,
  composed,
  cos,
  div,
  floor,
  greaterEqual,
  knownOptions,
  less,
  mul,
  pow,
  sub,
  where,
} from '../untyped';
import { checkOptions, type Schedule } from './hyperparameter';

const timeOf = (step: number | Scalar<i32>): Scalar => (typeof step === 'number' ? tensor(step) : astype(step, f32));
const schedule =
  (f: (t: Scalar) => AnyTensor): Schedule =>
  (step) =>
    f(timeOf(step));
/** How much of the time is over, from 0 to 1; all of it from the start where there are no steps. */
const portion = (t: Scalar, steps: number): Scalar =>
  steps === 0 ? where(less(t, 0), 0, 1) : clip(div(t, steps), 0, 1);
/** From 1 down to 0 along half a period of a cosine. */
const fall = (x: Scalar): Scalar => mul(0.5, add(1, cos(mul(x, Math.PI))));
const between = (from: number, to: number, share: Scalar): Scalar => add(from, mul(to - from, share));

/**
 * The same value at every step.
 *
 * @example
 * constantSchedule(0.5)(7).item() // => 0.5
 */
export const constantSchedule = /* @__PURE__ */ composed(function (value: number): Schedule {
  atMost('constantSchedule', arguments, 1);
  return schedule((t) => add(mul(t, 0), value));
});

export interface PolynomialOptions {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly power?: number;
  /** Steps at the first value before. */
  readonly delay?: number;
}
/**
 * to + (from - to) (1 - t / steps)ᵖᵒʷᵉʳ, and `to` from then on: at once where there are 0 steps.
 *
 * @throws ArgumentError when steps or delay are below 0
 * @example
 * polynomialSchedule({ from: 1, to: 0, steps: 2, power: 2 })(1).item() // => 0.25
 */
export const polynomialSchedule = /* @__PURE__ */ composed(function (options: PolynomialOptions): Schedule {
  atMost('polynomialSchedule', arguments, 1);
  const {
    from,
    to,
    steps,
    power = 1,
    delay = 0,
  } = knownOptions('polynomialSchedule', options, ['from', 'to', 'steps', 'power', 'delay']);
  checkOptions('polynomialSchedule', 'number', { steps, delay });
  return schedule((t) => {
    const left: Scalar = sub(1, portion(sub(t, delay), steps));
    return between(to, from, power === 1 ? left : pow(left, power));
  });
});

/**
 * A straight line from one value to another, which stays from then on: from the start where there are 0 steps.
 *
 * @throws ArgumentError when steps or delay are below 0
 * @example
 * [0, 1, 2, 9].map((t) => linearSchedule({ from: 1, to: 0, steps: 2 })(t).item()) // => [1, 0.5, 0, 0]
 */
export const linearSchedule = /* @__PURE__ */ composed(function (options: Omit<PolynomialOptions, 'power'>): Schedule {
  atMost('linearSchedule', arguments, 1);
  knownOptions('linearSchedule', options, ['from', 'to', 'steps', 'delay']);
  return polynomialSchedule({ ...options, power: 1 });
});

export interface ExponentialDecayOptions {
  readonly from: number;
  /** What it is multiplied by ... */
  readonly rate: number;
  /** ... in so many steps. */
  readonly steps: number;
  /** All at once. */
  readonly staircase?: boolean;
  /** No less (or, with a rate above 1, no more) than this. */
  readonly end?: number;
}
/** What is divided by must not be 0. */
const checkPeriod = (name: string, steps: number): void => {
  if (!(steps > 0))
    throw new ArgumentError(`${name}: steps must be a number above 0, got ${steps}: time is divided by it.`);
};
/**
 * from · rate^(t / steps).
 *
 * @throws ArgumentError unless steps are above 0
 * @example
 * exponentialDecay({ from: 1, rate: 0.25, steps: 2 })(1).item() // => 0.5
 * exponentialDecay({ from: 1, rate: 0.25, steps: 2, staircase: true })(1).item() // => 1
 */
export const exponentialDecay = /* @__PURE__ */ composed(function (options: ExponentialDecayOptions): Schedule {
  atMost('exponentialDecay', arguments, 1);
  const {
    from,
    rate,
    steps,
    staircase = false,
    end,
  } = knownOptions('exponentialDecay', options, ['from', 'rate', 'steps', 'staircase', 'end']);
  checkPeriod('exponentialDecay', steps);
  return schedule((t) => {
    const periods: Scalar = div(t, steps);
    const value: Scalar = mul(from, pow(rate, staircase ? floor(periods) : periods));
    if (end === undefined) return value;
    return rate < 1 ? clip(value, end, Number.POSITIVE_INFINITY) : clip(value, Number.NEGATIVE_INFINITY, end);
  });
});

/**
 * from / (1 + rate · t / steps).
 *
 * @throws ArgumentError unless steps are above 0
 * @example
 * inverseTimeDecay({ from: 1, rate: 1, steps: 2 })(2).item() // => 0.5
 */
export const inverseTimeDecay = /* @__PURE__ */ composed(function (
  options: Omit<ExponentialDecayOptions, 'end'>,
): Schedule {
  atMost('inverseTimeDecay', arguments, 1);
  const {
    from,
    rate,
    steps,
    staircase = false,
  } = knownOptions('inverseTimeDecay', options, ['from', 'steps', 'rate', 'staircase']);
  checkPeriod('inverseTimeDecay', steps);
  return schedule((t) => {
    const periods: Scalar = div(t, steps);
    return div(from, add(1, mul(rate, staircase ? floor(periods) : periods)));
  });
});

export interface CosineOptions {
  readonly from: number;
  readonly steps: number;
  /** 0 by default. */
  readonly to?: number;
}
/**
 * to + (from - to) (1 + cos(π t / steps)) / 2, and `to` from then on: at once where there are 0 steps
 * (Loshchilov and Hutter, "SGDR", 2017).
 *
 * @throws ArgumentError when steps are below 0
 * @example
 * [0, 4, 9].map((t) => cosineDecay({ from: 1, steps: 4 })(t).item()) // => [1, 0, 0]
 */
export const cosineDecay = /* @__PURE__ */ composed(function (options: CosineOptions): Schedule {
  atMost('cosineDecay', arguments, 1);
  const { from, steps, to = 0 } = knownOptions('cosineDecay', options, ['from', 'steps', 'to']);
  checkOptions('cosineDecay', 'number', { steps });
  return schedule((t) => between(to, from, fall(portion(t, steps))));
});

/**
 * One schedule after another, each with its own time from the step where it begins: the first at once, the others at `begins`, which
 * do not decrease.
 *
 * @throws ArgumentError when there is not one schedule more than there are begins, or these decrease
 * @example
 * const s = joinSchedules([constantSchedule(1), linearSchedule({ from: 4, to: 2, steps: 2 })], [3]);
 * [2, 3, 4, 5].map((t) => s(t).item()) // => [1, 4, 3, 2]
 */
export const joinSchedules = /* @__PURE__ */ composed(function (
  schedules: readonly Schedule[],
  begins: readonly number[],
): Schedule {
  atMost('joinSchedules', arguments, 2);
  const [first, ...others] = schedules;
  if (first === undefined || others.length !== begins.length)
    throw new ArgumentError(
      `joinSchedules: ${schedules.length} schedules need ${Math.max(0, schedules.length - 1)} begins, got ${begins.length}: the first begins at once.`,
    );
  if (!begins.every((begin, i) => begin >= (begins[i - 1] ?? Number.NEGATIVE_INFINITY)))
    throw new ArgumentError(`joinSchedules: begins must be numbers that do not decrease, got [${begins.join(', ')}].`);
  return (step) => {
    const shift = (by: number): number | Scalar<i32> => (typeof step === 'number' ? step - by : sub(step, by));
    return others.reduce<Scalar>((value, next, i) => {
      const begin = begins[i] as number;
      return where(greaterEqual(timeOf(step), begin), next(shift(begin)), value);
    }, first(step));
  };
});

export interface WarmupCosineOptions {
  /** The first value, 0 by default. */
  readonly from?: number;
  readonly peak: number;
  /** The last one, 0 by default. */
  readonly to?: number;
  readonly warmup: number;
  /** All steps, those of the warmup included. */
  readonly steps: number;
}
/**
 * A line up to the peak, then half a cosine down; where the warmup takes all steps, the last value follows the line.
 *
 * @throws ArgumentError when the warmup is below 0 or longer than all steps
 * @example
 * [0, 1, 2, 6].map((t) => warmupCosine({ peak: 1, warmup: 2, steps: 6 })(t).item()) // => [0, 0.5, 1, 0]
 */
export const warmupCosine = /* @__PURE__ */ composed(function (options: WarmupCosineOptions): Schedule {
  atMost('warmupCosine', arguments, 1);
  const {
    from = 0,
    peak,
    to = 0,
    warmup,
    steps,
  } = knownOptions('warmupCosine', options, ['from', 'peak', 'to', 'warmup', 'steps']);
  checkOptions('warmupCosine', 'number', { warmup, steps });
  if (warmup > steps)
    throw new ArgumentError(
      `warmupCosine: a warmup of ${warmup} steps is longer than all ${steps} steps; steps are those of the warmup and those of the decay.`,
    );
  return joinSchedules(
    [linearSchedule({ from, to: peak, steps: warmup }), cosineDecay({ from: peak, to, steps: steps - warmup })],
    [warmup],
  );
});

/**
 * A line up to the value of an exponential decay, then that decay.
 *
 * @throws ArgumentError when the warmup is below 0, or steps are not above 0
 * @example
 * [0, 2, 4].map((t) => warmupExponential({ warmup: 2, from: 1, rate: 0.25, steps: 2 })(t).item()) // => [0, 1, 0.25]
 */
export const warmupExponential = /* @__PURE__ */ composed(function (
  options: ExponentialDecayOptions & { readonly warmup: number },
): Schedule {
  atMost('warmupExponential', arguments, 1);
  const { warmup, ...decay } = knownOptions('warmupExponential', options, [
    'from',
    'rate',
    'steps',
    'staircase',
    'end',
    'warmup',
  ]);
  checkOptions('warmupExponential', 'number', { warmup });
  return joinSchedules([linearSchedule({ from: 0, to: decay.from, steps: warmup }), exponentialDecay(decay)], [warmup]);
});

/**
 * The factor at every boundary multiplies the value from that step on.
 *
 * @example
 * [0, 1, 2, 5].map((t) => piecewiseConstant(1, { 2: 0.5, 4: 0.5 })(t).item()) // => [1, 1, 0.5, 0.25]
 */
export const piecewiseConstant = /* @__PURE__ */ composed(function (
  from: number,
  factors: Readonly<Record<number, number>>,
): Schedule {
  atMost('piecewiseConstant', arguments, 2);
  return schedule((t) =>
    Object.entries(factors).reduce<Scalar>(
      (value, [at, factor]) => mul(value, where(greaterEqual(t, Number(at)), factor, 1)),
      add(mul(t, 0), from),
    ),
  );
});

/**
 * Cosine decays one after another, each from the top: warm restarts (Loshchilov and Hutter, "SGDR", 2017).
 *
 * @throws ArgumentError when periods are no integer of at least 1, or steps or grow are below 0
 * @example
 * [0, 2, 6].map((t) => cosineRestarts({ from: 1, steps: 2, grow: 2 }, 2)(t).item()) // => [1, 1, 0]
 */
export const cosineRestarts = /* @__PURE__ */ composed(function (
  options: CosineOptions & { /** How much longer each period is. */ readonly grow?: number },
  periods: number,
): Schedule {
  atMost('cosineRestarts', arguments, 2);
  const { grow = 1, ...first } = knownOptions('cosineRestarts', options, ['from', 'steps', 'to', 'grow']);
  checkOptions('cosineRestarts', 'count', { periods });
  checkOptions('cosineRestarts', 'number', { steps: first.steps, grow });
  const lengths = Array.from({ length: periods }, (_, i) => first.steps * grow ** i);
  const begins = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b, 0)).slice(0, -1);
  return joinSchedules(
    lengths.map((steps) => cosineDecay({ ...first, steps })),
    begins,
  );
});

export interface OneCycleOptions {
  readonly peak: number;
  readonly steps: number;
  /** The share of the steps that rise: 0.3 by default. */
  readonly rise?: number;
  /** The first value is peak / divideFirst: 25 by default. */
  readonly divideFirst?: number;
  /** The last value is the first / divideLast: 1e4 by default. */
  readonly divideLast?: number;
}
const cycle = (
  name: string,
  { peak, steps, rise = 0.3, divideFirst = 25, divideLast = 1e4 }: OneCycleOptions,
  piece: (from: number, to: number, steps: number) => Schedule,
): Schedule => {
  checkOptions(name, 'number', { steps });
  if (!(rise >= 0 && rise <= 1)) throw new ArgumentError(`${name}: rise must be from 0 to 1, got ${rise}.`);
  const first = peak / divideFirst;
  const up = Math.floor(rise * steps);
  return joinSchedules([piece(first, peak, up), piece(peak, first / divideLast, steps - up)], [up]);
};
/**
 * Up to the peak and down below the start, each along half a cosine (Smith and Topin, "Super-convergence", 2019).
 *
 * @throws ArgumentError when steps are below 0, or rise is not from 0 to 1
 * @example
 * [0, 5, 10].map((t) => cosineOneCycle({ peak: 1, steps: 10, rise: 0.5, divideFirst: 4, divideLast: 1 })(t).item()) // => [0.25, 1, 0.25]
 */
export const cosineOneCycle = /* @__PURE__ */ composed(function (options: OneCycleOptions): Schedule {
  atMost('cosineOneCycle', arguments, 1);
  knownOptions('cosineOneCycle', options, ['peak', 'steps', 'rise', 'divideFirst', 'divideLast']);
  return cycle('cosineOneCycle', options, (from, to, steps) => cosineDecay({ from, to, steps }));
});

/**
 * Up to the peak and down below the start, each along a line.
 *
 * @throws ArgumentError when steps are below 0, or rise is not from 0 to 1
 * @example
 * [0, 2, 4].map((t) => linearOneCycle({ peak: 1, steps: 4, rise: 0.5, divideFirst: 4, divideLast: 1 })(t).item()) // => [0.25, 1, 0.25]
 */
export const linearOneCycle = /* @__PURE__ */ composed(function (options: OneCycleOptions): Schedule {
  atMost('linearOneCycle', arguments, 1);
  knownOptions('linearOneCycle', options, ['peak', 'steps', 'rise', 'divideFirst', 'divideLast']);
  return cycle('linearOneCycle', options, (from, to, steps) => linearSchedule({ from, to, steps }));
});
