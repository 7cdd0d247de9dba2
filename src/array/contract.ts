// Products of tensors: sums over axes that both share.
import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { bool, type DType, i32 } from '../core/dtype';
import { ArgumentError, AxisError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type {
  AnyTensor,
  BinD,
  DotS,
  Dottable,
  InnerArg,
  InnerS,
  Joined,
  Matmulable,
  MMS,
  RavelS,
  Tensor,
  TensordotArg,
  TensordotAxes,
  TensordotS,
} from '../types';
import { checkAxis } from './axes';
import { broadcastShapes, commonDType, stretch } from './broadcasting';
import { publish, valueFrom } from './tensor';

const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);

/** Applies a sum of products to operands of the promoted dtype; of bools it is an "or" of "and"s. */
export const sumOfProducts = (operands: readonly Value[], f: (operands: readonly Value[]) => Value): Value => {
  const dtype: DType = commonDType(operands);
  if (dtype !== bool) return f(operands.map((x) => P.convert(x, dtype)));
  return P.convert(f(operands.map((x) => P.convert(x, i32))), bool);
};

const operands = (name: string, x: unknown, y: unknown): readonly [Value, Value] => [
  valueFrom(x, name, 'x'),
  valueFrom(y, name, 'y'),
];

const checkContraction = (name: string, x: Value, y: Value, axisX: number, axisY: number): void => {
  if (x.shape[axisX] !== y.shape[axisY])
    throw new ShapeError(
      `${name}: dimensions ${x.shape[axisX]} and ${y.shape[axisY]} differ: axis ${axisX} of x ${showShape(x.shape)} is summed with axis ${axisY} of y ${showShape(y.shape)}. ` +
        'Check the order of the operands, or transpose one of them.',
    );
};

/** Contracts one axis of each; every other axis stays, those of x first. */
const contractOne = (x: Value, y: Value, axisX: number, axisY: number): Value =>
  sumOfProducts([x, y], ([a, b]) =>
    P.dotGeneral(a as Value, b as Value, { lhsContract: [axisX], rhsContract: [axisY], lhsBatch: [], rhsBatch: [] }),
  );

const refuseScalars = (name: string, x: Value, y: Value): void => {
  if (x.ndim === 0 || y.ndim === 0)
    throw new ShapeError(
      `${name}: an operand is a scalar, use mul: shapes ${showShape(x.shape)} and ${showShape(y.shape)}.`,
    );
};

/** The batch axes of both, broadcast; the words of the error are those of the type. */
const batchShape = (x: Value, y: Value, batchX: readonly number[], batchY: readonly number[]): readonly number[] => {
  for (let i = 1; i <= Math.min(batchX.length, batchY.length); i++) {
    const [m, n] = [batchX[batchX.length - i], batchY[batchY.length - i]];
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(
        `matmul: dimensions ${m} and ${n} differ: batch axis ${-i - 2} of x ${showShape(x.shape)} and y ${showShape(y.shape)}. They must be equal, or one of them 1.`,
      );
  }
  return broadcastShapes('matmul', batchX, batchY);
};

const product = (x: Value, y: Value): Value => {
  refuseScalars('matmul', x, y);
  const [axisX, axisY] = [x.ndim - 1, Math.max(0, y.ndim - 2)];
  checkContraction('matmul', x, y, axisX, axisY);
  if (y.ndim <= 2) return contractOne(x, y, axisX, axisY);
  // A vector on the left keeps the batch axes of y in front.
  if (x.ndim === 1) return contractOne(y, x, axisY, 0);
  const [batchX, batchY] = [x.shape.slice(0, -2), y.shape.slice(0, -2)];
  const batch = batchShape(x, y, batchX, batchY);
  const axes = range(0, batch.length);
  return sumOfProducts(
    [stretch(x, [...batch, ...x.shape.slice(-2)]), stretch(y, [...batch, ...y.shape.slice(-2)])],
    ([a, b]) =>
      P.dotGeneral(a as Value, b as Value, {
        lhsContract: [batch.length + 1],
        rhsContract: [batch.length],
        lhsBatch: axes,
        rhsBatch: axes,
      }),
  );
};

/**
 * The matrix product over the last axis of x and the one before the last of y; other axes are batch axes and broadcast.
 * A vector on the left is a row, on the right a column, and its axis is dropped.
 * Float products are added in double precision and rounded once.
 *
 * @throws ShapeError when the summed dimensions differ, or an operand is a scalar
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])).toArray() // => [[3, 2], [7, 4]]
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray() // => [3, 7]
 */
export function matmul<X extends AnyTensor, Y extends AnyTensor>(
  x: X,
  y: Matmulable<X, Y>,
): Tensor<MMS<X, Y>, BinD<X, Y>> {
  atMost('matmul', arguments, 2);
  return publish(product(...operands('matmul', x, y)));
}

/**
 * The sum over the last axis of x and the one before the last (or the only one) of y; all other axes stay, those of x first.
 *
 * @throws ShapeError when the summed dimensions differ, or an operand is a scalar
 * @example
 * dot(tensor([1, 2]), tensor([3, 4])).item() // => 11
 * dot(zeros([2, 3]), zeros([5, 3, 4])).shape // => [2, 5, 4]
 */
export function dot<X extends AnyTensor, Y extends AnyTensor>(x: X, y: Dottable<X, Y>): Tensor<DotS<X, Y>, BinD<X, Y>> {
  atMost('dot', arguments, 2);
  const [a, b] = operands('dot', x, y);
  refuseScalars('dot', a, b);
  const [axisX, axisY] = [a.ndim - 1, Math.max(0, b.ndim - 2)];
  checkContraction('dot', a, b, axisX, axisY);
  return publish(contractOne(a, b, axisX, axisY));
}

const flat = (x: Value): Value => P.reshape(x, [x.size]);

/**
 * Σ x y of all elements in row-major order.
 *
 * @throws ShapeError when the element counts differ
 * @example
 * vdot(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [1, 1]])).item() // => 10
 */
export function vdot<X extends AnyTensor, Y extends AnyTensor>(x: X, y: Y): Tensor<[], BinD<X, Y>> {
  atMost('vdot', arguments, 2);
  const [a, b] = operands('vdot', x, y);
  if (a.size !== b.size)
    throw new ShapeError(
      `vdot: element counts differ: ${showShape(a.shape)} has ${a.size}, ${showShape(b.shape)} has ${b.size}.`,
    );
  return publish(contractOne(flat(a), flat(b), 0, 0));
}

/**
 * The sum over the last axis of both; all other axes stay, those of x first.
 *
 * @throws ShapeError when the last dimensions differ
 * @example
 * inner(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray() // => [3, 7]
 */
export function inner<X extends AnyTensor, Y extends AnyTensor>(
  x: X,
  y: InnerArg<X, Y>,
): Tensor<InnerS<X, Y>, BinD<X, Y>> {
  atMost('inner', arguments, 2);
  const [a, b] = operands('inner', x, y);
  refuseScalars('inner', a, b);
  checkContraction('inner', a, b, a.ndim - 1, b.ndim - 1);
  return publish(contractOne(a, b, a.ndim - 1, b.ndim - 1));
}

/**
 * xᵢ yⱼ for every pair of elements, in row-major order.
 *
 * @example
 * outer(tensor([1, 2]), tensor([10, 20, 30])).toArray() // => [[10, 20, 30], [20, 40, 60]]
 */
export function outer<X extends AnyTensor, Y extends AnyTensor>(
  x: X,
  y: Y,
): Tensor<Joined<RavelS<X>, RavelS<Y>>, BinD<X, Y>> {
  atMost('outer', arguments, 2);
  const pair = operands('outer', x, y).map(flat);
  return publish(
    sumOfProducts(pair, ([a, b]) =>
      P.dotGeneral(a as Value, b as Value, { lhsContract: [], rhsContract: [], lhsBatch: [], rhsBatch: [] }),
    ),
  );
}

/**
 * The sum over several axes at once: the last n of x with the first n of y, or [axes of x, axes of y] in pairs.
 * All other axes stay, those of x first.
 *
 * @throws ShapeError when the contracted dimensions differ
 * @example
 * tensordot(zeros([2, 3, 4]), zeros([3, 4, 5])).shape // => [2, 5]
 * tensordot(zeros([2, 3, 4]), zeros([4, 2]), [[2, 0], [0, 1]]).shape // => [3]
 */
export function tensordot<X extends AnyTensor, Y extends AnyTensor, const A extends TensordotAxes = 2>(
  x: X,
  y: TensordotArg<X, Y, A>,
  axes?: A,
): Tensor<TensordotS<X, Y, A>, BinD<X, Y>> {
  atMost('tensordot', arguments, 3);
  const [a, b] = operands('tensordot', x, y);
  const [lhs, rhs] = contractedAxes(a, b, axes ?? 2);
  const sizes = (v: Value, at: readonly number[]): number[] => at.map((d) => v.shape[d] as number);
  const [p, q] = [sizes(a, lhs), sizes(b, rhs)];
  if (p.length !== q.length || p.some((n, i) => n !== q[i]))
    throw new ShapeError(
      `tensordot: the contracted dimensions differ: ${showShape(p)} (axes ${showShape(lhs)} of ${showShape(a.shape)}) and ${showShape(q)} (axes ${showShape(rhs)} of ${showShape(b.shape)}).`,
    );
  return publish(
    sumOfProducts([a, b], ([l, r]) =>
      P.dotGeneral(l as Value, r as Value, { lhsContract: lhs, rhsContract: rhs, lhsBatch: [], rhsBatch: [] }),
    ),
  );
}

const contractedAxes = (x: Value, y: Value, axes: unknown): readonly [number[], number[]] => {
  if (typeof axes === 'number') {
    if (!Number.isInteger(axes) || axes < 0 || axes > x.ndim || axes > y.ndim)
      throw new AxisError(
        `tensordot: cannot contract ${axes} axes of shapes ${showShape(x.shape)} and ${showShape(y.shape)}.`,
      );
    return [range(x.ndim - axes, axes), range(0, axes)];
  }
  if (!Array.isArray(axes) || axes.length !== 2)
    throw new ArgumentError('tensordot: axes must be a count, or two lists of axes: [[axes of x], [axes of y]].');
  const [first, second] = axes.map((list: unknown) => (Array.isArray(list) ? (list as unknown[]) : [list])) as [
    unknown[],
    unknown[],
  ];
  const check = (v: Value, list: readonly unknown[]): number[] => {
    const checked = list.map((d) => checkAxis('tensordot', v.shape, d));
    const repeated = checked.findIndex((d, i) => checked.indexOf(d) !== i);
    if (repeated >= 0)
      throw new AxisError(`tensordot: axis ${String(list[repeated])} is repeated in [${list.join(', ')}].`);
    return checked;
  };
  return [check(x, first), check(y, second)];
};
