// Sets of labelled images of 28 x 28 pixels, as MNIST and Fashion-MNIST have them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Dim, div, i32, type Tensor, tensor } from 'adjoint';
import { decodeIdx, epochBatches, gatherRows, type IdxArray, shuffledBatches } from 'adjoint/data';
import type { Key } from 'adjoint/random';
import { sequenceT } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Fault, fault, type Source } from './source';

/** Images as bytes, and what each shows. */
export interface ImageSet {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}
/** A batch on its way into a model: brightness from 0 to 1. */
export interface Images<B extends Dim = number> {
  readonly images: Tensor<[B, 28, 28, 1]>;
  readonly labels: Tensor<[B], i32>;
}

const read = (path: string): TE.TaskEither<Fault, IdxArray> =>
  pipe(
    TE.tryCatch(
      async () => {
        const bytes = await readFile(path);
        return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      },
      (reason) => ({ _tag: 'ReadFailed', message: `could not read ${path}: ${String(reason)}` }),
    ),
    TE.chainEitherKW(decodeIdx),
    TE.mapLeft((f) => ({ ...f, message: `${path}: ${f.message}` })),
  );

const paired = (images: IdxArray, labels: IdxArray): E.Either<Fault, ImageSet> => {
  const [count, height, width] = images.shape;
  if (
    images.shape.length !== 3 ||
    height !== 28 ||
    width !== 28 ||
    labels.shape.length !== 1 ||
    labels.shape[0] !== count
  )
    return fault(
      'NotImages',
      `images of shape [${images.shape.join(', ')}] with labels of shape [${labels.shape.join(', ')}] are no set of 28 x 28 images with a label each; the files do not belong together.`,
    );
  const wrong = labels.data.findIndex((label: number) => !(label >= 0 && label < 10));
  if (wrong >= 0) return fault('NotImages', `label ${labels.data[wrong]} of image ${wrong} is no class from 0 to 9.`);
  return E.right({ images, labels });
};

/** The images to learn from and those to test with. */
export const readImageSets = (
  source: Source,
  folder: string,
): TE.TaskEither<Fault, { readonly train: ImageSet; readonly test: ImageSet }> => {
  const file = (i: number) => read(join(folder, source.files[i] as string));
  return pipe(
    sequenceT(TE.ApplyPar)(file(0), file(1), file(2), file(3)),
    TE.chainEitherK(([images, labels, testImages, testLabels]) =>
      pipe(
        sequenceT(E.Apply)(paired(images, labels), paired(testImages, testLabels)),
        E.map(([train, test]) => ({ train, test })),
      ),
    ),
  );
};

/** The images of these rows. */
export const imagesAt = ({ images, labels }: ImageSet, rows: ArrayLike<number>): Images => ({
  images: div(tensor(new Float32Array(gatherRows(images, rows).data)), 255).reshape([rows.length, 28, 28, 1]),
  labels: tensor(new Int32Array(gatherRows(labels, rows).data), i32),
});

/** Shuffled batches without end, from a step on. */
export function* imageBatches(key: Key, set: ImageSet, size: number, from = 0): Generator<Images> {
  for (const rows of shuffledBatches(key, set.labels.data.length, size, from)) yield imagesAt(set, rows);
}

/** Every image once, in batches of 500; only the first `count` if given. */
export const allImages = (set: ImageSet, count = set.labels.data.length): readonly Int32Array[] =>
  epochBatches(Math.min(count, set.labels.data.length), 500);
