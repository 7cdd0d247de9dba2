import type { DimAt } from './axes';
import type { SizesOf } from './dims';
import type { DType, ElementOf, f32, TypedArrayOf } from './dtype';
import type { OneSizeEach } from './exact';
import type { Methods } from './methods';
import type { NestedOf } from './nested';

declare const sizes: unique symbol;
/**
 * An immutable array of shape S and dtype D. Both are unconstrained, so that a computed shape needs no cast (casts make
 * conditional types defer). A tensor whose sizes are known is one whose sizes are not: see `OneSizeEach`.
 */
export interface Tensor<S, out D = f32> extends Methods {
  readonly shape: SizesOf<S>;
  readonly [sizes]: OneSizeEach<S>;
  readonly dtype: D;
  readonly ndim: number;
  readonly size: number;

  /** The tensor, when its elements are where `toArray`, `toTypedArray` and `item` read them at once: on every target. */
  read(): Promise<this>;
  toArray(): NestedOf<S, ElementOf<D>>;
  toTypedArray(): TypedArrayOf<D>;
  /** The one element of a tensor of size 1. */
  item(): ElementOf<D>;
  toString(): string;
}

export type AnyTensor = Tensor<any, any>;
export type Operand = AnyTensor | number;
export type Scalar<D extends DType = f32> = Tensor<[], D>;
export type ShapeOf<X> = X extends Tensor<infer S, any> ? S : [];
export type DTypeOf<X> = X extends Tensor<any, infer D> ? D : never;
/** The size of one axis, as a type. */
export type SizeOf<X, A extends number> = DimAt<ShapeOf<X>, A>;
