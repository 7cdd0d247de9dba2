// Tensors of other sizes: images made larger or smaller.

import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { composed } from '../core/composed';
import { i32 } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import type { AnyTensor, DType, FloatOf, Shape, Tensor } from '../types';
import { add, mul, sub } from './arithmetic';
import { checkShape } from './axes';
import { floating } from './broadcasting';
import { tensordot } from './contract';
import { tensorOf } from './data';
import { take } from './indexing';
import { moveaxis, reshape } from './shape';

import { describe, publish, valueFrom } from './tensor';

export type ResizeMethod = 'nearest' | 'linear' | 'cubic';
/** Where the elements of the result are among those of x. */
export type ResizeCoordinates = 'halfPixel' | 'alignCorners' | 'asymmetric' | 'pytorchHalfPixel';
/** Which element is the nearest: 'round' takes the later one of two that are as near, 'roundDown' the earlier one. */
export type ResizeRounding = 'round' | 'roundDown' | 'floor' | 'ceil';
export interface ResizeOptions {
  /** 'linear' by default. */
  readonly method?: ResizeMethod;
  /**
   * Element i of m, in units of the n elements of x: 'halfPixel' (i + ½) n / m - ½, the default; 'alignCorners' i (n - 1) / (m - 1);
   * 'asymmetric' i n / m; 'pytorchHalfPixel' 'halfPixel', but 0 for one element.
   */
  readonly coordinates?: ResizeCoordinates;
  /** Of 'nearest' alone: 'round' by default; 'floor' with 'asymmetric' coordinates is PyTorch's 'nearest'. */
  readonly rounding?: ResizeRounding;
  /**
   * Where an axis gets shorter, the kernel gets as much wider, so that all elements count; what lies outside does
   * not count then, at no size of the result: false by default.
   */
  readonly antialias?: boolean;
  /** Of 'cubic' alone, the slope of the kernel at 1: -0.75 by default, -0.5 with `antialias`, as in PyTorch; JAX has -0.5 (Keys, 1981). */
  readonly cubicCoefficient?: number;
}

const centres: Readonly<Record<ResizeCoordinates, (i: number, n: number, m: number) => number>> = {
  halfPixel: (i, n, m) => ((i + 0.5) * n) / m - 0.5,
  alignCorners: (i, n, m) => (m === 1 ? 0 : (i * (n - 1)) / (m - 1)),
  asymmetric: (i, n, m) => (i * n) / m,
  pytorchHalfPixel: (i, n, m) => (m === 1 ? 0 : ((i + 0.5) * n) / m - 0.5),
};
const roundings: Readonly<Record<ResizeRounding, (place: number) => number>> = {
  round: (p) => Math.floor(p + 0.5),
  roundDown: (p) => Math.ceil(p - 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};
type Kernel = (distance: number) => number;
const triangle: Kernel = (t) => Math.max(0, 1 - Math.abs(t));
/** Keys, "Cubic convolution interpolation for digital image processing", 1981. */
const cubic =
  (a: number): Kernel =>
  (distance) => {
    const t = Math.abs(distance);
    if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
  };

/** For each of the places the weights of the n elements; what lies outside counts as the element at the border. */
const interpolation = (places: readonly number[], n: number, kernel: Kernel): readonly (readonly number[])[] =>
  places.map((p) => {
    const row = new Array<number>(n).fill(0);
    for (let j = Math.floor(p) - 1; j <= Math.floor(p) + 2; j++) {
      const inside = Math.min(Math.max(j, 0), n - 1);
      row[inside] = (row[inside] as number) + kernel(p - j);
    }
    return row;
  });
/** The same by a kernel that is `factor` times as wide; what lies outside does not count. */
const filter = (places: readonly number[], n: number, kernel: Kernel, factor: number): readonly (readonly number[])[] =>
  places.map((p) => {
    const row = Array.from({ length: n }, (_, j) => kernel((p - j) / factor));
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((w) => w / total);
  });
const weighted = (x: AnyTensor, axis: number, rows: readonly (readonly number[])[], n: number): AnyTensor => {
  const weights = reshape(tensorOf(Float64Array.from(rows.flat()), x.dtype), [rows.length, n]);
  const sums: AnyTensor = tensordot(x, weights, [[axis], [1]]);
  return moveaxis(sums, -1, axis);
};

type Settings = Required<Omit<ResizeOptions, 'cubicCoefficient'>> & { readonly coefficient: number };
/** One axis: the nearest element, or what is beside the centre by weights. */
const resizedAlong = (x: AnyTensor, axis: number, m: number, settings: Settings): AnyTensor => {
  const { method, coordinates, rounding, antialias, coefficient } = settings;
  const n = x.shape[axis] as number;
  if (n === m) return x;
  const places = Array.from({ length: m }, (_, i) => centres[coordinates](i, n, m));
  const at = (f: (place: number) => number): AnyTensor =>
    take(
      x,
      tensorOf(
        Int32Array.from(places, (p) => Math.min(Math.max(f(p), 0), n - 1)),
        i32,
      ),
      axis,
    );
  if (method === 'nearest') return at(roundings[rounding]);
  const kernel = method === 'linear' ? triangle : cubic(coefficient);
  if (antialias) {
    const factor = coordinates === 'alignCorners' && m > 1 ? (n - 1) / (m - 1) : n / m;
    return weighted(x, axis, filter(places, n, kernel, Math.max(1, factor)), n);
  }
  if (method === 'cubic') return weighted(x, axis, interpolation(places, n, kernel), n);
  const [low, high] = [at(Math.floor), at((p) => Math.floor(p) + 1)];
  const shares = tensorOf(
    Float64Array.from(places, (p) => p - Math.floor(p)),
    x.dtype,
  );
  const weight: AnyTensor = reshape(
    shares,
    x.shape.map((_: number, d: number) => (d === axis ? m : 1)),
  );
  return add(low, mul(sub(high, low), weight));
};

const chosen = (what: string, x: unknown, known: readonly string[]): void => {
  if (typeof x === 'string' && known.includes(x)) return;
  const names = known.map((name) => `'${name}'`);
  throw new ArgumentError(
    `resize: the ${what} must be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}, got ${describe(x)}.`,
  );
};
const settingsOf = (options: ResizeOptions): Settings => {
  const {
    method = 'linear',
    coordinates = 'halfPixel',
    rounding = 'round',
    antialias = false,
    cubicCoefficient = antialias ? -0.5 : -0.75,
  } = knownOptions('resize', options, ['method', 'coordinates', 'rounding', 'antialias', 'cubicCoefficient']);
  chosen('method', method, ['nearest', 'linear', 'cubic']);
  chosen('coordinates', coordinates, Object.keys(centres));
  chosen('rounding', rounding, Object.keys(roundings));
  if (typeof antialias !== 'boolean')
    throw new ArgumentError(`resize: antialias must be true or false, got ${describe(antialias)}.`);
  if (typeof cubicCoefficient !== 'number' || !Number.isFinite(cubicCoefficient))
    throw new ArgumentError(`resize: cubicCoefficient must be a finite number, got ${describe(cubicCoefficient)}.`);
  if (antialias && method === 'nearest')
    throw new ArgumentError("resize: antialias is for the methods 'linear' and 'cubic'; 'nearest' takes one element.");
  return { method, coordinates, rounding, antialias, coefficient: cubicCoefficient };
};

/**
 * x with other sizes, one for each axis; an axis of the same size stays as it is. The elements are cells, whose centres
 * are compared unless other coordinates are asked for: 'nearest' takes the element there, 'linear' (the default) blends the two beside
 * it, 'cubic' four, those at the border standing for what is outside. With `antialias`, axes that get shorter are filtered.
 *
 * @throws ShapeError when the number of sizes is not that of the axes, or an axis of size 0 is to grow
 * @example
 * resize(tensor([0, 4]), [4]).toArray() // => [0, 1, 3, 4]
 * resize(tensor([[1, 2]]), [2, 4], { method: 'nearest' }).toArray() // => [[1, 1, 2, 2], [1, 1, 2, 2]]
 * resize(tensor([0, 3]), [4], { coordinates: 'alignCorners' }).toArray() // => [0, 1, 2, 3]
 * resize(tensor([0, 0, 6, 0, 0, 0]), [2], { antialias: true }).toArray() // => [1.5, 0.75]
 */
export function resize<S extends Shape, D extends DType, const T extends Shape>(
  x: Tensor<S, D>,
  shape: readonly [...T],
  options: ResizeOptions = {},
): Tensor<T, FloatOf<D>> {
  atMost('resize', arguments, 3);
  const settings = settingsOf(options);
  const v = floating(valueFrom(x, 'resize'), 'resize');
  const sizes = checkShape('resize', shape);
  if (sizes.length !== v.ndim || sizes.some((m, d) => m > 0 && v.shape[d] === 0))
    throw new ShapeError(`resize: shape ${showShape(v.shape)} cannot be resized to ${showShape(sizes)}.`);
  return composed(() => sizes.reduce<AnyTensor>((y, m, axis) => resizedAlong(y, axis, m, settings), publish(v)))();
}
