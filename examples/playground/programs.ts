// Functions whose way through the compiler is shown, with the arguments that they are shown on.
import {
  gelu,
  grad,
  i32,
  lower,
  makeJaxpr,
  matmul,
  mean,
  type Scalar,
  square,
  sum,
  type Tensor,
  tanh,
  zeros,
} from 'adjoint';
import { crossEntropy, dotProductAttention, initNorm, layerNorm } from 'adjoint/nn';
import own from './programs.ts?raw';

export interface Program {
  readonly name: string;
  readonly source: string;
  /** The function as it was traced. */
  readonly jaxpr: () => string;
  /** Its derivative by the first argument. */
  readonly derivative: () => string;
  /** What became of the derivative. */
  readonly lowered: () => Pick<ReturnType<ReturnType<typeof lower>>, 'jaxpr' | 'kernels' | 'loops' | 'source'>;
}
/** What is shown is what runs: the text of this file between the name and the first argument. */
const sourceOf = (name: string): string =>
  new RegExp(`'${name}',\\s*([^]*?),\\s*x,`).exec(own)?.[1]?.replaceAll('\n    ', '\n') ?? name;
const program = <X, Y>(name: string, f: (x: X, y: Y) => Scalar, x: X, y: Y): Program => ({
  name,
  source: sourceOf(name),
  jaxpr: () => String(makeJaxpr(f)(x, y)),
  derivative: () => String(makeJaxpr(grad(f))(x, y)),
  lowered: () => lower(grad(f))(x, y),
});

const x = zeros([4, 8]);
interface Memory {
  readonly k: Tensor<[4, 8]>;
  readonly v: Tensor<[4, 8]>;
}
const norm = initNorm({ features: 8 });
export const programs: readonly Program[] = [
  program('a layer', (x: Tensor<[4, 8]>, w: Tensor<[8, 3]>) => mean(square(tanh(matmul(x, w)))), x, zeros([8, 3])),
  program('layer norm and gelu', (x: Tensor<[4, 8]>, p: typeof norm) => sum(gelu(layerNorm(p)(x))), x, norm),
  program(
    'cross-entropy',
    (scores: Tensor<[4, 8]>, labels: Tensor<[4], i32>) => mean(crossEntropy(scores, labels)),
    x,
    zeros([4], i32),
  ),
  program(
    'attention',
    (q: Tensor<[4, 8]>, { k, v }: Memory) => sum(dotProductAttention(q, k, v, { causal: true })),
    x,
    { k: x, v: x },
  ),
];
