// Marks as the pixels of a PNG image (w3.org/TR/png-3).
import type * as T from 'fp-ts/lib/Task.js';
import { crc32 } from '../io/crc32';
import type { Drawing, Mark } from './drawing';
import { type Stroke, strokesOf } from './strokes';

type Colour = readonly [red: number, green: number, blue: number];
const colourOf = (hex: string): Colour => {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((d) => d + d).join('') : hex.slice(1);
  return [0, 2, 4].map((i) => Number.parseInt(digits.slice(i, i + 2), 16)) as [number, number, number];
};

interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of every pixel, row by row. */
  readonly pixels: Uint8Array;
}

/** A line with round ends; pixels at its border are covered in part. */
const drawLine = (
  { width, height, pixels }: Canvas,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  thickness: number,
  colour: Colour,
): void => {
  const reach = thickness / 2 + 1;
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const [left, right] = [
    Math.max(0, Math.floor(Math.min(ax, bx) - reach)),
    Math.min(width - 1, Math.max(ax, bx) + reach),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(Math.min(ay, by) - reach)),
    Math.min(height - 1, Math.max(ay, by) + reach),
  ];
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const along = length === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length));
      const cover = Math.min(1, thickness / 2 + 0.5 - Math.hypot(px - along * dx, py - along * dy));
      if (cover <= 0) continue;
      for (let c = 0; c < 3; c++) {
        const at = 3 * (y * width + x) + c;
        pixels[at] = Math.round((1 - cover) * (pixels[at] as number) + cover * (colour[c] as number));
      }
    }
};
const drawStroke = (canvas: Canvas, points: Stroke, thickness: number, colour: Colour): void => {
  const last = points.at(-1);
  if (points.length === 1 && last !== undefined) drawLine(canvas, last, last, thickness, colour);
  for (let i = 1; i < points.length; i++)
    drawLine(canvas, points[i - 1] as Stroke[number], points[i] as Stroke[number], thickness, colour);
};

/** How high a unit of the pen is: capitals are six, seven tenths of the size of the type. */
const unitOf = (size: number): number => (0.7 * size) / 6;
const draw = (canvas: Canvas, mark: Mark, scale: number, size: number): void => {
  const colour = colourOf(mark.colour);
  if (mark.kind !== 'text') {
    const points = mark.points.map(([x, y]) => [x * scale, y * scale] as const);
    return drawStroke(canvas, points, scale * (mark.kind === 'dot' ? 2 * mark.width : mark.width), colour);
  }
  const unit = unitOf(size) * scale;
  const { strokes, width } = strokesOf(mark.words);
  const left = mark.x * scale - { start: 0, middle: width / 2, end: width }[mark.anchor] * unit;
  const top = mark.y * scale - (mark.centred ? 3 : 6) * unit;
  for (const stroke of strokes)
    drawStroke(
      canvas,
      stroke.map(([x, y]) => [left + x * unit, top + y * unit] as const),
      scale * (mark.bold ? 1.6 : 1),
      colour,
    );
};

interface Compression {
  readonly CompressionStream: new (format: 'deflate') => ReadableWritable;
  readonly Response: new (body: unknown) => { arrayBuffer(): Promise<ArrayBuffer> };
  readonly Blob: new (parts: readonly Uint8Array[]) => { stream(): { pipeThrough(to: ReadableWritable): unknown } };
}
interface ReadableWritable {
  readonly readable: unknown;
  readonly writable: unknown;
}
const deflated = async (bytes: Uint8Array): Promise<Uint8Array> => {
  const { CompressionStream, Response, Blob } = globalThis as unknown as Compression;
  return new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer(),
  );
};
const chunk = (name: string, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(body.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  bytes.set(
    [...name].map((c) => c.charCodeAt(0)),
    4,
  );
  bytes.set(body, 8);
  view.setUint32(body.length + 8, crc32([bytes.subarray(4, body.length + 8)]));
  return bytes;
};
const encodePng = async ({ width, height, pixels }: Canvas): Promise<Uint8Array> => {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  // Eight bits each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  // Every row begins with its filter: none.
  const rows = new Uint8Array(height * (3 * width + 1));
  for (let y = 0; y < height; y++)
    rows.set(pixels.subarray(3 * width * y, 3 * width * (y + 1)), y * (3 * width + 1) + 1);
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', await deflated(rows)),
    chunk('IEND', new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
};

/** The bytes of a PNG image of a drawing, `scale` pixels for each of its units. */
export const pngOf =
  ({ width, height, size, marks }: Drawing, scale: number): T.Task<Uint8Array> =>
  async () => {
    const canvas = {
      width: Math.round(width * scale),
      height: Math.round(height * scale),
      pixels: new Uint8Array(3 * Math.round(width * scale) * Math.round(height * scale)).fill(255),
    };
    for (const mark of marks) draw(canvas, mark, scale, size);
    return encodePng(canvas);
  };
