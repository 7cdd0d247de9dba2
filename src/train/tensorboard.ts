// Event files of TensorBoard: records of TFRecord (length, its checksum, bytes, their checksum), each an Event in protocol buffers
// (tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).

import * as E from 'fp-ts/lib/Either.js';
import { atMost, knownOptions } from '../core/arguments';
import { newId } from '../io/temporary';
import { encodeText } from '../io/text';
import { writing } from './csv';
import { fileSystem, paths, processId, secondsSince1970 } from './platform';
import type { Numbers, Observer, Watch } from './run';

/** CRC-32C (Castagnoli), reflected. */
const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
  return c;
});
const maskedChecksum = (bytes: ArrayLike<number>): number => {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = (table[(c ^ (bytes[i] as number)) & 255] as number) ^ (c >>> 8);
  c = (c ^ 0xffffffff) >>> 0;
  return (((c >>> 15) | (c << 17)) + 0xa282ead8) >>> 0;
};

type Bytes = readonly number[];
const little = (bytes: number, set: (view: DataView) => void): Bytes => {
  const view = new DataView(new ArrayBuffer(bytes));
  set(view);
  return [...new Uint8Array(view.buffer)];
};
const u32 = (x: number): Bytes => little(4, (view) => view.setUint32(0, x, true));
const utf8 = (text: string): Bytes => [...encodeText(text)];

/** Fields of protocol buffers, by their wire types. */
const varint = (x: number): Bytes => (x < 128 ? [x] : [(x % 128) | 128, ...varint(Math.floor(x / 128))]);
const integer = (field: number, x: number): Bytes => [...varint(field * 8), ...varint(x)];
const double = (field: number, x: number): Bytes => [
  ...varint(field * 8 + 1),
  ...little(8, (view) => view.setFloat64(0, x, true)),
];
const float = (field: number, x: number): Bytes => [
  ...varint(field * 8 + 5),
  ...little(4, (view) => view.setFloat32(0, x, true)),
];
const delimited = (field: number, bytes: Bytes): Bytes => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];

const record = (event: Bytes): Bytes => {
  const length = little(8, (view) => view.setUint32(0, event.length, true));
  return [...length, ...u32(maskedChecksum(length)), ...event, ...u32(maskedChecksum(event))];
};

const version = (time: number): Bytes => record([...double(1, time), ...delimited(3, utf8('brain.Event:2'))]);
/** Tells the reader to forget what an interrupted run wrote from this step on. */
const restart = (time: number, step: number): Bytes =>
  record([...double(1, time), ...integer(2, step), ...delimited(7, integer(1, 1))]);
const scalars = (time: number, step: number, numbers: Numbers): Bytes =>
  record([
    ...double(1, time),
    ...integer(2, step),
    ...delimited(
      5,
      Object.entries(numbers).flatMap(([name, x]) => delimited(1, [...delimited(1, utf8(name)), ...float(2, x)])),
    ),
  ]);

/**
 * Writes the numbers of every step, or every so many, as scalars that TensorBoard shows (`tensorboard --logdir directory`).
 *
 * @example
 * tensorboard('runs/mnist', { every: 10 }).name // => 'tensorboard runs/mnist'
 */
export const tensorboard = function (directory: string, options: { readonly every?: number } = {}): Observer<unknown> {
  atMost('tensorboard', arguments, 2);
  const { every = 1 } = knownOptions('tensorboard', options, ['every']);
  return {
    name: `tensorboard ${directory}`,
    begin: (run) => async () => {
      const { join } = await paths();
      const began = secondsSince1970();
      const name = `events.out.tfevents.${Math.floor(began)}.adjoint.${processId()}.${run.step}.${await newId()}`;
      const path = join(directory, name);
      const append = async (bytes: Bytes) =>
        E.right(await (await fileSystem()).appendFile(path, Uint8Array.from(bytes)));
      const watch: Watch<unknown, unknown> = {
        memory: () => null,
        see: ({ step, numbers }) => {
          const shown = step % every === 0 ? numbers() : {};
          if (Object.keys(shown).length === 0) return [watch, {}];
          return [watch, { effect: () => () => writing(path, () => append(scalars(secondsSince1970(), step, shown))) }];
        },
        end: () => async () => E.right(undefined),
      };
      const opened = await writing(path, async () => {
        await (await fileSystem()).mkdir(directory, { recursive: true });
        return append([...version(began), ...(run.step === 0 ? [] : restart(began, run.step + 1))]);
      });
      return E.isLeft(opened) ? opened : E.right(watch);
    },
  };
};
