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
