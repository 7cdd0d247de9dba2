import type { Dim, Shape } from './dims';
import type { DType, i32 } from './dtype';
import type { InsertS } from './layout';
import type { AnyTensor, Scalar, Tensor } from './tensor';

/** A tree of tensors in, the same tree out: psum, pmean, pmax, pmin. */
export type CollectiveReduce = <T>(x: T, axisName: string | readonly string[]) => T;
export interface AllGather {
  <S extends Shape, D extends DType>(x: Tensor<S, D>, axisName: string): Tensor<[number, ...S], D>;
  <S extends Shape, D extends DType, const A extends number>(
    x: Tensor<S, D>,
    axisName: string,
    options: { readonly axis: A },
  ): Tensor<InsertS<S, A, number & Dim>, D>;
}
export type PPermute = <T extends AnyTensor>(
  x: T,
  axisName: string,
  permutation: readonly (readonly [source: number, destination: number])[],
) => T;
export type AxisIndex = (axisName: string) => Scalar<i32>;
