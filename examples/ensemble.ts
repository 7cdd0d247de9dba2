// An ensemble in one program: the parameters of eight networks are stacked, and vmap makes the step of one the step of all. Their mean is better
// than each of them, and knows better how sure it is. B. Lakshminarayanan et al., Simple and scalable predictive uncertainty estimation
// using deep ensembles (2017). Run it: `npm run example -- ensemble`.
import {
  arange,
  argmax,
  astype,
  type Dim,
  equal,
  f32,
  type i32,
  jit,
  log,
  mean,
  over,
  relu,
  reshape,
  type Scalar,
  softmax,
  type Tensor,
  valueAndGrad,
  vmap,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { adamw, applyUpdates, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { type Images, imageBatches, imagesAt, readImageSets } from './catalogue/images';
import { sources } from './catalogue/sources';
import { train } from './catalogue/training';

const members = 8;

const init = (key: random.Key) => {
  const [k1, k2] = random.split(key);
  return {
    hidden: nn.initLinear(k1, { inputs: 784, outputs: 64 }),
    out: nn.initLinear(k2, { inputs: 64, outputs: 10 }),
  };
};
type Params = ReturnType<typeof init>;
const mlp = <B extends Dim>(p: Params, x: Tensor<[B, 28, 28, 1]>): Tensor<[B, 10]> =>
  pipe(reshape(x, [x.shape[0], 784]), nn.linear(p.hidden), relu, nn.linear(p.out));
const loss = (p: Params, { images, labels }: Images): Scalar => mean(nn.crossEntropy(mlp(p, images), labels));

/** The step of one network. */
const stepOf = (steps: number) => {
  const optimiser = adamw({ learningRate: cosineDecay({ from: 3e-3, steps }) });
  const start = (key: random.Key) => {
    const params = init(key);
    return { params, optimiser: optimiser.init(params) };
  };
  const step = (s: ReturnType<typeof start>, images: Images) => {
    const [l, gradients] = valueAndGrad(loss)(s.params, images);
    const [updates, next] = optimiser.update(gradients, s.optimiser, s.params);
    return [{ params: applyUpdates(s.params, updates), optimiser: next }, l] as const;
  };
  return { start, step };
};

export const example: Example = {
  name: 'ensemble',
  summary: 'eight networks trained as one by vmap over their stacked parameters, against one of them',
  sources: [sources.mnist],
  goals: {
    accuracy: { atLeast: { full: 0.96, quick: 0.86 } },
    'errors, of those of one': { atMost: { full: 0.95, quick: 1.05 } },
    'nats, of those of one': { atMost: { full: 0.95, quick: 1 } },
  },
  run: (context) => {
    const [initKey, orderKey] = random.split(random.key(context.seed));
    const steps = context.quick ? 150 : 1500;
    const { start, step } = stepOf(steps);
    const initial = vmap((i: Tensor<[], i32>) => start(random.foldIn(initKey, i)), over(0))(arange(members));
    const stepAll = jit(
      (all: typeof initial, images: Images) => {
        const [next, losses] = vmap(step, over(0, null))(all, images);
        return [next, { loss: mean(losses) }] as const;
      },
      { donate: 0 },
    );
    const scores = jit(vmap(mlp, over(0, null)));
    return pipe(
      readImageSets(sources.mnist, context.folder(sources.mnist)),
      TE.bindTo('mnist'),
      TE.bind('end', ({ mnist }) =>
        train(context, stepAll, initial, (from) => imageBatches(orderKey, mnist.train, 128, from), {
          name: 'members',
          steps,
        }),
      ),
      TE.map(({ mnist, end }) => {
        const { images, labels } = imagesAt(mnist.test, arange(context.quick ? 2000 : 10_000).toTypedArray());
        const each = scores(end.params, images);
        // The mean of what they hold for likely; its logarithm is a score again.
        const together = log(mean(softmax(each, -1), 0));
        const right = (y: Tensor<[number, 10]>) => mean(astype(equal(argmax(y, -1), labels), f32));
        const nats = (y: Tensor<[number, 10]>) => mean(nn.crossEntropy(y, labels));
        const one = mean(vmap(right)(each)).item();
        const [own, alone] = [nats(together).item(), mean(vmap(nats)(each)).item()];
        return {
          parameters: parameterCount(initial.params),
          results: {
            accuracy: right(together).item(),
            'accuracy of one': one,
            'errors, of those of one': (1 - right(together).item()) / (1 - one),
            'nats, of those of one': own / alone,
          },
        };
      }),
    );
  },
};
