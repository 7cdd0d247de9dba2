import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataError, decodeIdx, encodeIdx, type IdxArray, readIdx } from 'adjoint/data';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

const idxArrays: fc.Arbitrary<IdxArray> = shapes.chain((shape): fc.Arbitrary<IdxArray> => {
  const length = shape.reduce((a, b) => a * b, 1);
  const size = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.uint8Array(size).map((data) => ({ dtype: 'uint8' as const, shape, data })),
    fc.int8Array(size).map((data) => ({ dtype: 'int8' as const, shape, data })),
    fc.int16Array(size).map((data) => ({ dtype: 'int16' as const, shape, data })),
    fc.int32Array(size).map((data) => ({ dtype: 'int32' as const, shape, data })),
    fc.float32Array(size).map((data) => ({ dtype: 'float32' as const, shape, data })),
    fc.float64Array(size).map((data) => ({ dtype: 'float64' as const, shape, data })),
  );
});

const leftOf = (result: E.Either<DataError, IdxArray>): DataError =>
  E.match(
    (error: DataError) => error,
    (): DataError => {
      throw new Error('decoded what it should have refused');
    },
  )(result);

describe('IDX', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(idxArrays, (array) => {
        expect(decodeIdx(encodeIdx(array))).toEqual(E.right(array));
      }),
    );
  });

  it('encodes what it decodes, byte for byte', () => {
    fc.assert(
      fc.property(idxArrays, (array) => {
        const bytes = encodeIdx(array);
        expect(E.map(encodeIdx)(decodeIdx(bytes))).toEqual(E.right(bytes));
      }),
    );
  });

  it('reads at any offset of a larger buffer, and copies', () => {
    fc.assert(
      fc.property(idxArrays, fc.nat({ max: 9 }), (array, offset) => {
        const bytes = encodeIdx(array);
        const buffer = new Uint8Array(bytes.length + offset + 3).fill(0xff);
        buffer.set(bytes, offset);
        const decoded = decodeIdx(buffer.subarray(offset, offset + bytes.length));
        buffer.fill(0x55);
        expect(decoded).toEqual(E.right(array));
      }),
    );
  });

  it('refuses every proper prefix and every longer file', () => {
    fc.assert(
      fc.property(idxArrays, fc.uint8Array({ minLength: 1, maxLength: 9 }), (array, tail) => {
        const bytes = encodeIdx(array);
        for (let end = 0; end < bytes.length; end++) expect(E.isLeft(decodeIdx(bytes.subarray(0, end)))).toBe(true);
        expect(E.isLeft(decodeIdx(Uint8Array.from([...bytes, ...tail])))).toBe(true);
      }),
    );
  });

  it('never throws, and accepts only bytes that are the encoding of the result', () => {
    const nearIdx = fc.tuple(
      fc.nat({ max: 1 }),
      fc.nat({ max: 1 }),
      fc.integer({ min: 6, max: 16 }),
      fc.nat({ max: 3 }),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(nearIdx, fc.uint8Array({ maxLength: 32 })).map(([head, tail]) => Uint8Array.from([...head, ...tail])),
    );
    fc.assert(
      fc.property(bytes, (raw) => {
        const decoded = decodeIdx(raw);
        if (E.isRight(decoded)) expect(encodeIdx(decoded.right)).toEqual(raw);
        else expect(decoded.left.message).toMatch(/^IDX: /);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a changed header', () => {
    const images = encodeIdx({ dtype: 'uint8', shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    fc.assert(
      fc.property(fc.nat({ max: 11 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const corrupt = Uint8Array.from(images, (byte, i) => (i === at ? byte ^ flip : byte));
        const decoded = decodeIdx(corrupt);
        // 0x08 and 0x09 differ in one bit and hold as many bytes: the one change that no check can see.
        expect(E.isRight(decoded)).toBe(at === 2 && flip === 1);
      }),
    );
  });

  it('says what was found, what was expected and what to do', () => {
    const image = encodeIdx({ dtype: 'uint8', shape: [2, 3], data: new Uint8Array(6) });
    const messages = {
      empty: leftOf(decodeIdx(Uint8Array.of())).message,
      cutHeader: leftOf(decodeIdx(image.subarray(0, 9))).message,
      cutData: leftOf(decodeIdx(image.subarray(0, 15))).message,
      tooLong: leftOf(decodeIdx(Uint8Array.from([...image, 0]))).message,
      gzip: leftOf(decodeIdx(Uint8Array.of(0x1f, 0x8b, 8, 0, 0))).message,
      png: leftOf(decodeIdx(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d))).message,
      element: leftOf(decodeIdx(Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 0))).message,
      endless: leftOf(decodeIdx(Uint8Array.of(0, 0, 8, 3, ...new Uint8Array(12).fill(0xff)))).message,
    };
    expect(messages).toMatchInlineSnapshot(`
      {
        "cutData": "IDX: uint8 of shape [2, 3] takes 18 bytes with its header, but the file has 15; fetch the file again, it is incomplete.",
        "cutHeader": "IDX: the file ends after 9 bytes, but its header of rank 2 takes 12; fetch the file again, it is incomplete.",
        "element": "IDX: element type 0x07 is none of 0x08 uint8, 0x09 int8, 0x0b int16, 0x0c int32, 0x0d float32, 0x0e float64; the header is corrupt, or the file is not IDX.",
        "empty": "IDX: the file ends after 0 bytes, but its first word takes 4; fetch the file again, it is incomplete.",
        "endless": "IDX: uint8 of shape [4294967295, 4294967295, 4294967295] takes 7.9228162458924105e+28 bytes with its header, but the file has 16; fetch the file again, it is incomplete.",
        "gzip": "IDX: the file starts with 0x1f 0x8b 0x08 0x00, but an IDX file starts with two zero bytes; it is compressed with gzip: decompress it first.",
        "png": "IDX: the file starts with 0x89 0x50 0x4e 0x47, but an IDX file starts with two zero bytes; is it another format?",
        "tooLong": "IDX: uint8 of shape [2, 3] takes 18 bytes with its header, but the file has 19; the header or the end is corrupt.",
      }
    `);
  });

  it('takes a zero dim among huge ones as empty', () => {
    const bytes = Uint8Array.from([0, 0, 8, 255, ...new Uint8Array(254 * 4).fill(0xff), 0, 0, 0, 0]);
    expect(decodeIdx(bytes)).toMatchObject({ _tag: 'Right', right: { data: new Uint8Array(0) } });
  });
});

describe('readIdx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-idx-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a file', async () => {
    const array = { dtype: 'int16', shape: [2, 2], data: Int16Array.of(1, -2, 3, -32768) } as const;
    writeFileSync(join(folder, 'whole'), encodeIdx(array));
    expect(await readIdx(join(folder, 'whole'))()).toEqual(E.right(array));
  });

  it('names the file in every error', async () => {
    const missing = join(folder, 'missing');
    const text = join(folder, 'text');
    writeFileSync(text, 'hello');
    expect(leftOf(await readIdx(missing)())).toMatchObject({ _tag: 'ReadFailed', path: missing });
    expect(leftOf(await readIdx(missing)()).message).toContain(missing);
    expect(leftOf(await readIdx(text)()).message).toMatch(/text: IDX: the file starts with 0x68/);
  });
});
