// Files, and ways to damage them: what every reader must survive.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type AnyTensor, bool, f64, i32, tensor, tree } from 'adjoint';
import { decodeIdx, encodeIdx } from 'adjoint/data';
import {
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  loadCheckpoint,
  saveCheckpoint,
} from 'adjoint/io';
import * as E from 'fp-ts/lib/Either.js';
import { bits } from './trees';

/** Numbers in [0, n), the same for the same seed (Mulberry32). */
export type Draw = (n: number) => number;
export const drawFrom = (seed: number): Draw => {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * n);
  };
};

type Damage = (bytes: Buffer, draw: Draw) => Buffer;
const at = (bytes: Buffer, draw: Draw): number => draw(Math.max(1, bytes.length));
const changed = (bytes: Buffer, change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
};
const extremes = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const words = [
  '-1',
  '1e999',
  '9007199254740993',
  '99999999999',
  'null',
  '{}',
  '[]',
  '"',
  '\\u0000',
  '__proto__',
  'F64',
  'BF16',
  '<f8',
  '0',
];

export const damages: Readonly<Record<string, Damage>> = {
  'a bit flipped': (bytes, draw) =>
    changed(bytes, (copy) => {
      const i = at(bytes, draw);
      if (i < copy.length) copy[i] = (copy[i] as number) ^ (1 << draw(8));
    }),
  'bytes set': (bytes, draw) =>
    changed(bytes, (copy) => {
      for (let n = 1 + draw(8); n > 0 && copy.length > 0; n--) copy[at(copy, draw)] = draw(256);
    }),
  truncated: (bytes, draw) => bytes.subarray(0, at(bytes, draw)),
  lengthened: (bytes, draw) =>
    Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + draw(64) }, () => draw(256)))]),
  'a piece cut out': (bytes, draw) => {
    const from = at(bytes, draw);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + draw(16))]);
  },
  'a piece repeated': (bytes, draw) => {
    const from = at(bytes, draw);
    const piece = bytes.subarray(from, from + 1 + draw(64));
    const to = at(bytes, draw);
    return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
  },
  'an extreme number': (bytes, draw) =>
    changed(bytes, (copy) => {
      const number = Buffer.alloc(8);
      number.writeUInt32LE(extremes[draw(extremes.length)] as number);
      if (draw(2) === 1) number.writeUInt32LE(extremes[draw(extremes.length)] as number, 4);
      number.copy(copy, draw(2) === 0 ? at(copy, draw) : draw(16), 0, 1 << draw(4));
    }),
  'a word in its text': (bytes, draw) => {
    const digits = [...bytes.keys()].filter(
      (i) => i < 2000 && (bytes[i] as number) >= 0x30 && (bytes[i] as number) <= 0x39,
    );
    const from = draw(2) === 0 && digits.length > 0 ? (digits[draw(digits.length)] as number) : at(bytes, draw);
    return Buffer.concat([
      bytes.subarray(0, from),
      Buffer.from(words[draw(words.length)] as string),
      bytes.subarray(from + draw(2)),
    ]);
  },
  zeroed: (bytes, draw) =>
    changed(bytes, (copy) => {
      const from = at(copy, draw);
      copy.subarray(from, from + 1 + draw(512)).fill(0);
    }),
};

/** A format: a file, and a judgement of what its reader makes of a damaged one: why it is wrong, or null. */
export interface Format {
  readonly file: (draw: Draw) => Buffer;
  readonly judge: (damaged: Buffer, whole: Buffer) => Promise<string | null> | string | null;
}

const someTensor = (draw: Draw): AnyTensor => {
  const shape = Array.from({ length: draw(3) }, () => 1 + draw(3));
  const size = shape.reduce((n, d) => n * d, 1);
  const numbers = Array.from({ length: size }, () => draw(1000) - 500);
  const dtype = [undefined, f64, i32, bool][draw(4)];
  return (
    dtype === undefined ? tensor(numbers) : tensor(dtype === bool ? numbers.map((n) => n & 1) : numbers, dtype)
  ).reshape(shape);
};
const someTensors = (draw: Draw): Readonly<Record<string, AnyTensor>> =>
  Object.fromEntries(Array.from({ length: 1 + draw(3) }, (_, i) => [`layer${i}.w`, someTensor(draw)]));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
/** A file cannot hold more elements than bytes. */
const isBounded = (tensors: Readonly<Record<string, AnyTensor>>, file: Buffer): boolean =>
  Object.values(tensors).reduce((n, x) => n + x.size, 0) <= file.length;
const hasMessage = (e: { readonly message: string }): string | null =>
  e.message.length > 20 ? null : `no message: ${e.message}`;

/** Formats without checksums cannot see that an element changed: what they accept must be a whole file of its own. */
export const formats: Readonly<Record<string, Format>> = {
  safetensors: {
    file: (draw) => Buffer.from(encodeSafetensors(someTensors(draw), { step: String(draw(100)) })),
    judge: (damaged) => {
      const out = decodeSafetensors(damaged);
      if (E.isLeft(out)) return hasMessage(out.left);
      const again = decodeSafetensors(encodeSafetensors(out.right.tensors, out.right.metadata));
      if (E.isLeft(again) || !same(bits(again.right.tensors), bits(out.right.tensors)))
        return 'it is read, but not what it says';
      return isBounded(out.right.tensors, damaged) ? null : 'it gives more than it holds';
    },
  },
  npy: {
    file: (draw) => Buffer.from(encodeNpy(someTensor(draw))),
    judge: (damaged) => {
      const out = decodeNpy(damaged);
      if (E.isLeft(out)) return hasMessage(out.left);
      const again = decodeNpy(encodeNpy(out.right));
      if (E.isLeft(again) || !same(bits({ x: again.right }), bits({ x: out.right })))
        return 'it is read, but not what it says';
      return isBounded({ x: out.right }, damaged) ? null : 'it gives more than it holds';
    },
  },
  idx: {
    file: (draw) => {
      const rows = 1 + draw(4);
      return Buffer.from(
        encodeIdx({ dtype: 'int16', shape: [rows, 2], data: new Int16Array(2 * rows).fill(draw(99)) }),
      );
    },
    judge: (damaged) => {
      const out = decodeIdx(damaged);
      return E.isLeft(out)
        ? hasMessage(out.left)
        : Buffer.from(encodeIdx(out.right)).equals(damaged)
          ? null
          : 'it is read, but not what it says';
    },
  },
  npz: {
    file: (draw) => {
      const bytes = Buffer.from(encodeNpz(someTensors(draw)));
      return draw(2) === 0 ? bytes : repacked(bytes);
    },
    judge: async (damaged, whole) => {
      const out = await decodeNpz(damaged)();
      if (E.isLeft(out)) return hasMessage(out.left);
      const expected = await decodeNpz(whole)();
      return E.isRight(expected) && same(bits(out.right), bits(expected.right))
        ? null
        : 'it is read, but its arrays are others';
    },
  },
};

/** The first entry of an archive alone, deflated, with its records changed to say so. */
const repacked = (archive: Buffer): Buffer => {
  const nameLength = archive.readUInt16LE(26);
  const size = archive.readUInt32LE(22);
  const start = 30 + nameLength;
  const stored = deflateRawSync(archive.subarray(start, start + size));
  const record = (from: number, length: number, shift: number): Buffer =>
    changed(archive.subarray(from, from + length), (copy) => {
      copy.writeUInt16LE(8, 8 + shift);
      copy.writeUInt32LE(stored.length, 18 + shift);
      if (shift > 0) copy.writeUInt32LE(0, 42);
    });
  const end = archive.subarray(archive.length - 22);
  const local = Buffer.concat([record(0, start, 0), stored]);
  const central = record(end.readUInt32LE(16), 46 + nameLength, 2);
  return Buffer.concat([
    local,
    central,
    changed(end, (copy) => {
      copy.writeUInt16LE(1, 8);
      copy.writeUInt16LE(1, 10);
      copy.writeUInt32LE(central.length, 12);
      copy.writeUInt32LE(local.length, 16);
    }),
  ]);
};

/** Damages files of a format and gives what went wrong, with what is needed to see it again. */
export const fuzzFormat = async (name: string, count: number, seed: number): Promise<readonly string[]> => {
  const format = formats[name] as Format;
  const kinds = Object.keys(damages);
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const draw = drawFrom(seed + i);
    const whole = format.file(draw);
    let damaged: Buffer = whole;
    const done: string[] = [];
    for (let n = 1 + draw(2); n > 0; n--) {
      const kind = kinds[draw(kinds.length)] as string;
      damaged = (damages[kind] as Damage)(damaged, draw);
      done.push(kind);
    }
    const fail = (what: string): unknown => wrong.push(`${name}, seed ${seed + i} (${done.join(', ')}): ${what}`);
    try {
      const verdict = await format.judge(damaged, whole);
      if (verdict !== null) fail(verdict);
    } catch (error) {
      fail(`it throws ${error}`);
    }
  }
  return wrong;
};

/** The same for checkpoints: damages one of the two files on disk; it must be refused, or give what was saved. */
export const fuzzCheckpoint = async (count: number, seed: number): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-fuzz-'));
  const state = {
    params: [
      {
        w: tensor([
          [1, 2],
          [3, 4],
        ]),
        b: tensor([5, 6], f64),
      },
    ],
    on: tensor([true]),
    name: 'mlp',
    epoch: 3,
  };
  const like = {
    params: [
      {
        w: tensor([
          [0, 0],
          [0, 0],
        ]),
        b: tensor([0, 0], f64),
      },
    ],
    on: tensor([false]),
    name: '',
    epoch: 0,
  };
  const metadata = { step: 17, losses: [0.5, 0.25] };
  const show = (s: typeof state, m: unknown): string =>
    JSON.stringify([bits(Object.fromEntries(tree.leaves(s).map((x, i) => [String(i), x]))), s.name, s.epoch, m]);
  const expected = show(state, metadata);
  const kinds = Object.keys(damages);
  const wrong: string[] = [];
  try {
    mkdirSync(join(folder, 'whole'));
    await saveCheckpoint(join(folder, 'whole'), state, metadata)();
    const files = readdirSync(join(folder, 'whole')).sort();
    const wholes = files.map((name) => readFileSync(join(folder, 'whole', name)));
    const target = join(folder, 'damaged');
    mkdirSync(target);
    for (const [i, name] of files.entries()) writeFileSync(join(target, name), wholes[i] as Buffer);
    for (let i = 0; i < count; i++) {
      const draw = drawFrom(seed + i);
      const which = draw(files.length);
      const kind = kinds[draw(kinds.length)] as string;
      const path = join(target, files[which] as string);
      writeFileSync(path, (damages[kind] as Damage)(wholes[which] as Buffer, draw));
      const fail = (what: string): unknown =>
        wrong.push(`checkpoint, seed ${seed + i} (${files[which]}: ${kind}): ${what}`);
      try {
        const out = await loadCheckpoint(target, like)();
        if (E.isRight(out) && show(out.right.tree, out.right.metadata) !== expected)
          fail('it is read, but not what was saved');
        if (E.isLeft(out) && hasMessage(out.left) !== null) fail('it has no message');
      } catch (error) {
        fail(`it throws ${error}`);
      }
      writeFileSync(path, wholes[which] as Buffer);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return wrong;
};
