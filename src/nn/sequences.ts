// Recurrent layers: cells along the time of a sequence [...N, T, I].

import { type Add, type AnyTensor, type Dim, type Shape, type Tensor, tree } from '../index';
import { atMost, composed, concatenate, expandDims, knownOptions, moveaxis, scan, where, zeros } from '../untyped';
import type { Mask } from './attention';
import { type Gru, gruCell, type Lstm, type LstmState, lstmCell, type SimpleRnn, simpleRnnCell } from './recurrent';

/** What a layer gives: the output of every step, and the state after the last. */
export interface Unrolled<N extends Shape, T extends Dim, H extends Dim, S> {
  readonly outputs: Tensor<[...N, T, H]>;
  readonly last: S;
}
export interface SequenceOptions {
  /** From the last step to the first; outputs stand where their inputs do. */
  readonly reverse?: boolean;
  /** True [...N, T] where a step counts; elsewhere the state stays as it was, and the input does not matter, not even NaN. */
  readonly mask?: Mask;
}

/** The cell at every step in turn: a scan over the leading axis, where time goes for that. */
const alongTime = <S>(
  cell: (state: S, x: AnyTensor) => S,
  outputOf: (state: S) => AnyTensor,
  initial: S,
  xs: AnyTensor,
  { reverse = false, mask }: SequenceOptions,
): { readonly outputs: AnyTensor; readonly last: S } => {
  // The derivative of a cell meets its input even where the result is not used.
  const shown: AnyTensor = mask === undefined ? xs : where(expandDims(mask, -1), xs, 0);
  const steps = moveaxis(shown, -2, 0);
  const counts: AnyTensor | null = mask === undefined ? null : expandDims(moveaxis(mask, -1, 0), -1);
  const step = (state: S, [x, counted]: readonly [AnyTensor, AnyTensor | null]): readonly [S, AnyTensor] => {
    const next = cell(state, x);
    const kept =
      counted === null
        ? next
        : tree.map((a: AnyTensor, b: AnyTensor): AnyTensor => where(counted, a, b), next, state as NoInfer<S>);
    return [kept, outputOf(kept)];
  };
  const [last, outputs] = scan(step, initial, [steps, counts], { reverse });
  return { outputs: moveaxis(outputs, 0, -2), last };
};

/** Zeros [...N, H] for a sequence [...N, T, I]. */
const rest = (xs: AnyTensor, { shape, dtype }: AnyTensor): AnyTensor =>
  zeros([...xs.shape.slice(0, -2), shape[0] as number], dtype);

/**
 * `simpleRnnCell` along a sequence, from zeros or a given state.
 *
 * @example
 * const p = initSimpleRnn(random.key(0), { inputs: 3, hidden: 4 });
 * simpleRnn(p)(zeros([2, 5, 3])).outputs.shape // => [2, 5, 4]
 */
export const simpleRnn = /* @__PURE__ */ composed(function <I extends Dim, H extends Dim>(
  p: SimpleRnn<I, H>,
  options: SequenceOptions = {},
) {
  atMost('simpleRnn', arguments, 2);
  knownOptions('simpleRnn', options, ['reverse', 'mask']);
  return <N extends Shape, T extends Dim>(
    xs: Tensor<[...N, T, I]>,
    initial?: Tensor<[...N, H]>,
  ): Unrolled<N, T, H, Tensor<[...N, H]>> => {
    const cell = (h: AnyTensor, x: AnyTensor): AnyTensor => simpleRnnCell(p)(h, x);
    return alongTime(cell, (h) => h, initial ?? rest(xs, p.wh), xs, options);
  };
});

/**
 * `gruCell` along a sequence, from zeros or a given state.
 *
 * @example
 * const p = initGru(random.key(0), { inputs: 3, hidden: 4 });
 * gru(p, { reverse: true })(zeros([2, 5, 3])).last.shape // => [2, 4]
 */
export const gru = /* @__PURE__ */ composed(function <I extends Dim, H extends Dim>(
  p: Gru<I, H>,
  options: SequenceOptions = {},
) {
  atMost('gru', arguments, 2);
  knownOptions('gru', options, ['reverse', 'mask']);
  return <N extends Shape, T extends Dim>(
    xs: Tensor<[...N, T, I]>,
    initial?: Tensor<[...N, H]>,
  ): Unrolled<N, T, H, Tensor<[...N, H]>> => {
    const cell = (h: AnyTensor, x: AnyTensor): AnyTensor => gruCell(p)(h, x);
    return alongTime(cell, (h) => h, initial ?? rest(xs, p.wh), xs, options);
  };
});

/**
 * `lstmCell` along a sequence, from zeros or a given state.
 *
 * @example
 * const p = initLstm(random.key(0), { inputs: 3, hidden: 4 });
 * lstm(p)(zeros([2, 5, 3])).last.c.shape // => [2, 4]
 */
export const lstm = /* @__PURE__ */ composed(function <I extends Dim, H extends Dim>(
  p: Lstm<I, H>,
  options: SequenceOptions = {},
) {
  atMost('lstm', arguments, 2);
  knownOptions('lstm', options, ['reverse', 'mask']);
  return <N extends Shape, T extends Dim>(
    xs: Tensor<[...N, T, I]>,
    initial?: LstmState<N, H>,
  ): Unrolled<N, T, H, LstmState<N, H>> => {
    type State = { readonly h: AnyTensor; readonly c: AnyTensor };
    const cell = (state: State, x: AnyTensor): State => lstmCell(p)(state, x);
    const still = rest(xs, p.wh);
    const first: State = initial ?? { h: still, c: still };
    return alongTime(cell, ({ h }) => h, first, xs, options);
  };
});

/**
 * The outputs of a layer that runs forwards and of one that runs backwards, side by side.
 *
 * @example
 * const [p, q] = random.split(random.key(0)).map((k) => initGru(k, { inputs: 3, hidden: 4 }));
 * bidirectional(gru(p), gru(q, { reverse: true }))(zeros([2, 5, 3])).shape // => [2, 5, 8]
 */
export const bidirectional = /* @__PURE__ */ composed(function <
  X,
  N extends Shape,
  T extends Dim,
  A extends Dim,
  B extends Dim,
>(
  forwards: (xs: X) => { readonly outputs: Tensor<[...N, T, A]> },
  backwards: (xs: X) => { readonly outputs: Tensor<[...N, T, B]> },
) {
  atMost('bidirectional', arguments, 2);
  return (xs: X): Tensor<[...N, T, Add<A, B>]> => concatenate([forwards(xs).outputs, backwards(xs).outputs], -1);
});

/**
 * A layer on the outputs of another; the last states of both. More than two are stacked on stacks: stacked(a, stacked(b, c)).
 *
 * @example
 * const p = initLstm(random.key(0), { inputs: 3, hidden: 4 });
 * const q = initGru(random.key(1), { inputs: 4, hidden: 2 });
 * stacked(lstm(p), gru(q))(zeros([2, 5, 3])).outputs.shape // => [2, 5, 2]
 */
export const stacked = /* @__PURE__ */ composed(function <X, Y, Z, A, B>(
  lower: (xs: X) => { readonly outputs: Y; readonly last: A },
  upper: (ys: Y) => { readonly outputs: Z; readonly last: B },
) {
  atMost('stacked', arguments, 2);
  return (xs: X): { readonly outputs: Z; readonly last: readonly [lower: A, upper: B] } => {
    const below = lower(xs);
    const above = upper(below.outputs);
    return { outputs: above.outputs, last: [below.last, above.last] };
  };
});
