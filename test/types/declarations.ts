// The array language as types alone: what the signatures of src/array are built from. Never run.
import type {
  Add,
  AnyTensor,
  AtArg,
  AtS,
  AxisOf,
  Bin3S,
  BinD,
  BinS,
  bool as Bool,
  Broadcastable,
  Broadcastable3,
  BroadcastToArg,
  CheckGrads,
  Checkpoint,
  ConcatCheck,
  ConcatOut,
  Cond,
  ConvOut,
  CustomJvp,
  CustomVjp,
  Dim,
  DimAt,
  Div,
  DivD,
  DotS,
  Dottable,
  DType,
  DTypeOf,
  DTypeOfNested,
  EinsumArg,
  EinsumD,
  EinsumS,
  EvalShape,
  f32 as F32,
  f64 as F64,
  FirstAxis,
  FloatOf,
  Grad,
  Hessian,
  i32 as I32,
  InsertAxisOf,
  InsertS,
  Ix,
  Jacobian,
  Jit,
  JoinD,
  Jvp,
  Lazy,
  Linearize,
  MakeJaxpr,
  Matmulable,
  MatrixTransposable,
  MeanD,
  MMS,
  MoveS,
  Mul,
  NestedArg,
  NestedData,
  Operand,
  Over,
  OverOut,
  Padding,
  PadS,
  PadWidths,
  PermArg,
  RavelS,
  RearrangeArg,
  RearrangeS,
  ReduceS,
  Replaced,
  ReshapeArg,
  ReshapeOut,
  Scalar,
  Scan,
  Shape,
  ShapeOf,
  ShapeOfNested,
  SliceArg,
  SplitArg,
  SplitOut,
  SqueezeArg,
  SqueezeS,
  StackCheck,
  StackS,
  StopGradient,
  SumD,
  Swap,
  Sym,
  TakeS,
  Tensor,
  TensordotArg,
  TensordotAxes,
  TensordotS,
  Transposable,
  Transposed,
  TransposeS,
  TreeMap,
  TreeMapTo,
  u32 as U32,
  ValueAndGrad,
  Vjp,
  Vmap,
  WhileLoop,
} from '../../src/types';

export declare const f32: F32;
export type f32 = F32;
export declare const f64: F64;
export type f64 = F64;
export declare const i32: I32;
export type i32 = I32;
export declare const u32: U32;
export type u32 = U32;
export declare const bool: Bool;
export type bool = Bool;

// Creation. Two overloads: with one optional `dtype?: D`, D would be inferred from the context.
export declare function tensor<const T extends NestedData>(
  data: NestedArg<T>,
): Tensor<ShapeOfNested<T>, DTypeOfNested<T>>;
export declare function tensor<const T extends NestedData, D extends DType>(
  data: NestedArg<T>,
  dtype: D,
): Tensor<ShapeOfNested<T>, D>;
interface Fill {
  <const S extends Shape>(shape: readonly [...S]): Tensor<S>;
  <const S extends Shape, D extends DType>(shape: readonly [...S], dtype: D): Tensor<S, D>;
}
export declare const zeros: Fill;
export declare const ones: Fill;
export declare function full<const S extends Shape>(shape: readonly [...S], value: number): Tensor<S>;
export declare function full<const S extends Shape, D extends DType>(
  shape: readonly [...S],
  value: number,
  dtype: D,
): Tensor<S, D>;
export declare function arange<const N extends Dim>(n: N): Tensor<[N], i32>;
export interface Key {
  readonly key: unique symbol;
}
export declare function normal<const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S>;

// Dimensions.
export declare function dim<const N extends string>(name: N, size: number): Sym<N>;
export declare function mulDim<const A extends Dim, const B extends Dim>(a: A, b: B): Mul<A, B>;
export declare function addDim<const A extends Dim, const B extends Dim>(a: A, b: B): Add<A, B>;
export declare function divDim<const A extends Dim, const B extends Dim>(a: A, b: B): Div<A, B>;
export declare function size<S extends Shape, const A extends AxisOf<S>>(x: Tensor<S, any>, axis: A): DimAt<S, A>;

// Elementwise.
export declare function add<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'add', X, Y>,
): Tensor<BinS<X, Y>, BinD<X, Y>>;
export declare function sub<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'sub', X, Y>,
): Tensor<BinS<X, Y>, BinD<X, Y>>;
export declare function mul<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'mul', X, Y>,
): Tensor<BinS<X, Y>, BinD<X, Y>>;
export declare function div<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'div', X, Y>,
): Tensor<BinS<X, Y>, DivD<X, Y>>;
export declare function maximum<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'maximum', X, Y>,
): Tensor<BinS<X, Y>, BinD<X, Y>>;
export declare function greater<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'greater', X, Y>,
): Tensor<BinS<X, Y>, bool>;
export declare function less<X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<'less', X, Y>,
): Tensor<BinS<X, Y>, bool>;
export declare function where<C extends Tensor<any, bool>, X extends Operand, Y extends Operand>(
  condition: C,
  x: Broadcastable<'where', C, X>,
  y: Broadcastable3<'where', C, X, Y>,
): Tensor<Bin3S<C, X, Y>, BinD<X, Y>>;
export declare function relu<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D>;
export declare function neg<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D>;
type Analytic = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, FloatOf<D>>;
export declare const exp: Analytic;
export declare const gelu: Analytic;
export declare const tanh: Analytic;
export declare const sigmoid: Analytic;
export declare const rsqrt: Analytic;
export declare function astype<S extends Shape, D extends DType>(x: Tensor<S, any>, dtype: D): Tensor<S, D>;

// Contraction.
export declare function matmul<X extends AnyTensor, Y extends AnyTensor>(
  x: X,
  y: Matmulable<X, Y>,
): Tensor<MMS<X, Y>, BinD<X, Y>>;
export declare function dot<X extends AnyTensor, Y extends AnyTensor>(
  x: X,
  y: Dottable<X, Y>,
): Tensor<DotS<X, Y>, BinD<X, Y>>;
export declare function tensordot<X extends AnyTensor, Y extends AnyTensor, const A extends TensordotAxes = 2>(
  x: X,
  y: TensordotArg<X, Y, A>,
  axes?: A,
): Tensor<TensordotS<X, Y, A>, BinD<X, Y>>;
export declare function einsum<const Spec extends string, const Xs extends readonly AnyTensor[]>(
  spec: EinsumArg<Spec, Xs>,
  ...operands: Xs
): Tensor<EinsumS<Spec, Xs>, EinsumD<Xs>>;

// Reductions.
type Reduce = <
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims },
) => Tensor<ReduceS<S, A, KeepDims>, D>;
export declare const max: Reduce;
export declare const min: Reduce;
export declare function sum<
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, SumD<D>>;
type ReduceMean = <
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims },
) => Tensor<ReduceS<S, A, KeepDims>, MeanD<D>>;
export declare const mean: ReduceMean;
export declare const variance: ReduceMean;
export declare const logsumexp: ReduceMean;
export declare function argmax<
  S extends Shape,
  const A extends AxisOf<S> | undefined = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, any>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, i32>;
export declare function softmax<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis?: AxisOf<S>,
): Tensor<S, FloatOf<D>>;
export declare function logSoftmax<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis?: AxisOf<S>,
): Tensor<S, FloatOf<D>>;
export declare function cumsum<S extends Shape, D extends DType>(x: Tensor<S, D>, axis: AxisOf<S>): Tensor<S, SumD<D>>;

// Shape.
export declare function reshape<X extends AnyTensor, const T extends Shape>(
  x: X,
  shape: ReshapeArg<X, T>,
): Tensor<ReshapeOut<X, T>, DTypeOf<X>>;
export declare function ravel<X extends AnyTensor>(x: X): Tensor<RavelS<X>, DTypeOf<X>>;
export declare function rearrange<
  X extends AnyTensor,
  const Spec extends string,
  const Sizes extends { readonly [name: string]: Dim } = Record<never, Dim>,
>(x: X, spec: RearrangeArg<X, Spec, Sizes>, sizes?: Sizes): Tensor<RearrangeS<X, Spec, Sizes>, DTypeOf<X>>;
export declare function transpose<
  S extends Shape,
  D extends DType,
  const P extends readonly AxisOf<S>[] | undefined = undefined,
>(x: Transposable<S, D, P>, axes?: PermArg<S, P>): Tensor<TransposeS<S, P>, D>;
export declare function matrixTranspose<S extends Shape, D extends DType>(
  x: MatrixTransposable<S, D>,
): Tensor<Transposed<S>, D>;
export declare function swapaxes<
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S>,
  const B extends AxisOf<S>,
>(x: Tensor<S, D>, axis1: A, axis2: B): Tensor<Swap<S, A, B>, D>;
export declare function moveaxis<
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S>,
  const B extends AxisOf<S>,
>(x: Tensor<S, D>, source: A, destination: B): Tensor<MoveS<S, A, B>, D>;
export declare function expandDims<S extends Shape, D extends DType, const A extends InsertAxisOf<S>>(
  x: Tensor<S, D>,
  axis: A,
): Tensor<InsertS<S, A, 1>, D>;
export declare function squeeze<S extends Shape, D extends DType, const A extends AxisOf<S> | undefined = undefined>(
  x: Tensor<S, D>,
  axis?: SqueezeArg<S, A>,
): Tensor<SqueezeS<S, A>, D>;
export declare function broadcastTo<X extends AnyTensor, const T extends Shape>(
  x: X,
  shape: BroadcastToArg<X, T>,
): Tensor<T, DTypeOf<X>>;
export declare function concatenate<
  const Xs extends readonly AnyTensor[],
  const A extends AxisOf<ShapeOf<Xs[0]>> = FirstAxis<Xs>,
>(xs: readonly [...Xs] & ConcatCheck<Xs, A>, axis?: A): Tensor<ConcatOut<Xs, A>, JoinD<Xs>>;
export declare function stack<
  const Xs extends readonly AnyTensor[],
  const A extends InsertAxisOf<ShapeOf<Xs[0]>> = InsertAxisOf<ShapeOf<Xs[0]>> & 0,
>(xs: readonly [...Xs] & StackCheck<Xs>, axis?: A): Tensor<StackS<Xs, A>, JoinD<Xs>>;
export declare function split<
  X extends AnyTensor,
  const N extends Dim | readonly Dim[],
  const A extends AxisOf<ShapeOf<X>> = AxisOf<ShapeOf<X>> & 0,
>(x: X, parts: SplitArg<ShapeOf<X>, N, A, Lazy<X>>, axis?: A): SplitOut<X, N, A>;
export declare function slice<X extends AnyTensor, const A extends AxisOf<ShapeOf<X>>, const N extends Dim>(
  x: X,
  axis: A,
  start: number | Scalar<i32>,
  size: SliceArg<ShapeOf<X>, A, N, Lazy<X>>,
): Tensor<Replaced<ShapeOf<X>, A, N>, DTypeOf<X>>;
export declare function at<S extends Shape, D extends DType, const I extends readonly Ix[]>(
  x: Tensor<S, D>,
  ...index: AtArg<S, I>
): Tensor<AtS<S, I>, D>;
export declare function pad<S extends Shape, D extends DType, const P extends PadWidths>(
  x: Tensor<S, D>,
  widths: P,
  value?: number,
): Tensor<PadS<S, P>, D>;
export declare function take<S extends Shape, D extends DType, I extends Shape, const A extends number = 0>(
  x: Tensor<S, D>,
  indices: Tensor<I, i32>,
  axis?: A,
): Tensor<TakeS<S, I, A>, D>;
export declare function oneHot<S extends Shape, const N extends Dim>(x: Tensor<S, i32>, classes: N): Tensor<[...S, N]>;

// Windows (NHWC, HWIO): the channels unify in the signature, the arithmetic is in the result.
export declare function conv2d<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  KH extends Dim,
  KW extends Dim,
  O extends Dim,
  D extends DType,
  const Stride extends number = 1,
  const P extends Padding = 'valid',
>(
  x: Tensor<[B, H, W, C], D>,
  kernel: Tensor<[KH, KW, NoInfer<C>, O], D>,
  options?: { readonly stride?: Stride; readonly padding?: P },
): Tensor<[B, ConvOut<H, KH, Stride, P>, ConvOut<W, KW, Stride, P>, O], D>;
export declare function maxPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends number,
  const Stride extends number = K,
>(
  x: Tensor<[B, H, W, C], D>,
  window: K,
  stride?: Stride,
): Tensor<[B, ConvOut<H, K, Stride, 'valid'>, ConvOut<W, K, Stride, 'valid'>, C], D>;

// Transforms.
export declare const grad: Grad;
export declare const valueAndGrad: ValueAndGrad;
export declare const jvp: Jvp;
export declare const vjp: Vjp;
export declare const linearize: Linearize;
export declare const jacfwd: Jacobian;
export declare const jacrev: Jacobian;
export declare const hessian: Hessian;
export declare const vmap: Vmap;
export declare const over: Over;
export declare const overOut: OverOut;
export declare const jit: Jit;
export declare const checkpoint: Checkpoint;
export declare const makeJaxpr: MakeJaxpr<{ readonly eqns: readonly unknown[] }>;
export declare const evalShape: EvalShape;
export declare const stopGradient: StopGradient;
export declare const customJvp: CustomJvp;
export declare const customVjp: CustomVjp;
export declare const checkGrads: CheckGrads;
export declare const scan: Scan;
export declare const whileLoop: WhileLoop;
export declare const cond: Cond;
export declare const treeMap: TreeMap;
export declare const treeMapTo: TreeMapTo;

export type {
  Add,
  AnyTensor,
  Dim,
  Div,
  DType,
  Mul,
  Scalar,
  Shape,
  Sym,
  Tensor,
} from '../../src/types';
