import type { AxisOf, InsertAxisOf, Replaced } from './axes';
import type { BinD, BinS, Broadcastable, BroadcastToArg, DivD } from './broadcast';
import type { Dim, Lazy, Shape } from './dims';
import type { bool, CountD, DType, FloatOf, i32, MeanD, SumD } from './dtype';
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
import type { ReduceS } from './reduce';
import type { AsArg, RavelS, ReshapeArg, ReshapeOut } from './reshape';
import type { AnyTensor, DTypeOf, Operand, Scalar, ShapeOf, Tensor } from './tensor';

/**
 * The methods that compute with a tensor: the functions of the same names. Each takes the tensor from its `this`, and none
 * mentions the parameters of `Tensor`, so that two tensors have the same methods and are compared by the rest.
 */
export interface Methods {
  /** States a more precise shape; checked when traced. */
  as<S, D, const T extends Shape>(this: Tensor<S, D>, shape: AsArg<S, T>): Tensor<T, D>;
  astype<X extends AnyTensor, E extends DType>(this: X, dtype: E): Tensor<ShapeOf<X>, E>;

  add<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'add', X, Y>): Tensor<BinS<X, Y>, BinD<X, Y>>;
  sub<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'sub', X, Y>): Tensor<BinS<X, Y>, BinD<X, Y>>;
  mul<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'mul', X, Y>): Tensor<BinS<X, Y>, BinD<X, Y>>;
  div<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'div', X, Y>): Tensor<BinS<X, Y>, DivD<X, Y>>;
  pow<X extends AnyTensor, Y extends Operand>(
    this: X,
    exponent: Broadcastable<'pow', X, Y>,
  ): Tensor<BinS<X, Y>, BinD<X, Y>>;
  maximum<X extends AnyTensor, Y extends Operand>(
    this: X,
    y: Broadcastable<'maximum', X, Y>,
  ): Tensor<BinS<X, Y>, BinD<X, Y>>;
  minimum<X extends AnyTensor, Y extends Operand>(
    this: X,
    y: Broadcastable<'minimum', X, Y>,
  ): Tensor<BinS<X, Y>, BinD<X, Y>>;
  greater<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'greater', X, Y>): Tensor<BinS<X, Y>, bool>;
  greaterEqual<X extends AnyTensor, Y extends Operand>(
    this: X,
    y: Broadcastable<'greaterEqual', X, Y>,
  ): Tensor<BinS<X, Y>, bool>;
  less<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'less', X, Y>): Tensor<BinS<X, Y>, bool>;
  lessEqual<X extends AnyTensor, Y extends Operand>(
    this: X,
    y: Broadcastable<'lessEqual', X, Y>,
  ): Tensor<BinS<X, Y>, bool>;
  equal<X extends AnyTensor, Y extends Operand>(this: X, y: Broadcastable<'equal', X, Y>): Tensor<BinS<X, Y>, bool>;
  notEqual<X extends AnyTensor, Y extends Operand>(
    this: X,
    y: Broadcastable<'notEqual', X, Y>,
  ): Tensor<BinS<X, Y>, bool>;

  neg<X extends AnyTensor>(this: X): X;
  abs<X extends AnyTensor>(this: X): X;
  square<X extends AnyTensor>(this: X): X;
  relu<X extends AnyTensor>(this: X): X;
  exp<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  log<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  sqrt<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  rsqrt<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  sin<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  cos<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  tanh<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;
  sigmoid<X extends AnyTensor>(this: X): Tensor<ShapeOf<X>, FloatOf<DTypeOf<X>>>;

  matmul<X extends AnyTensor, Y extends AnyTensor>(this: X, y: Matmulable<X, Y>): Tensor<MMS<X, Y>, BinD<X, Y>>;
  dot<X extends AnyTensor, Y extends AnyTensor>(this: X, y: Dottable<X, Y>): Tensor<DotS<X, Y>, BinD<X, Y>>;

  sum<
    S,
    D,
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(this: Tensor<S, D>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, SumD<D>>;
  mean<
    S,
    D,
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(
    this: Tensor<S, D>,
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, MeanD<D>>;
  max<
    S,
    D,
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(this: Tensor<S, D>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, D>;
  min<
    S,
    D,
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(this: Tensor<S, D>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, D>;
  argmax<S, const A extends AxisOf<S> | undefined = undefined, const KeepDims extends boolean = false>(
    this: Tensor<S, any>,
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, i32>;
  logsumexp<
    S,
    D,
    const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
    const KeepDims extends boolean = false,
  >(
    this: Tensor<S, D>,
    axis?: A,
    options?: { readonly keepDims?: KeepDims },
  ): Tensor<ReduceS<S, A, KeepDims>, FloatOf<D>>;
  softmax<S, D>(this: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, FloatOf<D>>;
  logSoftmax<S, D>(this: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, FloatOf<D>>;
  cumsum<S, D>(this: Tensor<S, D>, axis: AxisOf<S>): Tensor<S, CountD<D>>;

  reshape<X extends AnyTensor, const T extends Shape>(
    this: X,
    shape: ReshapeArg<X, T>,
  ): Tensor<ReshapeOut<X, T>, DTypeOf<X>>;
  ravel<X extends AnyTensor>(this: X): Tensor<RavelS<X>, DTypeOf<X>>;
  transpose<S, D, const P extends readonly AxisOf<S>[] | undefined = undefined>(
    this: Transposable<S, D, P>,
    axes?: PermArg<S, P>,
  ): Tensor<TransposeS<S, P>, D>;
  matrixTranspose<S, D>(this: MatrixTransposable<S, D>): Tensor<Transposed<S>, D>;
  swapaxes<S, D, const A extends AxisOf<S>, const B extends AxisOf<S>>(
    this: Tensor<S, D>,
    axis1: A,
    axis2: B,
  ): Tensor<Swap<S, A, B>, D>;
  moveaxis<S, D, const A extends AxisOf<S>, const B extends AxisOf<S>>(
    this: Tensor<S, D>,
    source: A,
    destination: B,
  ): Tensor<MoveS<S, A, B>, D>;
  expandDims<S, D, const A extends InsertAxisOf<S>>(this: Tensor<S, D>, axis: A): Tensor<InsertS<S, A, 1>, D>;
  squeeze<S, D, const A extends AxisOf<S> | undefined = undefined>(
    this: Tensor<S, D>,
    axis?: SqueezeArg<S, A>,
  ): Tensor<SqueezeS<S, A>, D>;
  broadcastTo<X extends AnyTensor, const T extends Shape>(this: X, shape: BroadcastToArg<X, T>): Tensor<T, DTypeOf<X>>;

  /** `size` elements of one axis from `start` on; `start` may be traced. */
  slice<S, D, const A extends AxisOf<S>, const N extends Dim>(
    this: Tensor<S, D>,
    axis: A,
    start: number | Scalar<i32>,
    size: SliceArg<S, A, N, Lazy<S>>,
  ): Tensor<Replaced<S, A, N>, D>;
  at<S, D, const I extends readonly Ix[]>(this: Tensor<S, D>, ...index: AtArg<S, I>): Tensor<AtS<S, I>, D>;
  take<S, D, I, const A extends number = 0>(
    this: Tensor<S, D>,
    indices: Tensor<I, i32>,
    axis?: A,
  ): Tensor<TakeS<S, I, A>, D>;
}
