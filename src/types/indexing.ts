import type { Add, Sub } from './arithmetic';
import type { DimAt, Split } from './axes';
import type { Consts, Dim, IsLit, Joined, Lazy, Shape, UnknownRank } from './dims';
import type { ShapeError } from './messages';
import type { Keep } from './outcome';
import type { AnyTensor } from './tensor';

/** The size of a slice, when the axis holds as much. */
export type SliceArg<S, A extends number, N extends Dim, K extends Consts> =
  Exceeds<S, A, N, K> extends infer E extends ShapeError<any, any, any> ? E : N;
type Exceeds<S, A extends number, N extends Dim, K extends Consts> = { n: DimAt<S, A> } extends {
  n: infer L extends Dim;
}
  ? IsLit<L, K> extends true
    ? IsLit<N, K> extends true
      ? [Sub<L, N>] extends [never]
        ? ShapeError<
            `slice: size ${N} exceeds ${L} (axis ${A}); after the axis come start and size, for start and stop use at(x, ':', [start, stop])`,
            S
          >
        : Keep
      : Keep
    : Keep
  : Keep;

/** A number or integer tensor takes one and drops the dim, ':' keeps it, [start, stop] slices, null inserts 1. */
export type Ix = number | AnyTensor | ':' | '...' | readonly [start: number, stop: number] | null;
export type AtS<S, I> = UnknownRank<S> extends true ? Shape : Indexed<S, I>;
type Indexed<S, I> = I extends readonly [infer i, ...infer R]
  ? i extends '...'
    ? AtEnd<S, R, []>
    : i extends null
      ? [1, ...Indexed<S, R>]
      : { s: S } extends { s: [infer H extends Dim, ...infer T] }
        ? [...AtDim<H, i>, ...Indexed<T, R>]
        : Shape
  : { s: S } extends { s: infer Z extends Shape }
    ? Z
    : [];
type AtEnd<S, I, Done extends Shape> = I extends readonly [...infer R, infer i]
  ? i extends null
    ? AtEnd<S, R, [1, ...Done]>
    : { s: S } extends { s: [...infer P, infer H extends Dim] }
      ? AtEnd<P, R, [...AtDim<H, i>, ...Done]>
      : Shape
  : Joined<S, Done>;
type AtDim<H extends Dim, i> = i extends ':'
  ? [H]
  : i extends readonly [infer a extends number, infer b extends number]
    ? [Sub<FromStart<H, b>, FromStart<H, a>>]
    : [];
type FromStart<H extends Dim, i extends number> = `${i}` extends `-${infer N extends number}` ? Sub<H, N> : i;

/** The indices, with an error in the place of the first that is out of bounds. */
export type AtArg<S, I extends readonly Ix[]> =
  Outside<S, I, [], Lazy<I>> extends [infer Place, infer E]
    ? { [K in keyof I]: K extends `${Place & number}` ? E : I[K] }
    : I;
type Outside<S, I, Before extends 0[], K extends Consts> = I extends readonly [infer i, ...infer R]
  ? i extends '...'
    ? Keep
    : i extends null
      ? Outside<S, R, [...Before, 0], K>
      : { s: S } extends { s: [infer H extends Dim, ...infer T] }
        ? Fits<H, i, K> extends true
          ? Outside<T, R, [...Before, 0], K>
          : [Before['length'], ShapeError<`at: out of bounds of a dimension of size ${H}`, i>]
        : { s: S } extends { s: [] }
          ? [Before['length'], ShapeError<'at: more indices than dimensions', i>]
          : Keep
  : Keep;
type Fits<H extends Dim, i, K extends Consts> =
  IsLit<H, K> extends true
    ? i extends number
      ? `${i}` extends `-${infer N extends number}`
        ? Holds<H, N>
        : Holds<H, Add<i, 1>>
      : i extends readonly [infer a extends number, infer b extends number]
        ? Holds<H, Magnitude<a>> extends true
          ? Holds<H, Magnitude<b>>
          : false
        : true
    : true;
type Magnitude<i extends number> = `${i}` extends `-${infer N extends number}` ? N : i;
type Holds<H extends Dim, N extends Dim> = [Sub<H, N>] extends [never] ? false : true;

export type PadWidths = readonly (readonly [before: number, after: number])[];
export type PadS<S, P> = UnknownRank<S> extends true ? Shape : Padded<S, P>;
type Padded<S, P> = S extends [infer H extends Dim, ...infer T]
  ? P extends readonly [readonly [infer a extends Dim, infer b extends Dim], ...infer R]
    ? [Add<Add<H, a>, b>, ...Padded<T, R>]
    : S
  : [];

export type TakeS<S, I, A extends number> =
  Split<S, A> extends [infer P extends Shape, unknown, infer Q extends Shape, unknown]
    ? { i: I } extends { i: infer J extends Shape }
      ? [...P, ...J, ...Q]
      : never
    : never;
