// The signatures that many functions share.
import type {
  AxisOf,
  BinD,
  BinS,
  Broadcastable,
  bool,
  DivD,
  DType,
  FloatOf,
  MeanD,
  Operand,
  ReduceS,
  Shape,
  Tensor,
} from '../types';

/** A tensor of dtype D whose shape does not matter; `any` fits every shape. */
// biome-ignore lint/suspicious/noExplicitAny: takes every shape, and is taken where a shape is asked for.
export type OfDType<D> = Tensor<any, D>;
/** A tensor of shape S whose dtype does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the same for the dtype.
export type OfShape<S> = Tensor<S, any>;

/** Element by element with broadcasting; the dtypes are promoted. */
export type Binary<Op extends string> = <X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<Op, X, Y>,
) => Tensor<BinS<X, Y>, BinD<X, Y>>;
/** The same, with a floating-point result. */
export type FloatBinary<Op extends string> = <X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<Op, X, Y>,
) => Tensor<BinS<X, Y>, DivD<X, Y>>;
/** The same, with a bool result. */
export type Comparison<Op extends string> = <X extends Operand, Y extends Operand>(
  x: X,
  y: Broadcastable<Op, X, Y>,
) => Tensor<BinS<X, Y>, bool>;

/** Element by element; the dtype stays. */
export type Unary = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, D>;
/** The same; integers and bool become f32. */
export type Analytic = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, FloatOf<D>>;
/** A question about every element. */
export type Predicate = <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, bool>;

/** Over one axis, several, or all; the dtype stays. */
export type Reduce = <
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims },
) => Tensor<ReduceS<S, A, KeepDims>, D>;
/** The same with a result of dtype R. */
export type ReduceTo<R> = <
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims },
) => Tensor<ReduceS<S, A, KeepDims>, R>;
/** The same with a floating-point result. */
export type ReduceMean = <
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims },
) => Tensor<ReduceS<S, A, KeepDims>, MeanD<D>>;
/** The same with options of its own. */
export type ReduceMeanWith<Options> = <
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims } & Options,
) => Tensor<ReduceS<S, A, KeepDims>, MeanD<D>>;
