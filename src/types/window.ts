import type { Add, DivFloor, Mul, Sub } from './arithmetic';
import type { Dim } from './dims';

/** The number of axes of space. */
export type Rank = 1 | 2 | 3;
/** The sizes of as many axes. */
export type Space<R extends Rank> = {
  readonly 1: readonly [Dim];
  readonly 2: readonly [Dim, Dim];
  readonly 3: readonly [Dim, Dim, Dim];
}[R];

export type Padding = number | 'same' | 'valid';
/** The padding of one axis among several: before and after it, where they differ. */
export type AxisPadding = Padding | readonly [before: number, after: number];
type PaddedBy<K extends Dim, P> = P extends 'same'
  ? Sub<K, 1>
  : P extends 'valid'
    ? 0
    : P extends number
      ? Mul<P, 2>
      : P extends readonly [infer Before extends number, infer After extends number]
        ? Add<Before, After>
        : number;
/** floor((H + padding - K) / stride) + 1. At every place, with 'same': H, even where H is not known yet. */
export type ConvOut<H extends Dim, K extends Dim, Stride extends Dim, P> = P extends 'same'
  ? number extends Stride
    ? number
    : Stride extends 1
      ? H
      : DivFloor<Sub<Add<H, Stride>, 1>, Stride>
  : Add<DivFloor<Sub<Add<H, PaddedBy<K, P>>, K>, Stride>, 1>;
/** (K - 1) · dilation + 1: the places that a window with gaps covers. */
export type Dilated<K extends Dim, L extends Dim> = L extends 1 ? K : Add<Mul<Sub<K, 1>, L>, 1>;
/** (H - 1) · stride + K - padding + extra, or H · stride + extra. */
export type ConvTransposeOut<H extends Dim, K extends Dim, Stride extends Dim, P, Extra extends Dim = 0> = Add<
  P extends 'same' ? Mul<H, Stride> : Sub<Add<Mul<Sub<H, 1>, Stride>, K>, PaddedBy<K, P>>,
  Extra
>;

/** One value for all N axes of space, or one for each. */
export type PerAxis<V, N extends Rank = Rank> = V | Several<V, N>;
type Several<V, N extends Rank> = {
  readonly 1: readonly [V];
  readonly 2: readonly [V, V];
  readonly 3: readonly [V, V, V];
}[N];
/** The padding of all axes of space, or of each; in a list also as pairs [before, after]. */
export type PaddingPerAxis<N extends Rank = Rank> = Padding | Several<AxisPadding, N>;
/** The value of axis I. */
type At<V, I> = V extends readonly unknown[] ? V[I & keyof V] : V;
type DimAt<V, I> = Extract<At<V, I>, Dim>;
/** One value as those of N axes. */
export type Each<V, N extends Rank> = V extends readonly Dim[]
  ? {
      readonly 1: [DimAt<V, '0'>];
      readonly 2: [DimAt<V, '0'>, DimAt<V, '1'>];
      readonly 3: [DimAt<V, '0'>, DimAt<V, '1'>, DimAt<V, '2'>];
    }[N]
  : V extends Dim
    ? { readonly 1: [V]; readonly 2: [V, V]; readonly 3: [V, V, V] }[N]
    : never;
/** The sizes of space after a window of sizes K. */
export type ConvSpace<S extends readonly Dim[], K, Stride, P, Dilation = 1> = {
  [I in keyof S]: ConvOut<S[I], Dilated<DimAt<K, I>, DimAt<Dilation, I>>, DimAt<Stride, I>, At<P, I>>;
};
/** The sizes of space after a transposed convolution with a window of sizes K. */
export type ConvTransposeSpace<S extends readonly Dim[], K, Stride, P, Dilation = 1, Extra = 0> = {
  [I in keyof S]: ConvTransposeOut<
    S[I],
    Dilated<DimAt<K, I>, DimAt<Dilation, I>>,
    DimAt<Stride, I>,
    At<P, I>,
    DimAt<Extra, I>
  >;
};

type Before<P> = P extends number ? P : P extends readonly [infer N extends number, number] ? N : 0;
type After<P> = P extends number ? P : P extends readonly [number, infer N extends number] ? N : 0;
type Larger<A extends Dim, B extends Dim> = [Sub<A, B>] extends [never] ? B : A;
/** Every window that begins before the padding behind the axis, the last one cut off where it does not fit. */
type CeilOut<H extends Dim, K extends Dim, Stride extends Dim, P> = Add<
  DivFloor<Sub<Sub<Add<Add<H, Before<P>>, Stride>, 1>, Larger<Sub<K, After<P>>, Stride>>, Stride>,
  1
>;
type PoolOut<H extends Dim, K extends Dim, Stride extends Dim, P, Ceil> = P extends 'same'
  ? ConvOut<H, K, Stride, P>
  : Ceil extends true
    ? CeilOut<H, K, Stride, P>
    : ConvOut<H, K, Stride, P>;
/** The sizes of space after pooling by windows of sizes K. */
export type PoolSpace<S extends readonly Dim[], K, Stride, P, Dilation = 1, Ceil = false> = {
  [I in keyof S]: PoolOut<S[I], Dilated<DimAt<K, I>, DimAt<Dilation, I>>, DimAt<Stride, I>, At<P, I>, Ceil>;
};
