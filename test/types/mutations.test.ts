import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { optionsOf, textOf } from './program';

// Models as users write them. Every row below puts one mistake into one of them; the compiler must refuse it, in words.
const models = {
  perceptron: `
    import { argmax, type Dim, f32, grad, i32, jit, mean, mul, neg, relu, sub, sum, type Tensor, tree, valueAndGrad } from 'adjoint';
    import { add, equal, logSoftmax, matmul, oneHot, zeros } from 'adjoint';
    import * as random from 'adjoint/random';
    const layer = <I extends Dim, O extends Dim>(key: random.Key, i: I, o: O) => ({
      w: mul(random.normal(key, [i, o]), 0.02),
      b: zeros([o]),
    });
    const init = (key: random.Key) => {
      const [k1, k2] = random.split(key);
      return { hidden: layer(k1, 784, 128), out: layer(k2, 128, 10) };
    };
    type Params = ReturnType<typeof init>;
    const logits = <B extends Dim>(p: Params, x: Tensor<[B, 784]>) => {
      const h = relu(add(matmul(x, p.hidden.w), p.hidden.b));
      return add(matmul(h, p.out.w), p.out.b);
    };
    const loss = <B extends Dim>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) =>
      neg(mean(sum(mul(logSoftmax(logits(p, x), -1), oneHot(y, 10)), -1)));
    const accuracy = <B extends Dim>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) =>
      mean(equal(argmax(logits(p, x), -1), y));
    const step = jit(<B extends Dim>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>): readonly [Params, Tensor<[]>] => {
      const [l, gradients] = valueAndGrad(loss)(p, x, y);
      return [tree.map((w, g) => sub(w, mul(0.1, g)), p, gradients), l];
    });
    const [next] = step(init(random.key(0)), zeros([32, 784]), zeros([32], i32));
    accuracy(next, zeros([16, 784]), zeros([16], i32));
  `,
  attention: `
    import { type Dim, einsum, expandDims, greater, matmul, mean, mul, rearrange, relu, softmax, type Tensor } from 'adjoint';
    import { add, concatenate, jit, jvp, matrixTranspose, over, reshape, split, sum, swapaxes, vmap, where, zeros } from 'adjoint';
    interface Block {
      readonly qkv: Tensor<[64, 192]>;
      readonly out: Tensor<[64, 64]>;
      readonly scale: Tensor<[64]>;
    }
    const heads = <B extends Dim, T extends Dim>(x: Tensor<[B, T, 64]>) => rearrange(x, 'b t (h d) -> b h t d', { h: 8 });
    const attend = <B extends Dim, T extends Dim>(p: Block, x: Tensor<[B, T, 64]>, mask: Tensor<[T, T]>) => {
      const [q, k, v] = split(matmul(x, p.qkv), 3, -1);
      const scores = mul(einsum('bhqd,bhkd->bhqk', heads(q), heads(k)), 0.35);
      const weights = softmax(where(greater(mask, 0), scores, -1e9), -1);
      const merged = rearrange(matmul(weights, heads(v)), 'b h t d -> b t (h d)');
      return add(x, mul(matmul(merged, p.out), p.scale));
    };
    const single = <T extends Dim, D extends Dim>(q: Tensor<[T, D]>, k: Tensor<[T, D]>, v: Tensor<[T, 8]>) =>
      matmul(softmax(matmul(q, matrixTranspose(k)), -1), v);
    const perHead = jit(vmap(single, over()));
    declare const block: Block;
    const out = attend(block, zeros([2, 5, 64]), zeros([5, 5]));
    const flat: Tensor<[10, 64]> = reshape(out, [10, 64]);
    const pooled: Tensor<[2, 64]> = mean(out, 1);
    const twice: Tensor<[2, 128]> = concatenate([pooled, relu(pooled)], -1);
    perHead(zeros([8, 5, 4]), zeros([8, 5, 4]), zeros([8, 5, 8]));
    const [value, tangent] = jvp((b: Block) => sum(attend(b, zeros([2, 5, 64]), zeros([5, 5]))), [block], [block]);
  `,
  convolution: `
    import { conv2d, expandDims, grad, matmul, maxPool, mean, relu, reshape, squeeze, stack, take, type Tensor, type i32 } from 'adjoint';
    import { add, f32, i32 as int, moveaxis, pad, type Dim, transpose, zeros } from 'adjoint';
    interface Params {
      readonly first: Tensor<[3, 3, 1, 16]>;
      readonly second: Tensor<[3, 3, 16, 32]>;
      readonly out: Tensor<[800, 10]>;
    }
    const logits = <B extends Dim>(p: Params, images: Tensor<[B, 28, 28, 1]>) => {
      const a = maxPool(relu(conv2d(images, p.first)), 2);
      const b = maxPool(relu(conv2d(a, p.second)), 2);
      return matmul(reshape(b, [b.shape[0], 800]), p.out);
    };
    declare const params: Params;
    const batch = stack([zeros([28, 28]), zeros([28, 28])]);
    const scores: Tensor<[2, 10]> = logits(params, expandDims(batch, -1));
    const planar: Tensor<[2, 1, 28, 28]> = moveaxis(expandDims(batch, -1), -1, 1);
    const chosen: Tensor<[5, 10]> = take(scores, zeros([5], int));
    const gradients = grad((p: Params) => mean(logits(p, expandDims(batch, -1))))(params);
  `,
} as const;

type Row = readonly [
  mistake: string,
  model: keyof typeof models,
  from: string,
  to: string,
  /** What the message must say. */
  words: string,
];
const rows: readonly Row[] = [
  [
    'dims swapped',
    'perceptron',
    'random.normal(key, [i, o])',
    'random.normal(key, [o, i])',
    'dimensions 784 and 128 differ',
  ],
  ['operands swapped', 'perceptron', 'matmul(x, p.hidden.w)', 'matmul(p.hidden.w, x)', 'matmul: dimensions 128 and'],
  [
    'bias of another layer',
    'perceptron',
    'p.hidden.w), p.hidden.b',
    'p.hidden.w), p.out.b',
    'add: dimensions 128 and 10 do not broadcast',
  ],
  [
    'axis out of range',
    'perceptron',
    'argmax(logits(p, x), -1)',
    'argmax(logits(p, x), 2)',
    "'2' is not assignable to parameter of type",
  ],
  [
    'loss not reduced',
    'perceptron',
    'neg(mean(sum(',
    'neg((sum(',
    'the result must be a scalar, reduce it with sum or mean',
  ],
  [
    'loss of integers',
    'perceptron',
    'neg(mean(sum(mul(logSoftmax(logits(p, x), -1), oneHot(y, 10)), -1)))',
    'sum(y)',
    'the result must have a float dtype, convert it with astype',
  ],
  [
    'wrong number of classes',
    'perceptron',
    'oneHot(y, 10)',
    'oneHot(y, 9)',
    'mul: dimensions 10 and 9 do not broadcast',
  ],
  [
    'labels of floats',
    'perceptron',
    'zeros([32], i32)',
    'zeros([32], f32)',
    "'Tensor<[32], f32>' is not assignable to parameter of type 'Tensor<[32], i32>'",
  ],
  [
    'batches that differ',
    'perceptron',
    'zeros([16], i32)',
    'zeros([15], i32)',
    'is not assignable to parameter of type',
  ],
  [
    'part of the tree',
    'perceptron',
    'p, gradients)',
    'p, gradients.out)',
    'missing the following properties from type',
  ],
  [
    'aux without hasAux',
    'perceptron',
    'valueAndGrad(loss)(',
    'valueAndGrad((q: Params) => [loss(q, x, y), x] as const)(',
    'for [loss, aux] pass { hasAux: true }',
  ],
  ['no transpose', 'attention', 'matrixTranspose(k)', 'k', 'matmul'],
  ['einsum with a label too few', 'attention', "'bhqd,bhkd->bhqk'", "'bhqd,bkd->bhqk'", 'einsum: too many dimensions'],
  [
    'einsum with a label of two sizes',
    'attention',
    "einsum('bhqd,bhkd->bhqk'",
    "einsum('bhqd,bhdk->bhqk'",
    "einsum: dimension 'd' differs",
  ],
  [
    'einsum with an unknown label',
    'attention',
    "'bhqd,bhkd->bhqk'",
    "'bhqd,bhkd->bhqz'",
    "einsum: output label 'z' is not in the inputs",
  ],
  ['heads that do not divide', 'attention', '{ h: 8 }', '{ h: 7 }', 'rearrange: size is not divisible'],
  [
    'split that does not divide',
    'attention',
    'p.qkv), 3, -1)',
    'p.qkv), 5, -1)',
    'split: 192 (axis -1) is not divisible by 5',
  ],
  [
    'mask of another length',
    'attention',
    'zeros([2, 5, 64]), zeros([5, 5]));\n    const flat',
    'zeros([2, 5, 64]), zeros([6, 6]));\n    const flat',
    'is not assignable to parameter of type',
  ],
  [
    'heads not merged',
    'attention',
    "matmul(weights, heads(v)), 'b h t d -> b t (h d)'",
    "matmul(weights, heads(v)), 'b h t d -> b t h d'",
    'matmul: dimensions 8 and 64 differ',
  ],
  ['wrong reshape', 'attention', 'reshape(out, [10, 64])', 'reshape(out, [10, 60])', 'reshape: element counts differ'],
  [
    'mean over another axis',
    'attention',
    'mean(out, 1)',
    'mean(out, 0)',
    "'Tensor<[5, 64], f32>' is not assignable to type 'Tensor<[2, 64], f32>'",
  ],
  [
    'joined along another axis',
    'attention',
    'relu(pooled)], -1)',
    'relu(pooled)], 0)',
    "'Tensor<[4, 64], f32>' is not assignable to type 'Tensor<[2, 128], f32>'",
  ],
  [
    'tensors that do not join',
    'attention',
    '[pooled, relu(pooled)], -1)',
    '[pooled, flat], -1)',
    'concatenate: shapes differ outside axis -1',
  ],
  [
    'mapped sizes that differ',
    'attention',
    'zeros([8, 5, 8])',
    'zeros([7, 5, 8])',
    'is not assignable to parameter of type',
  ],
  [
    'a tangent of another tree',
    'attention',
    '[block], [block]',
    '[block], [{ qkv: block.qkv }]',
    "is missing the following properties from type 'Block'",
  ],
  [
    'channels that differ',
    'convolution',
    'conv2d(a, p.second)',
    'conv2d(a, p.first)',
    "'Tensor<[3, 3, 1, 16], f32>' is not assignable to parameter of type 'Tensor<[3, 3, 16, 16], f32>'",
  ],
  [
    'a pool forgotten',
    'convolution',
    'maxPool(relu(conv2d(a, p.second)), 2)',
    'relu(conv2d(a, p.second))',
    'reshape: element counts differ',
  ],
  [
    'no channel axis',
    'convolution',
    'logits(params, expandDims(batch, -1))',
    'logits(params, batch)',
    "'Tensor<[2, 28, 28], f32>' is not assignable to parameter of type",
  ],
  ['images that do not stack', 'convolution', 'zeros([28, 28])])', 'zeros([28, 27])])', 'stack: shapes differ'],
  [
    'axis moved elsewhere',
    'convolution',
    'moveaxis(expandDims(batch, -1), -1, 1)',
    'moveaxis(expandDims(batch, -1), -1, 0)',
    "'Tensor<[1, 2, 28, 28], f32>' is not assignable to type",
  ],
  [
    'indices of floats',
    'convolution',
    'zeros([5], int)',
    'zeros([5])',
    "'Tensor<[5], f32>' is not assignable to parameter of type 'Tensor<[5], i32>'",
  ],
];

const sources: ReadonlyMap<string, string> = new Map([
  ...Object.entries(models).map(([name, text]) => [`${name}.ts`, text] as const),
  ...rows.map(([mistake, model, from, to]) => [`${mistake}.ts`, models[model].replace(from, to)] as const),
]);

describe('one mistake in a model', () => {
  let errors: ReadonlyMap<string, readonly string[]>;
  beforeAll(() => {
    const folder = fileURLToPath(new URL('./mutations/', import.meta.url));
    const options = optionsOf();
    const host = ts.createCompilerHost(options);
    const textAt = (path: string) => (path.startsWith(folder) ? sources.get(path.slice(folder.length)) : undefined);
    const program = ts.createProgram(
      [...sources.keys()].map((name) => folder + name),
      options,
      {
        ...host,
        fileExists: (path) => textAt(path) !== undefined || host.fileExists(path),
        readFile: (path) => textAt(path) ?? host.readFile(path),
        getSourceFile: (path, version) => {
          const text = textAt(path);
          return text === undefined ? host.getSourceFile(path, version) : ts.createSourceFile(path, text, version);
        },
      },
    );
    errors = new Map(
      [...sources.keys()].map((name) => [
        name,
        program.getSemanticDiagnostics(program.getSourceFile(folder + name)).map(textOf),
      ]),
    );
  });

  test.each(Object.keys(models))('%s compiles without one', (model) => {
    expect(errors.get(`${model}.ts`)).toEqual([]);
  });
  test.each(rows)('%s (%s)', (mistake, model, from, _, words) => {
    expect(models[model].split(from).length).toBe(2);
    expect(errors.get(`${mistake}.ts`)?.join('\n')).toContain(words);
  });
});
