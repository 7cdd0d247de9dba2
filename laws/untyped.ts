// The public transforms on functions of values: programs that are made at random have no shapes in their types.
import type { Value } from '../src/core/value';
import { reduceSum } from '../src/primitives';
import * as typed from '../src/transforms';
import type { CheckpointOptions } from '../src/types/checkpoint';

/** A function of values; several results are a list. */
export type ValueFunction<R = Value> = (...xs: readonly Value[]) => R;
type Many = readonly Value[];

export const jit = typed.jit as unknown as <R>(f: ValueFunction<R>) => ValueFunction<R>;
export const checkpoint = typed.checkpoint as unknown as (
  f: ValueFunction,
  options?: CheckpointOptions,
) => ValueFunction;
export const grad = typed.grad as unknown as {
  (f: ValueFunction): ValueFunction;
  (f: ValueFunction, options: { readonly argnums: readonly number[] }): ValueFunction<Many>;
};
export const valueAndGrad = typed.valueAndGrad as unknown as (
  f: ValueFunction,
) => ValueFunction<readonly [Value, Value]>;
export const jvp = typed.jvp as unknown as <R>(f: ValueFunction<R>, primals: Many, tangents: Many) => readonly [R, R];
export const vjp = typed.vjp as unknown as <R>(
  f: ValueFunction<R>,
  ...primals: Many
) => readonly [R, (cotangent: R) => Many];
export const linearize = typed.linearize as unknown as <R>(
  f: ValueFunction<R>,
  ...primals: Many
) => readonly [R, ValueFunction<R>];
export const jacfwd = typed.jacfwd as unknown as (f: ValueFunction) => ValueFunction;
export const jacrev = typed.jacrev as unknown as (f: ValueFunction) => ValueFunction;
export const hessian = typed.hessian as unknown as (f: ValueFunction) => ValueFunction;
export const stopGradient = typed.stopGradient as unknown as <T>(x: T) => T;
export const customJvp = typed.customJvp as unknown as (
  f: ValueFunction,
  rule: (primals: Many, tangents: Many) => readonly [Value, Value],
) => ValueFunction;
export const customVjp = typed.customVjp as unknown as <S>(
  f: ValueFunction,
  forward: (...xs: Many) => readonly [Value, S],
  backward: (residuals: S, ct: Value) => Many,
) => ValueFunction;

export const customBatch = typed.customBatch as unknown as (
  f: ValueFunction,
  rule: (axis: { readonly mapped: readonly boolean[] }, ...xs: Many) => readonly [Value, boolean],
) => ValueFunction;
export const scan = typed.scan as unknown as (
  f: (carry: Value, x: Value) => readonly [Value, Value],
  init: Value,
  xs: Value | null,
  options?: { readonly reverse?: boolean; readonly unroll?: number; readonly length?: number },
) => readonly [Value, Value];
/** The same with two values carried and two results a step. */
export const scanPairs = typed.scan as unknown as (
  f: (carry: readonly [Value, Value], x: Value) => readonly [readonly [Value, Value], readonly [Value, Value]],
  init: readonly [Value, Value],
  xs: Value,
) => readonly [readonly [Value, Value], readonly [Value, Value]];
export const map = typed.map as unknown as (f: ValueFunction, xs: Value) => Value;
export const cond = typed.cond as unknown as (
  predicate: Value,
  ifTrue: ValueFunction,
  ifFalse: ValueFunction,
  ...xs: Many
) => Value;
export const switchCase = typed.switchCase as unknown as (
  index: Value,
  branches: readonly ValueFunction[],
  ...xs: Many
) => Value;
export const foriLoop = typed.foriLoop as unknown as (
  lower: number | Value,
  upper: number | Value,
  body: (i: Value, carry: Value) => Value,
  init: Value,
) => Value;
export const whileLoop = typed.whileLoop as unknown as (
  condition: (carry: Many) => Value,
  body: (carry: Many) => Many,
  init: Many,
  options?: { readonly maxSteps?: number },
) => Many;

type Axes = unknown;
const over = typed.over as unknown as (...inAxes: readonly (number | null)[]) => Axes;
const overOut = typed.overOut as unknown as (out: number | null, ...inAxes: readonly (number | null)[]) => Axes;
const vmapOf = typed.vmap as unknown as <R>(
  f: ValueFunction<R>,
  axes: Axes,
  options?: { readonly axisSize?: number; readonly axisName?: string },
) => ValueFunction<R>;

/** vmap with an axis for each argument (null: not mapped), one for the results, and a name. */
export const vmap = <R>(
  f: ValueFunction<R>,
  inAxes: readonly (number | null)[],
  axisSize?: number,
  outAxis = 0,
  axisName?: string,
): ValueFunction<R> =>
  vmapOf(f, outAxis === 0 ? over(...inAxes) : overOut(outAxis, ...inAxes), {
    ...(axisSize !== undefined && { axisSize }),
    ...(axisName !== undefined && { axisName }),
  });
export const makeJaxpr = typed.makeJaxpr as unknown as (
  f: ValueFunction<unknown>,
) => ValueFunction<typed.TracedProgram>;

/** f with its result added up: a loss. */
export const total =
  (f: ValueFunction): ValueFunction =>
  (...xs) => {
    const y = f(...xs);
    return reduceSum(
      y,
      y.shape.map((_, d) => d),
    );
  };
