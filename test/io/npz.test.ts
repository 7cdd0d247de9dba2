import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { tensor } from 'adjoint';
import { decodeNpz, encodeNpy, encodeNpz, readNpz, writeNpz } from 'adjoint/io';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { named as anyNamed, bits } from './trees';

/** Of dtypes that NumPy has. */
const named = anyNamed.filter((tensors) => Object.values(tensors).every((x) => x.dtype.name !== 'bf16'));

/** A zip with one deflated entry, as numpy.savez_compressed writes them. */
const deflated = (name: string, contents: Uint8Array, claimed = contents.length): Uint8Array => {
  const stored = deflateRawSync(contents);
  const record = (signature: number, size: number, shift: number): Buffer => {
    const head = Buffer.alloc(size);
    head.writeUInt32LE(signature, 0);
    head.writeUInt16LE(8, 8 + shift);
    head.writeUInt32LE(crc32(contents), 14 + shift);
    head.writeUInt32LE(stored.length, 18 + shift);
    head.writeUInt32LE(claimed, 22 + shift);
    head.writeUInt16LE(name.length, 26 + shift);
    return Buffer.concat([head, Buffer.from(name)]);
  };
  const local = Buffer.concat([record(0x04034b50, 30, 0), stored]);
  const central = record(0x02014b50, 46, 2);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
};
/** The same archive with every number in the zip64 extension, as archives of 4 GiB and more have them. */
const widened = (name: string, contents: Uint8Array): Buffer => {
  const whole = Buffer.from(deflated(name, contents));
  const end = whole.length - 22;
  const [directory, head] = [whole.readUInt32LE(end + 16), 46 + name.length];
  const central = Buffer.from(whole.subarray(directory, directory + head));
  const extra = Buffer.alloc(8 + 28);
  extra.writeUInt16LE(0x7075, 0);
  extra.writeUInt16LE(4, 2);
  extra.writeUInt16LE(1, 8);
  extra.writeUInt16LE(24, 10);
  extra.writeBigUInt64LE(BigInt(central.readUInt32LE(24)), 12);
  extra.writeBigUInt64LE(BigInt(central.readUInt32LE(20)), 20);
  for (const field of [20, 24, 42]) central.writeUInt32LE(0xffffffff, field);
  central.writeUInt16LE(extra.length, 30);
  const record = Buffer.alloc(56 + 20 + 22);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(1n, 24);
  record.writeBigUInt64LE(1n, 32);
  record.writeBigUInt64LE(BigInt(head + extra.length), 40);
  record.writeBigUInt64LE(BigInt(directory), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(directory + head + extra.length), 64);
  record.writeUInt32LE(0x06054b50, 76);
  record.writeUInt16LE(0xffff, 84);
  record.writeUInt16LE(0xffff, 86);
  record.writeUInt32LE(0xffffffff, 88);
  record.writeUInt32LE(0xffffffff, 92);
  return Buffer.concat([whole.subarray(0, directory), central, extra, record]);
};
const messageOf = async (bytes: Uint8Array): Promise<string> => {
  const out = await decodeNpz(bytes)();
  return E.isLeft(out) ? out.left.message : 'accepted';
};

describe('npz', () => {
  it('gives back what it wrote, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(named, async (arrays) => {
        const back = await decodeNpz(encodeNpz(arrays))();
        expect(E.isRight(back) && bits(back.right)).toEqual(bits(arrays));
      }),
    );
  });
  it('reads compressed entries', async () => {
    const x = tensor(Array.from({ length: 1000 }, (_, i) => i % 7));
    const back = await decodeNpz(deflated('x.npy', encodeNpy(x)))();
    expect(E.isRight(back) && back.right.x?.toArray()).toEqual(x.toArray());
  });
  it('reads the zip64 extension', async () => {
    const x = tensor(Array.from({ length: 1000 }, (_, i) => i % 7));
    const bytes = widened('x.npy', encodeNpy(x));
    const back = await decodeNpz(bytes)();
    expect(E.isRight(back) && back.right.x?.toArray()).toEqual(x.toArray());
    const at = bytes.indexOf('PK\x01\x02', 0, 'latin1') + 46 + 5;
    const without = Buffer.from(bytes);
    without.writeUInt16LE(9, at + 8);
    expect(await messageOf(without)).toMatch(/entry "x.npy" has no whole zip64 extension/);
    const huge = Buffer.from(bytes);
    huge.writeBigUInt64LE(2n ** 40n, at + 20);
    expect(await messageOf(huge)).toMatch(/does not lie where the directory says/);
    const lost = Buffer.from(bytes);
    lost.writeBigUInt64LE(2n ** 60n, lost.length - 34);
    expect(await messageOf(lost)).toMatch(/zip64 end record does not lie where its locator says/);
  });
  it('refuses more arrays than a directory counts', () => {
    const arrays = Object.fromEntries(Array.from({ length: 65535 }, (_, i) => [String(i), tensor(0)]));
    expect(() => encodeNpz(arrays)).toThrow('encodeNpz: 65535 arrays, but a zip holds 65534');
  });
  it('gives an error, or the same arrays, for every change of one byte', async () => {
    const small = encodeNpy(tensor([1, 2]));
    const whole = [
      encodeNpz({ x: tensor([1, 2]), y: tensor([true]) }),
      deflated('x.npy', small),
      widened('x.npy', small),
    ];
    for (const bytes of whole) {
      const expected = await decodeNpz(bytes)();
      for (let at = 0; at < bytes.length; at++)
        for (const flip of [1, 0x80, 0xff]) {
          const changed = Uint8Array.from(bytes, (b, i) => (i === at ? b ^ flip : b));
          const out = await decodeNpz(changed)();
          if (E.isRight(out) && E.isRight(expected)) expect(bits(out.right)).toEqual(bits(expected.right));
        }
      for (let n = 0; n < bytes.length; n++) expect(E.isLeft(await decodeNpz(bytes.subarray(0, n))())).toBe(true);
    }
  });
  it('unpacks no more than was announced, and announces no more than can be packed', async () => {
    const bomb = new Uint8Array(2 ** 20);
    expect(await messageOf(deflated('x.npy', bomb, 1000))).toMatch(/not those that were written/);
    expect(await messageOf(deflated('x.npy', bomb, 2 ** 31))).toMatch(
      /claims 2147483648 bytes from \d+, which its method cannot give/,
    );
    expect(await messageOf(deflated('x.npy', bomb))).toMatch(/entry "x.npy": NPY: the bytes do not start with/);
  });
  it('writes and reads files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'adjoint-npz-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'a.npz');
    expect(await writeNpz(path, { w: tensor([1, 2]) })()).toEqual(E.right(undefined));
    const back = await readNpz(path)();
    expect(E.isRight(back) && back.right.w?.toArray()).toEqual([1, 2]);
  });
});
