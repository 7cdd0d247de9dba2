// Recurrent layers are loops of their cells.
import {
  type AnyTensor,
  abs,
  type bool,
  concatenate,
  f64,
  flip,
  greater,
  i32,
  jit,
  makeJaxpr,
  max,
  mean,
  slice,
  square,
  stack,
  sub,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
  zeros,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const key = random.key(3);
const xs = random.normal(key, [2, 5, 3]);
const gap = (a: AnyTensor, b: AnyTensor): number => {
  expect(a.shape).toEqual(b.shape);
  return max(abs(sub(a, b) as AnyTensor) as AnyTensor).item() as number;
};
const sizes = { inputs: 3, hidden: 4 } as const;
const p = { rnn: nn.initSimpleRnn(key, sizes), gru: nn.initGru(key, sizes), lstm: nn.initLstm(key, sizes) };
type Layer = (options: nn.SequenceOptions) => (x: Tensor<[2, 5, 3]>) => { readonly outputs: Tensor<[2, 5, 4]> };
const layers: readonly (readonly [string, Layer])[] = [
  ['simpleRnn', (o) => (x) => nn.simpleRnn(p.rnn, o)(x)],
  ['gru', (o) => (x) => nn.gru(p.gru, o)(x)],
  ['lstm', (o) => (x) => nn.lstm(p.lstm, o)(x)],
];

describe.each(layers)('%s', (_name, layer) => {
  it('backwards is forwards on the turned sequence', () => {
    const turned = layer({})(flip(xs, 1)).outputs;
    expect(gap(layer({ reverse: true })(xs).outputs, flip(turned, 1))).toBe(0);
  });
  it('does not see what is masked', () => {
    const mask = greater(
      tensor([
        [1, 1, 1, 0, 0],
        [1, 1, 1, 0, 0],
      ]),
      0,
    ) as Tensor<[2, 5], bool>;
    const other = concatenate([slice(xs, 1, 0, 3), slice(random.normal(random.key(9), [2, 5, 3]), 1, 3, 2)], 1);
    const [one, two] = [layer({ mask })(xs).outputs, layer({ mask })(other as typeof xs).outputs];
    expect(gap(one, two)).toBe(0);
    expect(gap(slice(one, 1, 0, 3), slice(layer({})(xs).outputs, 1, 0, 3))).toBe(0);
    expect(gap(slice(one, 1, 2, 1), slice(one, 1, 4, 1))).toBe(0);
  });
  it('under jit gives the same, and a gradient', () => {
    const loss = (x: typeof xs) => mean(square(layer({})(x).outputs));
    const [l, g] = jit(valueAndGrad(loss))(xs);
    expect(l.item()).toBeCloseTo(loss(xs).item(), 5);
    expect(gap(g, valueAndGrad(loss)(xs)[1])).toBeLessThan(1e-5);
  });
});

describe('recurrent layers', () => {
  it('are the cell at every step', () => {
    const cell = nn.lstmCell(p.lstm);
    let state: nn.LstmState<[2], 4> = { h: zeros([2, 4]), c: zeros([2, 4]) };
    const outputs: AnyTensor[] = [];
    for (let t = 0; t < 5; t++) {
      state = cell(state, slice(xs, 1, t, 1).squeeze(1));
      outputs.push(state.h);
    }
    const { outputs: all, last } = nn.lstm(p.lstm)(xs);
    expect(gap(all, stack(outputs, 1) as AnyTensor)).toBe(0);
    expect(gap(last.c, state.c)).toBe(0);
  });
  it('are programs of one size, whatever the length', () => {
    const sizeOf = (steps: number): number =>
      makeJaxpr((x: AnyTensor) => nn.lstm(p.lstm)(x as typeof xs).outputs)(zeros([2, steps, 3]) as AnyTensor).toString()
        .length;
    expect(sizeOf(500) - sizeOf(5)).toBeLessThan(100);
    const ctcOf = (steps: number): number =>
      makeJaxpr((x: Tensor<[2, number, 4]>) =>
        nn.ctcLoss(
          x,
          tensor([steps, 3], i32),
          tensor(
            [
              [1, 2],
              [3, 3],
            ],
            i32,
          ),
          tensor([2, 2], i32),
        ),
      )(zeros([2, steps, 4])).toString().length;
    expect(ctcOf(500) - ctcOf(5)).toBeLessThan(100);
  });
  it('are loops of the cell, of any length, either way, whatever is masked', () => {
    const cases = fc.record({
      steps: fc.integer({ min: 1, max: 7 }),
      seed: fc.nat({ max: 1000 }),
      reverse: fc.boolean(),
      counts: fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
    });
    const holds = ({ steps, seed, reverse, counts }: typeof cases extends fc.Arbitrary<infer C> ? C : never): void => {
      const x = random.normal(random.key(seed), [2, steps, 3]) as AnyTensor;
      const mask = greater(tensor([counts.slice(0, steps).map(Number), counts.slice(7, 7 + steps).map(Number)]), 0);
      const start = random.normal(random.key(seed + 1), [2, 4]);
      const order = Array.from({ length: steps }, (_, t) => (reverse ? steps - 1 - t : t));
      let h = start;
      const outputs = new Array<AnyTensor>(steps);
      for (const t of order) {
        const next = nn.gruCell(p.gru)(h, slice(x, 1, t, 1).squeeze(1) as never);
        h = where(slice(mask as AnyTensor, 1, t, 1) as never, next, h) as typeof h;
        outputs[t] = h;
      }
      const got = nn.gru(p.gru, { reverse, mask: mask as never })(x as typeof xs, start);
      expect(gap(got.outputs, stack(outputs, 1) as AnyTensor)).toBe(0);
      expect(gap(got.last, h)).toBe(0);
    };
    fc.assert(fc.property(cases, holds), { numRuns: 30 });
  });
  it('are of the precision of their parameters', () => {
    const { wx, wh, b } = p.lstm;
    const wide = { wx: wx.astype(f64), wh: wh.astype(f64), b: b.astype(f64) } as unknown as typeof p.lstm;
    expect(nn.lstm(wide)(xs.astype(f64) as never).outputs.dtype).toBe(f64);
  });
  it('begin from a given state: two halves are the whole', () => {
    const whole = nn.gru(p.gru)(xs);
    const first = nn.gru(p.gru)(slice(xs, 1, 0, 2));
    const second = nn.gru(p.gru)(slice(xs, 1, 2, 3), first.last);
    expect(gap(second.last, whole.last)).toBe(0);
  });
  it('bidirectional: both outputs side by side; stacked: one after the other', () => {
    const back = nn.initGru(random.key(5), sizes);
    const y = nn.bidirectional(nn.gru(p.gru), nn.gru(back, { reverse: true }))(xs) as AnyTensor;
    expect(gap(slice(y, -1, 0, 4), nn.gru(p.gru)(xs).outputs)).toBe(0);
    expect(gap(slice(y, -1, 4, 4), nn.gru(back, { reverse: true })(xs).outputs)).toBe(0);
    const deep = nn.initLstm(key, { inputs: 4, hidden: 2 });
    const below = nn.gru(p.gru)(xs);
    const above = nn.lstm(deep)(below.outputs);
    const both = nn.stacked(nn.gru(p.gru), nn.lstm(deep))(xs);
    expect(gap(both.outputs as AnyTensor, above.outputs)).toBe(0);
    expect(gap(both.last[0] as AnyTensor, below.last)).toBe(0);
    expect(gap((both.last[1] as unknown as typeof above.last).c, above.last.c)).toBe(0);
    const three = nn.stacked(
      nn.gru(p.gru),
      nn.stacked(nn.lstm(deep), nn.gru(nn.initGru(key, { inputs: 2, hidden: 5 }))),
    );
    expect((three(xs).outputs as AnyTensor).shape).toEqual([2, 5, 5]);
  });
});
