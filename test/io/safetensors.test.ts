import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor, zeros } from 'adjoint';
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from 'adjoint/io';
import { initLinear } from 'adjoint/nn';
import { key } from 'adjoint/random';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { bits, named } from './trees';

/** A file with this header, padded or not, and these bytes after it. */
const file = (header: unknown, body: ArrayBuffer | Uint8Array = new Uint8Array()): Uint8Array => {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), new Uint8Array(body)]);
};
const one = (dtype: string, shape: readonly number[], body: ArrayBuffer) =>
  file({ x: { dtype, shape, data_offsets: [0, body.byteLength] } }, body);
const read = (bytes: Uint8Array): unknown => {
  const out = decodeSafetensors(bytes);
  return E.isLeft(out) ? out.left.message : Object.values(out.right.tensors).map((x) => [x.dtype.name, x.toArray()])[0];
};

describe('safetensors', () => {
  it('gives back what it wrote, bit for bit', () => {
    fc.assert(
      fc.property(named, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), (tensors, metadata) => {
        const back = decodeSafetensors(encodeSafetensors(tensors, metadata));
        expect(E.isRight(back) && bits(back.right.tensors)).toEqual(bits(tensors));
        expect(E.isRight(back) && Object.entries(back.right.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });
  it('takes the parameters of a layer, an interface, as they are', () => {
    const layer = initLinear(key(1), { inputs: 3, outputs: 2 });
    const back = decodeSafetensors(encodeSafetensors(layer));
    expect(E.isRight(back) && bits(back.right.tensors)).toEqual(bits({ b: layer.b, w: layer.w }));
  });
  it('gives an error for every truncation and every longer file', () => {
    const bytes = encodeSafetensors({ w: tensor([[1, 2]]), b: tensor([true]) });
    for (let n = 0; n < bytes.length; n++) expect(E.isLeft(decodeSafetensors(bytes.subarray(0, n)))).toBe(true);
    expect(E.isLeft(decodeSafetensors(Uint8Array.from([...bytes, 0])))).toBe(true);
  });
  it('keeps narrow dtypes, and widens floats of 8 bits exactly', () => {
    expect(read(one('F16', [4], Uint16Array.of(0x3c00, 0x0001, 0xfbff, 0x7e00).buffer))).toEqual([
      'f16',
      [1, 2 ** -24, -65504, NaN],
    ]);
    expect(read(one('F8_E5M2', [4], Uint8Array.of(0x3c, 0x01, 0x7c, 0xfb).buffer))).toEqual([
      'f32',
      [1, 2 ** -16, Infinity, -57344],
    ]);
    expect(read(one('F8_E4M3', [4], Uint8Array.of(0x38, 0x01, 0x7e, 0xff).buffer))).toEqual([
      'f32',
      [1, 2 ** -9, 448, NaN],
    ]);
    expect(read(one('I8', [2], Int8Array.of(-128, 127).buffer))).toEqual(['i8', [-128, 127]]);
    expect(read(one('U16', [2], Uint16Array.of(0, 65535).buffer))).toEqual(['u16', [0, 65535]]);
  });
  it('reads every bfloat16 as the upper half of a float', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const floats = new Float32Array(Uint32Array.from(all, (code) => code * 65536).buffer);
    const out = decodeSafetensors(one('BF16', [65536], all.buffer));
    expect(E.isRight(out) && out.right.tensors.x?.toTypedArray()).toEqual(floats);
  });
  it('takes 64-bit integers that fit', () => {
    expect(read(one('I64', [2], BigInt64Array.of(-1n, 7n).buffer))).toEqual(['i32', [-1, 7]]);
    expect(read(one('U64', [], BigUint64Array.of(4294967295n).buffer))).toEqual(['u32', 4294967295]);
    expect(read(one('I64', [2], BigInt64Array.of(0n, -(2n ** 40n)).buffer))).toBe(
      'safetensors: tensor "x": element 1 is -1099511627776, which i32 does not hold; save it as a float or in fewer bits.',
    );
  });
  it('says what is wrong', () => {
    const entry = (shape: readonly number[], data_offsets: readonly number[]) => ({
      dtype: 'F32',
      shape,
      data_offsets,
    });
    const messages = {
      short: read(Uint8Array.of(1, 2, 3)),
      longHeader: read(Uint8Array.from([200, 0, 0, 0, 0, 0, 0, 0, 123, 125])),
      hugeHeader: read(new Uint8Array(16).fill(255)),
      notJson: read(file('{"x": ')),
      notUtf8: read(Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 255])),
      noShape: read(file({ x: { dtype: 'F32', data_offsets: [0, 0] } })),
      unknown: read(file({ x: { dtype: 'C64', shape: [0], data_offsets: [0, 0] } })),
      wrongSize: read(file({ x: entry([2, 3], [0, 20]) }, new Uint8Array(20))),
      hole: read(file({ x: entry([1], [0, 4]), y: entry([1], [8, 12]) }, new Uint8Array(12))),
      overlap: read(file({ x: entry([2], [0, 8]), y: entry([1], [4, 8]) }, new Uint8Array(8))),
      tail: read(file({ x: entry([1], [0, 4]) }, new Uint8Array(5))),
      endless: read(file({ x: entry([2 ** 50, 2 ** 50], [0, 4]) }, new Uint8Array(4))),
      bool: read(one('BOOL', [3], Uint8Array.of(0, 1, 2).buffer)),
      metadata: read(file({ __metadata__: { a: 1 } })),
    };
    expect(messages).toMatchSnapshot();
  });
  it('takes no name for another', () => {
    const bytes = encodeSafetensors({ ['__proto__']: tensor([1]), constructor: tensor([2]), '': tensor([3]) });
    const out = decodeSafetensors(bytes);
    expect(E.isRight(out) && Object.keys(out.right.tensors).sort()).toEqual(['', '__proto__', 'constructor']);
    expect(() => encodeSafetensors({ __metadata__: tensor(1) })).toThrow(/__metadata__/);
  });
});

describe('files of safetensors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-safetensors-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'model.safetensors');

  it('hold the bytes of encodeSafetensors, and leave no other file', async () => {
    const tensors = { w: tensor([[1, 2]]), b: tensor([true]) };
    expect(await writeSafetensors(path, tensors, { by: 'test' })()).toEqual(E.right(undefined));
    expect(new Uint8Array(readFileSync(path))).toEqual(encodeSafetensors(tensors, { by: 'test' }));
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    const back = await readSafetensors(path)();
    expect(E.isRight(back) && bits(back.right.tensors)).toEqual(bits(tensors));
    const part = await readSafetensors(path, { only: (name) => name === 'b' })();
    expect(E.isRight(part) && Object.keys(part.right.tensors)).toEqual(['b']);
  });
  it('are named in errors', async () => {
    const torn = join(folder, 'torn');
    writeFileSync(torn, readFileSync(path).subarray(0, 90));
    const out = await readSafetensors(torn)();
    expect(E.isLeft(out) && out.left.message).toMatch(/torn: safetensors: .* incomplete/);
    const none = await readSafetensors(join(folder, 'none'))();
    expect(E.isLeft(none) && none.left._tag).toBe('ReadFailed');
    const directory = await readSafetensors(folder)();
    expect(E.isLeft(directory) && directory.left._tag).toBe('ReadFailed');
  });
  it('are the old ones when writing fails', async () => {
    const before = readFileSync(path);
    await expect(writeSafetensors(path, { a: zeros([1000]), __metadata__: tensor(1) })()).rejects.toThrow(
      /__metadata__/,
    );
    const nowhere = await writeSafetensors(join(folder, 'none', 'x'), { w: tensor(1) })();
    expect(E.isLeft(nowhere) && nowhere.left._tag).toBe('WriteFailed');
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['model.safetensors', 'torn']);
  });
});
