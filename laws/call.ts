// Valid calls of a primitive, as data: what its laws are checked at.
import * as fc from 'fast-check';
import { type Aval, sizeOf } from '../src/core/aval';
import { type DType, isFloat } from '../src/core/dtype';
import type { Params } from '../src/core/primitive';
import type { ConcreteArray } from '../src/core/value';
import { tensorOf } from './arbitraries';
import { type Domain, someInfNan, standard, tangents } from './domains';

/** One operand: its aval, and where its elements come from. */
export interface OperandSpec extends Aval {
  readonly domain: Domain;
}
/** A call without its numbers. */
export interface Spec {
  readonly args: readonly OperandSpec[];
  readonly params: Params;
}
/** How to make valid calls of a primitive. */
export interface Generator {
  /** The dtypes it is called with; derivative laws use f64, where it is among them. */
  readonly dtypes: readonly DType[];
  /** A call for one of those dtypes, at points where it is differentiable. */
  spec(dtype: DType): fc.Arbitrary<Spec>;
  /** It has no derivative by definition, not because it is constant: stop_gradient. */
  readonly opaque?: true;
  /** The sets of operands in which it is linear, each together; the others are constants then. */
  readonly linear?: (spec: Spec) => readonly (readonly number[])[];
}

export const operand = (shape: readonly number[], dtype: DType, domain: Domain = standard): OperandSpec => ({
  shape,
  dtype,
  domain,
});

/** Numbers for a call. */
export const argsOf = ({ args }: Spec): fc.Arbitrary<ConcreteArray[]> =>
  fc.tuple(...args.map((a) => tensorOf(a, a.domain)));

/** Tangents for operands or cotangents for results: standard normal where they are floats, zero elsewhere. */
export const tangentsOf = (avals: readonly Aval[]): fc.Arbitrary<ConcreteArray[]> =>
  fc.tuple(...avals.map((a) => tensorOf(a, tangents)));

/** The same call with infinities, NaN and extreme numbers among its floats. */
export const withExtremes = (spec: Spec): Spec => ({
  ...spec,
  args: spec.args.map((a) => (isFloat(a.dtype) ? { ...a, domain: someInfNan } : a)),
});

/** Calls are kept small, so that thousands of them are quick: the elements of all operands together. */
export const isSmall = (spec: Spec, limit = 200): boolean =>
  spec.args.reduce((n, a) => n + sizeOf(a.shape), 0) <= limit;
