import type { AxisOf, DimAt, InsertAxisOf, Replaced } from './axes';
import type { BinD, BinS, Broadcastable, BroadcastToArg, DivD } from './broadcast';
import type { Dim, Lazy, Shape, SizesOf } from './dims';
import type { bool, DType, ElementOf, FloatOf, f32, i32, MeanD, SumD, TypedArrayOf } from './dtype';
import type { AtArg, AtS, Ix, SliceArg, TakeS } from './indexing';
import type {
  InsertS,
  MatrixTransposable,
  MoveS,
  PermArg,
  SqueezeArg,
  SqueezeS,
  Swap,
  Transposable,
  Transposed,
  TransposeS,
} from './layout';
import type { DotS, Dottable, Matmulable, MMS } from './matmul';
import type { NestedOf } from './nested';
import type { ReduceS } from './reduce';
import type { AsArg, RavelS, ReshapeArg, ReshapeOut } from './reshape';

/**
 * An immutable array of shape S and dtype D. Both are unconstrained, so that a computed shape needs no cast (casts make
 * conditional types defer), and invariant, so that one dim parameter does not quietly infer to a union of sizes.
 */
export interface Tensor<in out S, in out D = f32> {
  readonly shape: SizesOf<S>;
  readonly dtype: D;
  readonly ndim: number;
  readonly size: number;

  /** States a more precise shape; checked when traced. */
  as<const T extends Shape>(shape: AsArg<S, T>): Tensor<T, D>;
  astype<E extends DType>(dtype: E): Tensor<S, E>;
  toArray(): NestedOf<S, ElementOf<D>>;
  toTypedArray(): TypedArrayOf<D>;
  /** The one element of a tensor of size 1. */
  item(): ElementOf<D>;
  toString(): string;

  add<Y extends Operand>(
    y: Broadcastable<'add', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  sub<Y extends Operand>(
    y: Broadcastable<'sub', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  mul<Y extends Operand>(
    y: Broadcastable<'mul', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  div<Y extends Operand>(
    y: Broadcastable<'div', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, DivD<Beside<this, Y>, Y>>;
  pow<Y extends Operand>(
    exponent: Broadcastable<'pow', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  maximum<Y extends Operand>(
    y: Broadcastable<'maximum', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  minimum<Y extends Operand>(
    y: Broadcastable<'minimum', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  greater<Y extends Operand>(y: Broadcastable<'greater', Beside<this, Y>, Y>): Tensor<BinS<Beside<this, Y>, Y>, bool>;
  greaterEqual<Y extends Operand>(
    y: Broadcastable<'greaterEqual', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, bool>;
  less<Y extends Operand>(y: Broadcastable<'less', Beside<this, Y>, Y>): Tensor<BinS<Beside<this, Y>, Y>, bool>;
  lessEqual<Y extends Operand>(
    y: Broadcastable<'lessEqual', Beside<this, Y>, Y>,
  ): Tensor<BinS<Beside<this, Y>, Y>, bool>;
  equal<Y extends Operand>(y: Broadcastable<'equal', Beside<this, Y>, Y>): Tensor<BinS<Beside<this, Y>, Y>, bool>;
  notEqual<Y extends Operand>(y: Broadcastable<'notEqual', Beside<this, Y>, Y>): Tensor<BinS<Beside<this, Y>, Y>, bool>;

  neg(): Tensor<S, D>;
  abs(): Tensor<S, D>;
  square(): Tensor<S, D>;
  relu(): Tensor<S, D>;
  exp(): Tensor<S, FloatOf<D>>;
  log(): Tensor<S, FloatOf<D>>;
  sqrt(): Tensor<S, FloatOf<D>>;
  rsqrt(): Tensor<S, FloatOf<D>>;
  sin(): Tensor<S, FloatOf<D>>;
  cos(): Tensor<S, FloatOf<D>>;
  tanh(): Tensor<S, FloatOf<D>>;
  sigmoid(): Tensor<S, FloatOf<D>>;

  matmul<Y extends AnyTensor>(
    y: Matmulable<Beside<this, Y>, Y>,
  ): Tensor<MMS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;
  dot<Y extends AnyTensor>(y: Dottable<Beside<this, Y>, Y>): Tensor<DotS<Beside<this, Y>, Y>, BinD<Beside<this, Y>, Y>>;

  sum<const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined, const KeepDims extends boolean = false>(
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, SumD<D>>;
  mean<
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, MeanD<D>>;
  max<const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined, const KeepDims extends boolean = false>(
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, D>;
  min<const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined, const KeepDims extends boolean = false>(
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, D>;
  argmax<const A extends AxisOf<S> | undefined = undefined, const KeepDims extends boolean = false>(
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, i32>;
  logsumexp<
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, FloatOf<D>>;
  softmax(axis?: AxisOf<S>): Tensor<S, FloatOf<D>>;
  logSoftmax(axis?: AxisOf<S>): Tensor<S, FloatOf<D>>;
  cumsum(axis: AxisOf<S>): Tensor<S, SumD<D>>;

  reshape<const T extends Shape>(shape: ReshapeArg<this, T>): Tensor<ReshapeOut<this, T>, D>;
  ravel(): Tensor<RavelS<this>, D>;
  transpose<const P extends readonly AxisOf<S>[] | undefined = undefined>(
    this: Transposable<S, D, P>,
    axes?: PermArg<S, P>,
  ): Tensor<TransposeS<S, P>, D>;
  matrixTranspose(this: MatrixTransposable<S, D>): Tensor<Transposed<S>, D>;
  swapaxes<const A extends AxisOf<S>, const B extends AxisOf<S>>(axis1: A, axis2: B): Tensor<Swap<S, A, B>, D>;
  moveaxis<const A extends AxisOf<S>, const B extends AxisOf<S>>(source: A, destination: B): Tensor<MoveS<S, A, B>, D>;
  expandDims<const A extends InsertAxisOf<S>>(axis: A): Tensor<InsertS<S, A, 1>, D>;
  squeeze<const A extends AxisOf<S> | undefined = undefined>(axis?: SqueezeArg<S, A>): Tensor<SqueezeS<S, A>, D>;
  broadcastTo<const T extends Shape>(shape: BroadcastToArg<this, T>): Tensor<T, D>;

  /** `size` elements of one axis from `start` on; `start` may be traced. */
  slice<const A extends AxisOf<S>, const N extends Dim>(
    axis: A,
    start: number | Scalar<i32>,
    size: SliceArg<S, A, N, Lazy<this>>,
  ): Tensor<Replaced<S, A, N>, D>;
  at<const I extends readonly Ix[]>(...index: AtArg<S, I>): Tensor<AtS<S, I>, D>;
  take<I, const A extends number = 0>(indices: Tensor<I, i32>, axis?: A): Tensor<TakeS<S, I, A>, D>;
}

/** X, withheld until the operand beside it is known: shapes are compared only when both are. */
type Beside<X, Y> = Y extends unknown ? X : never;
export type AnyTensor = Tensor<any, any>;
export type Operand = AnyTensor | number;
export type Scalar<D extends DType = f32> = Tensor<[], D>;
export type ShapeOf<X> = X extends Tensor<infer S, any> ? S : [];
export type DTypeOf<X> = X extends Tensor<any, infer D> ? D : never;
/** The size of one axis, as a type. */
export type SizeOf<X, A extends number> = DimAt<ShapeOf<X>, A>;
