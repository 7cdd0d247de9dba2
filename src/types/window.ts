import type { Add, DivFloor, Mul, Sub } from './arithmetic';
import type { Dim } from './dims';

export type Padding = number | 'same' | 'valid';
type PaddedBy<K extends Dim, P> = P extends 'same'
  ? Sub<K, 1>
  : P extends 'valid'
    ? 0
    : P extends number
      ? Mul<P, 2>
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
/** (H - 1) · stride + K - padding, or H · stride. */
export type ConvTransposeOut<H extends Dim, K extends Dim, Stride extends Dim, P> = P extends 'same'
  ? Mul<H, Stride>
  : Sub<Add<Mul<Sub<H, 1>, Stride>, K>, PaddedBy<K, P>>;

/** One value for all N axes of space, or one for each. */
export type PerAxis<V, N extends 1 | 2 | 3 = 1 | 2 | 3> =
  | V
  | { readonly 1: readonly [V]; readonly 2: readonly [V, V]; readonly 3: readonly [V, V, V] }[N];
/** The value of axis I. */
type At<V, I> = V extends readonly unknown[] ? V[I & keyof V] : V;
type DimAt<V, I> = Extract<At<V, I>, Dim>;
/** One value as those of N axes. */
export type Each<V, N extends 2 | 3> = V extends readonly Dim[]
  ? { readonly 2: [DimAt<V, '0'>, DimAt<V, '1'>]; readonly 3: [DimAt<V, '0'>, DimAt<V, '1'>, DimAt<V, '2'>] }[N]
  : V extends Dim
    ? { readonly 2: [V, V]; readonly 3: [V, V, V] }[N]
    : never;
/** The sizes of space after a window of sizes K. */
export type ConvSpace<S extends readonly Dim[], K, Stride, P, Dilation = 1> = {
  [I in keyof S]: ConvOut<S[I], Dilated<DimAt<K, I>, DimAt<Dilation, I>>, DimAt<Stride, I>, At<P, I>>;
};
/** The sizes of space after a transposed convolution with a window of sizes K. */
export type ConvTransposeSpace<S extends readonly Dim[], K, Stride, P> = {
  [I in keyof S]: ConvTransposeOut<S[I], DimAt<K, I>, DimAt<Stride, I>, At<P, I>>;
};
