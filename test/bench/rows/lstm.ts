// A long short-term memory over a sequence: the gradient of the mean square of its last state.
import * as tf from '@tensorflow/tfjs';
import { add, grad, jit, matmul, mean, mul, scan, sigmoid, split, square, type Tensor, tanh, zeros } from 'adjoint';
import { real, weights } from '../inputs';
import * as adjoint from '../peers/adjoint';
import * as tfjs from '../peers/tfjs';
import type { Row } from '../row';

const inputsOf = (length: number, batch: number, width: number) => ({
  wx: weights(1, [width, 4 * width], width),
  wh: weights(2, [width, 4 * width], width),
  b: real(3, [4 * width], -0.1, 0.1),
  x: real(4, [length, batch, width], -1, 1),
});

type Matrix = Tensor<[number, number]>;
interface Params {
  readonly wx: Matrix;
  readonly wh: Matrix;
  readonly b: Tensor<[number]>;
}
type State = readonly [h: Matrix, c: Matrix];

/** Gates in the order input, forget, cell, output. */
const lstm = (p: Params, x: Tensor<[number, number, number]>, start: State): Matrix => {
  const step = ([h, c]: State, now: Matrix) => {
    const gates = add(add(matmul(now, p.wx), matmul(h, p.wh)), p.b);
    const [i, f, g, o] = split(gates, 4, 1) as unknown as readonly [Matrix, Matrix, Matrix, Matrix];
    const next: Matrix = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const state: State = [mul(sigmoid(o), tanh(next)), next];
    return [state, null] as const;
  };
  const [[last]] = scan(step, start, x);
  return last;
};
const loss = (p: Params, x: Tensor<[number, number, number]>, start: State) => mean(square(lstm(p, x, start)));

export const lstmRow = (length: number, batch: number, width: number): Row => {
  const given = inputsOf(length, batch, width);
  return {
    group: 'lstm',
    name: `gradient of LSTM ${width}, ${length} steps, batch ${batch}`,
    tolerance: 1e-3,
    flops: 3 * 2 * length * batch * 2 * width * 4 * width,
    timed: 'steady',
    adjoint: () => {
      const p = { wx: adjoint.asTensor(given.wx), wh: adjoint.asTensor(given.wh), b: adjoint.asTensor(given.b) };
      const x = adjoint.asTensor(given.x);
      const start: State = [zeros([batch, width]), zeros([batch, width])];
      const f = jit((p: Params, x: Tensor<[number, number, number]>) => grad(loss)(p, x, start));
      return adjoint.repeated(() => f(p, x).wh);
    },
    jaxjs: { missing: 'no scan' },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const [wx, wh, b] = [given.wx, given.wh, given.b].map(tfjs.asTensor) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const steps = tf.unstack(tfjs.asTensor(given.x)) as tf.Tensor2D[];
        const start = tf.zeros([batch, width]) as tf.Tensor2D;
        const last = (w: tf.Tensor): tf.Scalar => {
          let [h, c]: [tf.Tensor, tf.Tensor] = [start, start];
          for (const now of steps) {
            const [i, f, g, o] = tf.split(now.matMul(wx).add(h.matMul(w)).add(b), 4, 1) as [
              tf.Tensor,
              tf.Tensor,
              tf.Tensor,
              tf.Tensor,
            ];
            c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
            h = o.sigmoid().mul(c.tanh());
          }
          return h.square().mean();
        };
        const gradient = tf.grad(last);
        return tfjs.repeated(() => gradient(wh));
      },
    },
    python: { workload: 'lstm', sizes: {}, inputs: given },
  };
};
