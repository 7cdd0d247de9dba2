// The GPT in adjoint.
import {
  add,
  gelu,
  type i32,
  jit,
  matmul,
  mean,
  mul,
  softmax,
  standardize,
  sub,
  type Tensor,
  take,
  tensor,
  tree,
  valueAndGrad,
} from 'adjoint';
import { crossEntropy } from 'adjoint/nn';
import { map } from 'fp-ts/lib/Record.js';
import { asLabels, asTensor, training } from '../../peers/adjoint';
import type { Program } from '../../row';
import { causalMask, type GptInputs, type LayerInputs, learningRate, type Sizes } from './inputs';

type Matrix = Tensor<[number, number]>;
type Vector = Tensor<[number]>;
type Hidden = Tensor<[number, number, number]>;
type Named<Names, T> = Readonly<Record<keyof Names & string, T>>;
interface Layer {
  readonly matrices: Named<LayerInputs['matrices'], Matrix>;
  readonly vectors: Named<LayerInputs['vectors'], Vector>;
}
interface Params {
  readonly layers: readonly Layer[];
  readonly matrices: Named<GptInputs['matrices'], Matrix>;
  readonly vectors: Named<GptInputs['vectors'], Vector>;
}

const matrices = map(asTensor<[number, number]>);
const vectors = map(asTensor<[number]>);
const paramsOf = (given: GptInputs): Params => ({
  layers: given.layers.map((layer) => ({ matrices: matrices(layer.matrices), vectors: vectors(layer.vectors) })),
  matrices: matrices(given.matrices),
  vectors: vectors(given.vectors),
});

const layerNorm = (x: Hidden, scale: Vector, bias: Vector): Hidden => add(mul(standardize(x, -1), scale), bias);

const model = ({ width, heads, length, batch }: Sizes, mask: Matrix) => {
  const split = (x: Hidden) => x.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  const attention = ({ q, k, v, o }: Layer['matrices'], x: Hidden): Hidden => {
    const keys = split(matmul(x, k)).matrixTranspose();
    const scores = mul(matmul(split(matmul(x, q)), keys), 1 / Math.sqrt(width / heads));
    const mixed = matmul(softmax(add(scores, mask), -1), split(matmul(x, v)));
    return matmul(mixed.transpose([0, 2, 1, 3]).reshape([batch, length, width]), o);
  };
  const block = (x: Hidden, { matrices: m, vectors: { scale1, bias1, scale2, bias2 } }: Layer): Hidden => {
    const attended = add(x, attention(m, layerNorm(x, scale1, bias1)));
    const inner = gelu(matmul(layerNorm(attended, scale2, bias2), m.up), { approximate: true });
    return add(attended, matmul(inner, m.down));
  };
  return (p: Params, ids: Tensor<[number, number], i32>): Hidden => {
    const embedded = add(take(p.matrices.tokens, ids), p.matrices.positions);
    const last = p.layers.reduce(block, embedded);
    return matmul(layerNorm(last, p.vectors.scale, p.vectors.bias), p.matrices.head);
  };
};

export const open = (sizes: Sizes, given: GptInputs, steps: number): Program => {
  const mask = tensor(causalMask(sizes.length)).reshape([sizes.length, sizes.length]);
  const logits = model(sizes, mask);
  const [ids, targets] = [asLabels(given.ids), asLabels(given.targets)];
  type Ids = typeof ids;
  const loss = (p: Params, x: Ids, y: Ids) => mean(crossEntropy(logits(p, x), y));
  const step = jit((p: Params, x: Ids, y: Ids) => {
    const [l, gradients] = valueAndGrad(loss)(p, x, y);
    return [tree.map((w, g) => sub(w, mul(g, learningRate)), p, gradients), l] as const;
  });
  return training(
    paramsOf(given),
    (p) => step(p, ids, targets),
    (p) => p.matrices.tokens,
    steps,
  );
};
