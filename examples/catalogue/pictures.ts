// What examples show: many small images as one, and a table of what was taken for what.
import { writeFile } from 'node:fs/promises';
import type { AnyTensor } from 'adjoint';
import { encode } from 'fast-png';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault } from './source';

export interface GridOptions {
  /** Images in a row: as many as make the grid square unless given. */
  readonly columns?: number;
  /** How many pixels of the picture a pixel of an image is wide: 3 unless given. */
  readonly zoom?: number;
  /** The numbers that are black and white: the least and the largest of each image unless given. */
  readonly range?: readonly [black: number, white: number];
}

const gap = 2;

/**
 * Images [count, height, width] (or with one channel last) as one PNG picture, side by side on a grey ground.
 */
export const imageGrid = (images: AnyTensor, { columns, zoom = 3, range }: GridOptions = {}): Uint8Array => {
  const [count, height, width] = images.shape as readonly [number, number, number];
  const across = columns ?? Math.ceil(Math.sqrt(count));
  const down = Math.ceil(count / across);
  const [w, h] = [across * (width * zoom + gap) + gap, down * (height * zoom + gap) + gap];
  const pixels = new Uint8Array(w * h).fill(96);
  const data: ArrayLike<number> = images.toTypedArray();
  const size = height * width;
  for (let i = 0; i < count; i++) {
    const image = Array.from({ length: size }, (_, p) => data[i * size + p] as number);
    const [low, high] = range ?? [Math.min(...image), Math.max(...image)];
    const [top, left] = [
      gap + Math.floor(i / across) * (height * zoom + gap),
      gap + (i % across) * (width * zoom + gap),
    ];
    for (let y = 0; y < height * zoom; y++)
      for (let x = 0; x < width * zoom; x++) {
        const value = image[Math.floor(y / zoom) * width + Math.floor(x / zoom)] as number;
        const grey = high > low ? (255 * (value - low)) / (high - low) : 128;
        pixels[(top + y) * w + left + x] = Math.max(0, Math.min(255, Math.round(grey)));
      }
  }
  return encode({ width: w, height: h, data: pixels, channels: 1 });
};

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);

/** A confusion matrix, rows the truth and columns what was said, as the text of an SVG image; cells are darker where more of a row is. */
export const confusionPicture = (
  counts: readonly (readonly number[])[],
  names: readonly string[],
  { title = '' }: { readonly title?: string } = {},
): string => {
  const [cell, left, top] = [36, 110, 60];
  const text = (x: number, y: number, anchor: string, words: string, more = ''): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="middle"${more}>${escaped(words)}</text>`;
  const [width, height] = [left + cell * names.length + 10, top + cell * names.length + 80];
  const cells = counts.flatMap((row, i) => {
    const total = row.reduce((a, b) => a + b, 0) || 1;
    return row.flatMap((n, j) => {
      const share = n / total;
      const [x, y] = [left + cell * j, top + cell * i];
      // The square root shows what is rare.
      const light = Math.round(255 - 175 * Math.sqrt(share));
      return [
        `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="rgb(${light},${light},255)" stroke="#fff"/>`,
        ...(n === 0 ? [] : [text(x + cell / 2, y + cell / 2, 'middle', String(n), share > 0.5 ? ' fill="#fff"' : '')]),
      ];
    });
  });
  const bottom = top + cell * names.length;
  const labels = names.flatMap((name, i) => {
    const [x, y] = [left + cell * (i + 0.5), top + cell * (i + 0.5)];
    return [
      text(left - 8, y, 'end', name),
      text(x, bottom + 8, 'end', name, ` transform="rotate(-45 ${x} ${bottom + 8})"`),
    ];
  });
  const heading = text(left, 24, 'start', title, ' font-weight="bold"');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11"><rect width="${width}" height="${height}" fill="#fff"/>${[heading, ...cells, ...labels].join('')}</svg>\n`;
};

/** Writes a picture. */
export const savePicture = (path: string, picture: string | Uint8Array): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    () => writeFile(path, picture),
    (reason) => ({ _tag: 'WriteFailed', message: `could not write ${path}: ${String(reason)}` }),
  );
