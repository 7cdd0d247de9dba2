// A CNN that tells four shapes apart. They are drawn as it needs them: where they stand, how large and how noisy they are is random.
import * as np from 'adjoint';
import { type i32, jit, type Scalar, type Tensor } from 'adjoint';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import { element } from './elements';
import { type Learner, running } from './learner';

const [size, batch] = [16, 32] as const;
const names = ['disc', 'ring', 'square', 'cross'] as const;

interface Pictures {
  readonly images: Tensor<[32, 16, 16, 1]>;
  readonly labels: Tensor<[32], i32>;
}
const pictures = jit((key: random.Key): Pictures => {
  const [k1, k2, k3, k4, k5] = random.split(key, 5);
  const labels = random.randint(k1, [batch], 0, names.length);
  const kind = np.reshape(labels, [batch, 1, 1]);
  const line = np.sub(np.div(np.arange(size).astype(np.f32), size / 2), 1);
  const across = np.abs(np.sub(np.reshape(line, [1, 1, size]), np.sub(random.uniform(k2, [batch, 1, 1]), 0.5)));
  const down = np.abs(np.sub(np.reshape(line, [1, size, 1]), np.sub(random.uniform(k3, [batch, 1, 1]), 0.5)));
  const radius = np.add(np.mul(random.uniform(k4, [batch, 1, 1]), 0.3), 0.35);
  const distance = np.sqrt(np.add(np.square(across), np.square(down)));
  const [far, near] = [np.maximum(across, down), np.minimum(across, down)];
  const disc = np.less(distance, radius);
  const ring = np.less(np.abs(np.sub(distance, radius)), 0.15);
  const square = np.less(far, radius);
  const cross = np.logicalAnd(square, np.less(near, 0.15));
  const is = (n: number) => np.equal(kind, n);
  const shape = np.where(is(0), disc, np.where(is(1), ring, np.where(is(2), square, cross)));
  const noise = np.mul(random.normal(k5, [batch, size, size]), 0.3);
  return { images: np.expandDims(np.add(shape.astype(np.f32), noise), -1), labels };
});

const init = (key: random.Key) => {
  const [k1, k2, k3] = random.split(key, 3);
  return {
    one: nn.initConv2d(k1, { window: 3, inputs: 1, outputs: 8 }),
    two: nn.initConv2d(k2, { window: 3, inputs: 8, outputs: 16 }),
    out: nn.initLinear(k3, { inputs: 64, outputs: names.length }),
  };
};
type Params = ReturnType<typeof init>;
const model = (p: Params, images: Pictures['images']) =>
  pipe(
    images,
    nn.conv2d(p.one),
    np.relu,
    nn.maxPool2d(2),
    nn.conv2d(p.two),
    np.relu,
    nn.maxPool2d(2),
    nn.flatten,
    nn.linear(p.out),
  );
const loss = (p: Params, { images, labels }: Pictures): Scalar => np.mean(nn.crossEntropy(model(p, images), labels));
const guess = jit((p: Params, images: Pictures['images']) => np.argmax(model(p, images), -1));

/** The first pictures, a row of eight, right guesses in green. */
const draw = (p: Params, { images, labels }: Pictures, into: HTMLElement): void => {
  const shown = 16;
  const [right, guesses] = [labels.toArray(), guess(p, images).toArray()];
  const pixels = images.toTypedArray();
  const canvas = element('canvas', { width: 8 * (size + 1), height: (shown / 8) * (size + 1) });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  for (let n = 0; n < shown; n++) {
    const picture = context.createImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const v = Math.max(0, Math.min(255, 255 * (pixels[n * size * size + i] as number)));
      const dim = 0.35 * v;
      picture.data.set(right[n] === guesses[n] ? [dim, v, dim, 255] : [v, dim, dim, 255], 4 * i);
    }
    context.putImageData(picture, (n % 8) * (size + 1), Math.floor(n / 8) * (size + 1));
  }
  const hits = right.filter((label, i) => label === guesses[i]).length;
  const words = guesses.slice(0, shown).map((g) => names[g as 0 | 1 | 2 | 3]);
  into.replaceChildren(canvas, element('p', { textContent: `${hits} of ${batch} right: ${words.join(', ')} ...` }));
};

export const cnn: Learner = {
  name: 'CNN on noisy shapes',
  start: (key) => {
    const fresh = pictures(random.key(99));
    const piece = (step: number): Pictures => pictures(random.foldIn(key, step));
    return running(init(key), loss, piece, (p, into) => draw(p, fresh, into), 5e-3);
  },
};
