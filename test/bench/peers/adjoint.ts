// adjoint itself.
import { type AnyTensor, i32, type Tensor, tensor, tree } from 'adjoint';
import { timeSync } from '../clock';
import { type Classes, labels, numbers, type Real } from '../inputs';
import type { Program } from '../row';

// Filled to the shape that is stated, so the casts say what is so; of a shape that is a type parameter, `as` cannot know.
export const asTensor = <S extends number[]>(x: Real<S>): Tensor<S> => {
  const shape: number[] = [...x.shape];
  return tensor(numbers(x)).reshape(shape) as AnyTensor as Tensor<S>;
};
export const asLabels = <S extends number[]>(x: Classes<S>): Tensor<S, i32> => {
  const shape: number[] = [...x.shape];
  return tensor(labels(x), i32).reshape(shape) as AnyTensor as Tensor<S, i32>;
};

const numbersOf = (x: AnyTensor): Float32Array => Float32Array.from(x.toTypedArray());

/** The same call again and again; `watched` chooses what of its result is compared. */
export const repeated = <A>(call: () => A, watched: (result: A) => unknown = (result) => result): Program => ({
  values: async () => tree.leaves(watched(call())).map(numbersOf),
  time: timeSync(() => {
    call();
  }),
});

/** Steps that go on from each other. The values are the losses of the first ones, and how far a leaf has moved. */
export const training = <State>(
  start: State,
  step: (state: State) => readonly [State, Tensor<[]>],
  watched: (state: State) => AnyTensor,
  steps: number,
): Program => {
  let state = start;
  const once = () => {
    const [next, loss] = step(state);
    state = next;
    return loss;
  };
  return {
    values: async () => {
      const before = numbersOf(watched(state));
      const losses = Float32Array.from({ length: steps }, () => once().item());
      return [losses, numbersOf(watched(state)).map((x, i) => x - (before[i] ?? 0))];
    },
    time: timeSync(once),
  };
};
