import type { f32, f64 } from './dtype';
import type { Judged, ShapeError } from './messages';
import type { Scalar, Tensor } from './tensor';
import type { Jac } from './trees';

type AnyFunction = (...args: any) => any;
/** What a gradient can be taken of. */
export type Loss = Scalar<f32> | Scalar<f64>;

/** The positions of a parameter list. */
export type Argnum<A extends unknown[]> = number extends A['length']
  ? number
  : keyof A extends infer K
    ? K extends `${infer I extends number}`
      ? I
      : never
    : never;
export interface ArgnumsOption<A extends unknown[]> {
  readonly argnums?: Argnum<A> | readonly Argnum<A>[];
}
export interface GradOptions<A extends unknown[]> extends ArgnumsOption<A> {
  readonly hasAux?: boolean;
}
/** The arguments a derivative is taken by: one tree, or a tuple of trees. */
export type Chosen<A extends unknown[], O> = O extends { readonly argnums: infer I }
  ? I extends number
    ? A[I]
    : { -readonly [K in keyof I]: I[K] extends number ? A[I[K]] : never }
  : A[0];
/** The result f must have: itself when it is a loss, otherwise what is wrong with it. */
export type LossArg<Op extends string, R> = [R] extends [Loss]
  ? R
  : R extends Tensor<infer S, any>
    ? { s: S } extends { s: [] }
      ? ShapeError<`${Op}: the result must have a float dtype, convert it with astype`, R>
      : ShapeError<`${Op}: the result must be a scalar, reduce it with sum or mean`, S>
    : R extends readonly [Loss, unknown]
      ? ShapeError<`${Op}: the result is a pair, for [loss, aux] pass { hasAux: true }`, R>
      : ShapeError<`${Op}: the result must be a scalar tensor`, R>;
/** The same with options. With hasAux it is the option that is wrong, so that the sentence stands before the type of f. */
type ResultArg<Op extends string, R, O> = O extends { readonly hasAux: true } ? R : LossArg<Op, R>;
interface AuxOption<Op extends string, R, O> {
  readonly hasAux?: O extends { readonly hasAux: true } ? AuxArg<Op, R> : boolean;
}
// R is unknown while the type parameters of a generic f are lifted.
type AuxArg<Op extends string, R> = unknown extends R
  ? true
  : R extends readonly [infer L, unknown]
    ? [L] extends [Loss]
      ? true
      : LossArg<Op, L>
    : ShapeError<`${Op}: with hasAux the result must be [loss, aux] as const`, R>;
type Aux<R> = R extends readonly [unknown, infer X] ? X : never;
type LossOf<R> = R extends readonly [infer L, unknown] ? L : never;
type GradResult<A extends unknown[], R, O> = O extends { readonly hasAux: true }
  ? [grads: Chosen<A, O>, aux: Aux<R>]
  : Chosen<A, O>;
type ValueAndGradResult<A extends unknown[], R, O> = O extends { readonly hasAux: true }
  ? [out: [loss: LossOf<R>, aux: Aux<R>], grads: Chosen<A, O>]
  : [loss: R, grads: Chosen<A, O>];

// Every signature returns one non-generic function, so that TypeScript lifts the type parameters of f onto the result.
export interface Grad {
  <P, A extends unknown[], R>(f: Judged<LossArg<'grad', R>, [params: P, ...rest: A]>): (params: P, ...rest: A) => P;
  <A extends unknown[], R, const O extends GradOptions<A>>(
    f: Judged<ResultArg<'grad', R, O>, A>,
    options: O & AuxOption<'grad', R, O>,
  ): (...args: A) => GradResult<A, R, O>;
}
export interface ValueAndGrad {
  <P, A extends unknown[], R>(
    f: Judged<LossArg<'valueAndGrad', R>, [params: P, ...rest: A]>,
  ): (params: P, ...rest: A) => [loss: R, grads: P];
  <A extends unknown[], R, const O extends GradOptions<A>>(
    f: Judged<ResultArg<'valueAndGrad', R, O>, A>,
    options: O & AuxOption<'valueAndGrad', R, O>,
  ): (...args: A) => ValueAndGradResult<A, R, O>;
}

type JacChosen<R, A extends unknown[], O> = O extends { readonly argnums: infer I }
  ? I extends number
    ? Jac<R, A[I]>
    : Jac<R, Chosen<A, O>>
  : Jac<R, A[0]>;
/** jacfwd and jacrev. */
export interface Jacobian {
  <P, A extends unknown[], R>(f: (params: P, ...rest: A) => R): (params: P, ...rest: A) => Jac<R, P>;
  <A extends unknown[], R, const O extends ArgnumsOption<A>>(
    f: (...args: A) => R,
    options: O,
  ): (...args: A) => JacChosen<R, A, O>;
}
export interface Hessian {
  <P, A extends unknown[], R>(
    f: Judged<LossArg<'hessian', R>, [params: P, ...rest: A]>,
  ): (params: P, ...rest: A) => Jac<P, P>;
  <A extends unknown[], R, const O extends ArgnumsOption<A>>(
    f: Judged<LossArg<'hessian', R>, A>,
    options: O,
  ): (...args: A) => JacChosen<Chosen<A, O>, A, O>;
}

export type Jvp = <A extends unknown[], R>(
  f: (...args: A) => R,
  primals: A,
  tangents: NoInfer<A>,
) => [out: R, tangent: R];
export type Vjp = <A extends unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
) => [out: R, pullback: (cotangent: R) => A];
export type Linearize = <A extends unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
) => [out: R, pushforward: (...tangents: A) => R];

export interface JitOptions {
  /** The arguments that are not traced; the function is compiled again for every new value. */
  readonly staticArgnums?: number | readonly number[];
  /** The arguments that are not needed after the call: their memory is given back at once, and reading them afterwards throws. */
  readonly donate?: number | readonly number[];
  /** Told of every trace of the function, and why it was needed. */
  readonly onTrace?: (trace: JitTrace) => void;
}
/** One trace of a jitted function. */
export interface JitTrace {
  readonly name: string;
  /** What is new: `argument 0.w is f32[3,4], not f32[3,5]`. */
  readonly reason: string;
  /** Programs of the function so far, with this one. */
  readonly traces: number;
  /** From the 32nd program on, what that costs and how to have fewer; null before. */
  readonly warning: string | null;
}
export type Jit = <F extends AnyFunction>(f: F, options?: JitOptions) => F;
export type CompileAsync = <A extends unknown[]>(f: (...args: A) => unknown, ...args: A) => Promise<void>;
export type StopGradient = <T>(x: T) => T;

export interface CheckGradsOptions {
  readonly order?: number;
  readonly modes?: readonly ('forward' | 'reverse')[];
  readonly atol?: number;
  readonly rtol?: number;
  readonly eps?: number;
}
export type CheckGrads = <A extends unknown[]>(
  f: (...args: A) => unknown,
  args: readonly [...A],
  options?: CheckGradsOptions,
) => void;
