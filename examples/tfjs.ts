// The weights of a model that TensorFlow.js saved: model.json says which numbers of the other files are which tensor.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnyTensor, tensor } from 'adjoint';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { type Fault, fault } from './catalogue/source';

const Weight = t.type({
  name: t.string,
  shape: t.readonlyArray(t.number),
  dtype: t.keyof({ float32: null, int32: null }),
});
const Model = t.type(
  {
    weightsManifest: t.readonlyArray(t.type({ paths: t.readonlyArray(t.string), weights: t.readonlyArray(Weight) })),
  },
  'a model of TensorFlow.js',
);

const readBytes = (path: string): TE.TaskEither<Fault, Uint8Array> =>
  TE.tryCatch(
    () => readFile(path),
    (reason) => ({ _tag: 'ReadFailed', message: `could not read ${path}: ${String(reason)}` }),
  );
/** What a codec makes of a JSON file. */
export const readJson = <A>(path: string, codec: t.Type<A, unknown>): TE.TaskEither<Fault, A> =>
  pipe(
    readBytes(path),
    TE.chainEitherKW((bytes) =>
      pipe(
        E.tryCatch(() => JSON.parse(new TextDecoder().decode(bytes)) as unknown, String),
        E.chainW((json) => codec.decode(json)),
        E.orElse(
          (): E.Either<Fault, A> => fault('BadFile', `${path} is not ${codec.name}; delete it and fetch it again.`),
        ),
      ),
    ),
  );

/** The tensors of a model by their names; those of integers are constants of the graph, and left out. */
export const readTfjs = (folder: string): TE.TaskEither<Fault, ReadonlyMap<string, AnyTensor>> =>
  pipe(
    readJson(join(folder, 'model.json'), Model),
    TE.bindTo('model'),
    TE.bind('parts', ({ model }) =>
      TE.traverseArray((path: string) => readBytes(join(folder, path)))(
        model.weightsManifest.flatMap(({ paths }) => paths),
      ),
    ),
    TE.chainEitherKW(({ model, parts }) => {
      const bytes = new Uint8Array(Buffer.concat(parts));
      const found = new Map<string, AnyTensor>();
      let at = 0;
      for (const { name, shape, dtype } of model.weightsManifest.flatMap(({ weights }) => weights)) {
        const size = shape.reduce((a, b) => a * b, 1);
        if (at + 4 * size > bytes.length)
          return fault('BadFile', `${folder}: the numbers end in the middle of ${name}; fetch the files again.`);
        if (dtype === 'float32') {
          const x: AnyTensor = tensor(new Float32Array(bytes.buffer, at, size)).reshape([...shape] as number[]);
          found.set(name, x);
        }
        at += 4 * size;
      }
      return E.right(found);
    }),
  );
