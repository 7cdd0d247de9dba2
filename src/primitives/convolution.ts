// conv_general_dilated, channels last: lhs [N, ...space, C], kernel [...space, C / groups, O], result [N, ...space, O].
import { aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { constant, type Expr, index } from '../core/lowering';
import { definePrimitive, type Primitive } from '../core/primitive';
import { concreteArray, type One, type Two, type Value } from '../core/value';
import { full } from './fill';
import { checkDType, jvpBilinear, transposeBinary } from './kinds';
import { forEachIndex } from './strided';
import { moveAxis, reshape, rev, transpose } from './views';

/**
 * Per spatial axis: the step of the window, elements added before and after, and the spacing of the input's and the
 * kernel's elements (dilation). `featureGroups` splits the channels, `batchGroups` the batch (for gradients).
 */
export type ConvParams = {
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  readonly featureGroups: number;
  readonly batchGroups: number;
};

const dilated = (n: number, dilation: number): number => (n === 0 ? 0 : (n - 1) * dilation + 1);
const at = <T>(xs: readonly T[], i: number): T => xs[i] as T;

const convShape = (x: readonly number[], k: readonly number[], p: ConvParams): number[] => [
  at(x, 0) / p.batchGroups,
  ...p.strides.map((stride, d) => {
    const [before, after] = at(p.padding, d);
    const room = dilated(at(x, d + 1), at(p.lhsDilation, d)) + before + after - dilated(at(k, d), at(p.rhsDilation, d));
    return room < 0 ? 0 : Math.floor(room / stride) + 1;
  }),
  at(k, k.length - 1),
];

const convP: Primitive<ConvParams, Two, One> = definePrimitive<ConvParams, Two, One>('conv_general_dilated', {
  impl: ([x, k], p) => {
    const shape = convShape(x.shape, k.shape, p);
    const out = allocate(x.dtype, sizeOf(shape));
    const [xs, ks] = [stridesOf(x.shape), stridesOf(k.shape)];
    const rank = p.strides.length;
    const window = k.shape.slice(0, rank);
    const [inner, channels] = [at(k.shape, rank), at(shape, rank + 1)];
    const perFeatureGroup = channels / p.featureGroups;
    const perBatchGroup = channels / p.batchGroups;
    forEachIndex(shape, (o, position) => {
      const channel = at(o, rank + 1);
      const n = at(o, 0) + at(shape, 0) * Math.floor(channel / perBatchGroup);
      const firstChannel = p.batchGroups > 1 ? 0 : Math.floor(channel / perFeatureGroup) * inner;
      let sum = 0;
      forEachIndex(window, (w) => {
        let [from, to, inside] = [n * at(xs, 0) + firstChannel, channel, true];
        for (let d = 0; d < rank; d++) {
          const place = at(o, d + 1) * at(p.strides, d) + at(w, d) * at(p.rhsDilation, d) - at(p.padding, d)[0];
          const i = place / at(p.lhsDilation, d);
          if (i < 0 || i >= at(x.shape, d + 1) || !Number.isInteger(i)) inside = false;
          from += i * at(xs, d + 1);
          to += at(w, d) * at(ks, d);
        }
        // What is added around and between the elements are zeros, not nothing: 0 times infinity is NaN.
        for (let c = 0; c < inner; c++) sum += (inside ? at2(x.data, from + c) : 0) * at2(k.data, to + c * channels);
      });
      out[position] = sum;
    });
    return [concreteArray(shape, x.dtype, out)];
  },
  shape: ([x, k], p) => {
    checkDType('conv_general_dilated', 'float', x.dtype);
    if (x.dtype !== k.dtype)
      throw new DTypeError(`conv_general_dilated: dtypes ${x.dtype.name} and ${k.dtype.name} differ.`);
    const rank = p.strides.length;
    const [channels, inner, features] = [x.shape.at(-1) ?? 0, k.shape.at(-2) ?? 0, k.shape.at(-1) ?? 0];
    const fail = (why: string): never => {
      throw new ShapeError(
        `conv_general_dilated: ${why}: input ${showShape(x.shape)} (batch, ...space, channels), kernel ${showShape(k.shape)} (...space, channels / groups, features).`,
      );
    };
    if (x.shape.length !== rank + 2 || k.shape.length !== rank + 2) fail(`expected ${rank + 2} axes`);
    if (inner * p.featureGroups !== channels)
      fail(`the input has ${channels} channels, the kernel takes ${inner} in ${p.featureGroups} groups`);
    if (features % p.featureGroups !== 0 || features % p.batchGroups !== 0)
      fail(`${features} features do not divide into ${p.featureGroups * p.batchGroups} groups`);
    if (at(x.shape, 0) % p.batchGroups !== 0)
      fail(`a batch of ${at(x.shape, 0)} does not divide into ${p.batchGroups} groups`);
    if (p.featureGroups > 1 && p.batchGroups > 1) fail('feature groups and batch groups exclude each other');
    if ([...p.strides, ...p.lhsDilation, ...p.rhsDilation].some((n) => !Number.isInteger(n) || n < 1))
      fail('strides and dilations must be positive integers');
    return [aval(convShape(x.shape, k.shape, p), x.dtype)];
  },
  jvp: jvpBilinear(() => convP),
  transpose: transposeBinary([
    (ct, [x, k], p) => transposeInput(ct, x.aval.shape, k, p),
    (ct, [x, k], p) => transposeKernel(ct, x, k.aval.shape, p),
  ]),
  batch: (size, [x, k], [xMapped, kMapped], p) => {
    if (size === 0) {
      const example = (v: Value, isMapped: boolean): readonly number[] => v.shape.slice(isMapped ? 1 : 0);
      return {
        values: [full([0, ...convShape(example(x, xMapped), example(k, kMapped), p)], x.dtype, 0)],
        mapped: [true],
      };
    }
    const value = xMapped
      ? kMapped
        ? batchBoth(size, x, k, p)
        : batchInput(size, x, k, p)
      : batchKernel(size, x, k, p);
    return { values: [value], mapped: [true] };
  },
  lower: {
    kind: 'contract',
    isGuarded: true,
    contraction: ({ params: p, args: [lhs, kernel], results: [result], group, line, term, read }) => {
      const [x, k, out] = [lhs.shape, kernel.shape, result.shape];
      const rank = p.strides.length;
      const groups = Math.max(p.featureGroups, p.batchGroups);
      const [inner, columns] = [at(k, rank), at(k, rank + 1) / groups];
      const positions = out.slice(0, -1);
      const [example, ...position] = index.unflatten(line, positions) as [Expr, ...Expr[]];
      const window = index.unflatten(term, k.slice(0, -1));
      const channel = window[rank] as Expr;
      let inside: Expr = constant(1, 'bool');
      const places = position.map((o, d) => {
        const [stride, dilation, hole, n] = [
          at(p.strides, d),
          at(p.rhsDilation, d),
          at(p.lhsDilation, d),
          at(x, d + 1),
        ];
        const before = at(p.padding, d)[0];
        const spread = index.add(index.mul(o, index.int(stride)), index.mul(window[d] as Expr, index.int(dilation)));
        const place = index.sub(spread, index.int(before));
        const last = (at(out, d + 1) - 1) * stride + (at(k, d) - 1) * dilation - before;
        if (before > 0) inside = index.and(inside, index.ge(place, index.int(0)));
        if (last >= n * hole) inside = index.and(inside, index.lt(place, index.int(n * hole)));
        if (hole > 1) inside = index.and(inside, index.eq(index.mod(place, hole), index.int(0)));
        return index.div(place, hole);
      });
      const first = p.batchGroups > 1 ? index.add(index.mul(group, index.int(at(out, 0))), example) : example;
      const source = p.featureGroups > 1 ? index.add(index.mul(group, index.int(inner)), channel) : channel;
      const zero = constant(0, lhs.dtype.name);
      return {
        groups,
        rows: sizeOf(positions),
        columns,
        depth: sizeOf(k.slice(0, -1)),
        groupStep: columns,
        rowStep: columns * groups,
        lhs: index.select(inside, read(0, [first, ...places, source]), zero),
        rhs: read(1, [...window, index.add(index.mul(group, index.int(columns)), line)]),
      };
    },
  },
});
const at2 = (data: ArrayLike<number>, i: number): number => data[i] as number;

export const convGeneralDilated = (x: Value, kernel: Value, params: ConvParams): Value =>
  bind1(convP, [x, kernel], params);

const space = (rank: number): number[] => Array.from({ length: rank }, (_, d) => d);
const merge = (x: Value, axis: number): Value =>
  reshape(x, [...x.shape.slice(0, axis), at(x.shape, axis) * at(x.shape, axis + 1), ...x.shape.slice(axis + 2)]);
const splitAxis = (x: Value, axis: number, outer: number): Value =>
  reshape(x, [
    ...x.shape.slice(0, axis),
    outer,
    outer === 0 ? 0 : at(x.shape, axis) / outer,
    ...x.shape.slice(axis + 1),
  ]);

/** The input's cotangent: ct, spread by the strides, against the kernel turned round with its channel axes exchanged. */
const transposeInput = (ct: Value, shape: readonly number[], k: Value, p: ConvParams): Value => {
  const rank = p.strides.length;
  const groups = Math.max(p.featureGroups, p.batchGroups);
  // [...space, I, (g, O / g)] -> [...space, O / g, (g, I)]
  const grouped = splitAxis(k, rank + 1, groups);
  const turned = merge(transpose(grouped, [...space(rank), rank + 2, rank + 1, rank]), rank + 1);
  const padding = p.padding.map(([before], d) => {
    const [x, w, o] = [
      dilated(at(shape, d + 1), at(p.lhsDilation, d)),
      dilated(at(k.shape, d), at(p.rhsDilation, d)),
      dilated(at(ct.shape, d + 1), at(p.strides, d)),
    ];
    const first = w - before - 1;
    return [first, x + w - 1 - o - first] as const;
  });
  const result = convGeneralDilated(ct, rev(turned, space(rank)), {
    strides: p.lhsDilation,
    padding,
    lhsDilation: p.strides,
    rhsDilation: p.rhsDilation,
    featureGroups: groups,
    batchGroups: 1,
  });
  // [n, ...space, (g, I)] -> [(g, n), ...space, I]
  return p.batchGroups === 1 ? result : merge(moveAxis(splitAxis(result, rank + 1, groups), rank + 1, 0), 0);
};

/** The kernel's cotangent: the input as kernelled by ct, batch and channels exchanged, strides and dilation exchanged. */
const transposeKernel = (ct: Value, x: Value, shape: readonly number[], p: ConvParams): Value => {
  const rank = p.strides.length;
  const exchange = (v: Value): Value => transpose(v, [rank + 1, ...space(rank).map((d) => d + 1), 0]);
  const padding = p.padding.map(([before], d) => {
    const [n, w, o] = [
      dilated(at(x.shape, d + 1), at(p.lhsDilation, d)),
      dilated(at(shape, d), at(p.rhsDilation, d)),
      dilated(at(ct.shape, d + 1), at(p.strides, d)),
    ];
    return [before, o - n + w - before - 1] as const;
  });
  const kernel = transpose(ct, [...space(rank).map((d) => d + 1), 0, rank + 1]);
  const result = convGeneralDilated(exchange(x), kernel, {
    strides: p.rhsDilation,
    padding,
    lhsDilation: p.lhsDilation,
    rhsDilation: p.strides,
    featureGroups: p.batchGroups,
    batchGroups: p.featureGroups,
  });
  // [I, ...space, O] -> [...space, I, O]
  return transpose(result, [...space(rank).map((d) => d + 1), 0, rank + 1]);
};

const batchInput = (size: number, x: Value, k: Value, p: ConvParams): Value => {
  // [b, (g, n), ...] -> [(g, b, n), ...]
  const merged = merge(merge(moveAxis(splitAxis(x, 1, p.batchGroups), 1, 0), 1), 0);
  return splitAxis(convGeneralDilated(merged, k, p), 0, size);
};

const batchKernel = (size: number, x: Value, k: Value, p: ConvParams): Value => {
  const rank = p.strides.length;
  const groups = Math.max(p.featureGroups, p.batchGroups);
  // [b, ...space, I, (g, o)] -> [...space, I, (g, b, o)]
  const grouped = moveAxis(splitAxis(k, rank + 2, groups), 0, rank + 2);
  const result = convGeneralDilated(x, merge(merge(grouped, rank + 1), rank + 1), p);
  const split = splitAxis(splitAxis(result, rank + 1, groups), rank + 2, size);
  return merge(moveAxis(split, rank + 2, 0), rank + 2);
};

const batchBoth = (size: number, x: Value, k: Value, p: ConvParams): Value => {
  const rank = p.strides.length;
  // [b, ...space, I, O] -> [...space, I, (b, O)]
  const kernel = merge(moveAxis(k, 0, rank + 1), rank + 1);
  if (p.batchGroups > 1) {
    const result = convGeneralDilated(merge(x, 0), kernel, { ...p, batchGroups: size * p.batchGroups });
    return moveAxis(splitAxis(result, rank + 1, size), rank + 1, 0);
  }
  const channels = merge(moveAxis(x, 0, rank + 1), rank + 1);
  const result = convGeneralDilated(channels, kernel, { ...p, featureGroups: size * p.featureGroups });
  return moveAxis(splitAxis(result, rank + 1, size), rank + 1, 0);
};
