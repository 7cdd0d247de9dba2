// Sets of images that are whole, and what is said of those that are not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeIdx } from 'adjoint/data';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, expect, it } from 'vitest';
import { imagesAt, readImageSets } from '../../examples/catalogue/images';
import { sources } from '../../examples/catalogue/sources';

const home = mkdtempSync(join(tmpdir(), 'adjoint-images-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const put = (file: string, shape: readonly number[], fill: number): void => {
  const data = new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(fill);
  writeFileSync(join(home, file), gzipSync(encodeIdx({ dtype: 'uint8', shape, data })));
};
const [images, labels, testImages, testLabels] = sources.fashionMnist.files as [string, string, string, string];
const messageOf = async (): Promise<string> => {
  const sets = await readImageSets(sources.fashionMnist, home)();
  return E.isLeft(sets) ? sets.left.message : 'no fault';
};

it('reads images and labels, compressed or not, and names the file that is missing or torn', async () => {
  put(images, [3, 28, 28], 51);
  put(labels, [3], 7);
  put(testImages, [1, 28, 28], 0);
  expect(await messageOf()).toContain(`could not read ${join(home, testLabels)}`);
  put(testLabels, [1], 0);
  const sets = await readImageSets(sources.fashionMnist, home)();
  const batch = E.isRight(sets) ? imagesAt(sets.right.train, [2, 0]) : null;
  expect([batch?.images.shape, batch?.labels.toArray()]).toEqual([
    [2, 28, 28, 1],
    [7, 7],
  ]);
  expect(batch?.images.at(0, 0, 0, 0).item()).toBeCloseTo(0.2, 6);
  writeFileSync(join(home, images), gzipSync(Uint8Array.of(0, 0, 8, 3, 0, 0)));
  expect(await messageOf()).toContain(`${join(home, images)}: IDX: the file ends after 6 bytes`);
});
it('refuses images and labels that do not belong together', async () => {
  put(images, [3, 28, 28], 0);
  put(labels, [2], 7);
  expect(await messageOf()).toMatch(/images of shape \[3, 28, 28\] with labels of shape \[2\].*do not belong together/);
  put(labels, [3], 12);
  expect(await messageOf()).toBe('label 12 of image 0 is no class from 0 to 9.');
});
