// What runs leave behind for people: CSV, event files of TensorBoard, pictures.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateSync } from 'node:zlib';
import { tensor } from 'adjoint';
import {
  checkpoint,
  csv,
  evaluate,
  fit,
  history,
  lossCurve,
  lossCurvePng,
  numbersOf,
  observer,
  sparkline,
  tensorboard,
} from 'adjoint/train';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const losing = (state: number, loss: number) => [state, { loss }] as const;

describe('csv', () => {
  it('has a column for every metric, also for those that come late', async () => {
    const path = join(folder, 'late', 'log.csv');
    const test = evaluate({ every: 2, metrics: () => ({ 'a, "b"': 0.5 }) });
    await fit(losing, 0, [3, 2, 1, 0], [test, csv(path)])();
    expect(readFileSync(path, 'utf8')).toBe('step,loss,"a, ""b"""\n1,3,\n2,2,0.5\n3,1,\n4,0,0.5\n');
  });
  it('goes on where the checkpoint was', async () => {
    const [path, from] = [join(folder, 'on.csv'), join(folder, 'on')];
    await fit(losing, 0, [3, 2], [csv(path), checkpoint(from)])();
    await fit(losing, 0, [3, 2, 9, 9], [csv(path)], { resume: from })();
    await fit(losing, 0, [3, 2, 1], [csv(path)], { resume: from })();
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n1,3\n2,2\n3,1\n');
  });
  it('is a Left where it cannot be written', async () => {
    const out = await fit(losing, 0, [1], [csv('/dev/null/log.csv')])();
    expect(E.isLeft(out) && out.left._tag).toBe('WriteFailed');
  });
  it('is a Left where another run writes to it too', async () => {
    const path = join(folder, 'both.csv');
    const other = observer({
      name: 'other',
      memory: t.null,
      initial: null,
      see: (_: null, { step }) =>
        step === 2
          ? [null, { effect: () => TE.map(() => undefined)(fit(losing, 0, [7, 6], [csv(path)])) }]
          : [null, {}],
    });
    const out = await fit(losing, 0, [3, 2, 1], [csv(path), other])();
    expect(E.isLeft(out) && out.left.message).toMatch(/both\.csv: another program has changed it; give each run/);
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n1,7\n2,6\n');
  });
});

/** CRC-32C, bit by bit. */
const crc32c = (bytes: Uint8Array): number => {
  let c = 0xffffffff;
  for (const b of bytes) {
    c ^= b;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  }
  return ~c >>> 0;
};
const masked = (bytes: Uint8Array): number => {
  const c = crc32c(bytes);
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0;
};
/** The records of an event file, with their checksums verified. */
const recordsOf = (file: Buffer): readonly Buffer[] => {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const body = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 8)).toBe(masked(file.subarray(at, at + 8)));
    expect(file.readUInt32LE(at + 12 + length)).toBe(masked(body));
    records.push(body);
    at += 16 + length;
  }
  return records;
};
/** The fields of a protocol buffer: number and value. */
const fieldsOf = (message: Buffer): readonly (readonly [number, number | Buffer])[] => {
  const fields: (readonly [number, number | Buffer])[] = [];
  let at = 0;
  const varint = (): number => {
    let x = 0;
    for (let scale = 1; ; scale *= 128) {
      const b = message[at++] as number;
      x += (b & 127) * scale;
      if (b < 128) return x;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) fields.push([tag >> 3, varint()]);
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : varint();
      const bytes = message.subarray(at, at + length);
      fields.push([tag >> 3, wire === 1 ? bytes.readDoubleLE() : wire === 5 ? bytes.readFloatLE() : bytes]);
      at += length;
    }
  }
  return fields;
};
const get = (message: Buffer, field: number): number | Buffer | undefined =>
  fieldsOf(message).find(([n]) => n === field)?.[1];

describe('tensorboard', () => {
  const events = (directory: string): readonly Buffer[] =>
    readdirSync(directory)
      .sort()
      .flatMap((name) => recordsOf(readFileSync(join(directory, name))));
  const scalarsOf = (event: Buffer): unknown => {
    const summary = get(event, 5);
    if (!(summary instanceof Buffer)) return null;
    return fieldsOf(summary).map(([, value]) => [String(get(value as Buffer, 1)), get(value as Buffer, 2)]);
  };
  it('writes records with checksums, steps, tags and values', async () => {
    const directory = join(folder, 'events');
    await fit(losing, 0, [3, 0.5, ...Array.from({ length: 300 }, () => 1)], [tensorboard(directory)])();
    const [first, ...rest] = events(directory) as readonly [Buffer, ...Buffer[]];
    expect(String(get(first, 3))).toBe('brain.Event:2');
    expect(rest).toHaveLength(302);
    expect(rest.slice(0, 2).map((e) => [get(e, 2), scalarsOf(e)])).toEqual([
      [1, [['loss', 3]]],
      [2, [['loss', 0.5]]],
    ]);
    expect(get(rest.at(-1) as Buffer, 2)).toBe(302);
  });
  it('gives each of two runs at once a file of its own', async () => {
    const directory = join(folder, 'two');
    await Promise.all([3, 2].map((loss) => fit(losing, 0, [loss], [tensorboard(directory)])()));
    expect(events(directory).flatMap((e) => scalarsOf(e) ?? [])).toEqual(
      expect.arrayContaining([
        ['loss', 3],
        ['loss', 2],
      ]),
    );
    expect(readdirSync(directory)).toHaveLength(2);
  });
  it('takes back what comes after the checkpoint that a run goes on from', async () => {
    const [directory, from] = [join(folder, 'resumed'), join(folder, 'resumedFrom')];
    await fit(losing, 0, [3, 2], [tensorboard(directory), checkpoint(from)])();
    await fit(losing, 0, [3, 2, 1], [tensorboard(directory)], { resume: from })();
    const restart = events(directory).find((e) => get(e, 7) !== undefined) as Buffer;
    expect([get(restart, 2), get(get(restart, 7) as Buffer, 1)]).toEqual([3, 1]);
  });
});

describe('pictures', () => {
  const entries = [1, 2, 3].map((step) => ({ step, numbers: { loss: 1 / step, 'a < b & "c"': NaN } }));
  it('draws a line through the values', () => {
    const svg = lossCurve(entries, { metrics: ['loss'], title: 'MNIST <3', width: 300, height: 200 });
    expect(svg).toMatchSnapshot();
    const points = /points="([^"]*)"/
      .exec(svg)?.[1]
      ?.split(' ')
      .map((p) => p.split(',').map(Number)) as number[][];
    expect(points.map(([x]) => x)).toEqual([64, 174, 284]);
    expect(points[0]?.[1]).toBe(36);
    expect(points[2]?.[1]).toBe(160);
  });
  it('is well-formed for any history that has a number', () => {
    const history = fc.array(
      fc.record({ step: fc.nat(), numbers: fc.dictionary(fc.string(), fc.double(), { maxKeys: 3 }) }),
    );
    fc.assert(
      fc.property(history, fc.boolean(), fc.string(), (entries, log, title) => {
        const drawn = entries
          .flatMap(({ numbers }) => Object.values(numbers))
          .filter((x) => Number.isFinite(log ? Math.log10(x) : x));
        const draw = () => lossCurve(entries, { log, title });
        if (drawn.length === 0) expect(draw).toThrow(/no finite values/);
        else expect(draw()).not.toMatch(/NaN|Infinity|undefined|&(?!amp;|lt;|gt;|quot;)/);
      }),
    );
  });
  /** The pixels of a PNG image, with the checksums of its chunks verified. */
  const pixelsOf = (png: Uint8Array) => {
    const file = Buffer.from(png);
    const chunks = new Map<string, Buffer>();
    expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    for (let at = 8; at < file.length; ) {
      const end = at + 8 + file.readUInt32BE(at);
      expect(file.readUInt32BE(end)).toBe(crc32(file.subarray(at + 4, end)));
      chunks.set(file.toString('latin1', at + 4, at + 8), file.subarray(at + 8, end));
      at = end + 4;
    }
    expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
    const header = chunks.get('IHDR') as Buffer;
    const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
    const rows = inflateSync(chunks.get('IDAT') as Buffer);
    expect(rows.length).toBe(height * (3 * width + 1));
    const at = (x: number, y: number): string =>
      `#${rows.subarray(y * (3 * width + 1) + 1 + 3 * x, y * (3 * width + 1) + 4 + 3 * x).toString('hex')}`;
    return { width, height, at, rows };
  };
  it('draws the same line in the pixels of a PNG image', async () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(values, fc.constantFrom(1, 2), async (losses, scale) => {
        const entries = losses.map((loss, step) => ({ step, numbers: { loss } }));
        const { width, height, at } = pixelsOf(await lossCurvePng(entries, { width: 300, height: 200, scale })());
        expect([width, height]).toEqual([300 * scale, 200 * scale]);
        const svg = lossCurve(entries, { width: 300, height: 200 });
        const points = (/points="([^"]*)"/.exec(svg)?.[1] ?? '').split(' ').map((p) => p.split(',').map(Number));
        expect(points).toHaveLength(losses.length);
        for (const [x, y] of points as [number, number][]) {
          const near = [-1, 0, 1].flatMap((dx) =>
            [-1, 0, 1].map((dy) => at(Math.floor(x * scale) + dx, Math.floor(y * scale) + dy)),
          );
          // The colour of the first line, in full where the line is wider than a pixel.
          if (scale === 2) expect(near).toContain('#0072b2');
          else expect(near.some((c) => c !== '#ffffff' && c !== '#dddddd')).toBe(true);
        }
        expect(at(0, 0)).toBe('#ffffff');
      }),
      { numRuns: 20 },
    );
  });
  it('writes every letter of the title differently, and its names', async () => {
    const drawn = async (title: string) => pixelsOf(await lossCurvePng(entries, { metrics: ['loss'], title })()).rows;
    const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
    const pictures = new Set<string>();
    for (const letter of letters.filter((_, i) => i % 4 === 0)) pictures.add((await drawn(letter)).toString('base64'));
    expect(pictures.size).toBe(24);
    expect(await drawn('é')).toEqual(await drawn('e'));
    expect(await drawn('字')).not.toEqual(await drawn(''));
  }, 60_000);
  it('is no image of no pixels', () => {
    expect(() => lossCurvePng(entries, { metrics: ['loss'], scale: 0 })).toThrow(/0 × 0 pixels/);
    expect(() => lossCurvePng(entries, { metrics: ['loss'], scale: 1e6 })).toThrow(/pixels; give a width/);
    expect(() => lossCurvePng([])).toThrow('lossCurvePng: there are no finite values');
  });
  it('sparklines are as long as the values, or as the width', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.integer({ min: 1, max: 20 }), (values, width) => {
        expect([...sparkline(values, { width })]).toHaveLength(Math.min(values.length, width));
      }),
    );
    expect(sparkline([1, NaN, 1])).toBe('▁ ▁');
  });
});

describe('numbersOf', () => {
  it('names the scalars of a tree, and refuses tensors of several', () => {
    expect(numbersOf(tensor(2))).toEqual({ loss: 2 });
    expect(numbersOf({ a: { b: tensor([1]) }, c: [true, tensor(true)], d: null })).toEqual({ 'a.b': 1, 'c[1]': 1 });
    expect(() => numbersOf({ a: tensor([1, 2]) })).toThrow(/a has shape \[2\]; reduce it/);
  });
  it('is what a history keeps', async () => {
    const kept = history({ every: 2 });
    const run = await fit(losing, 0, [3, 2, 1, 0], [kept])();
    expect(E.isRight(run) && kept.of(run.right)).toEqual([
      { step: 2, numbers: { loss: 2 } },
      { step: 4, numbers: { loss: 0 } },
    ]);
  });
});
