// Tensors by the names that PyTorch's modules give them, as the layers of adjoint/nn.
import { sequenceS } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as A from 'fp-ts/lib/ReadonlyArray.js';
import { type AnyTensor, bf16, f16, f32, type Tensor } from '../index';
import type { Embedding, Linear, Norm } from '../nn';
import { astype, matrixTranspose } from '../untyped';

/** What was asked for, or all that is wrong with it. */
export type Checked<T> = E.Either<readonly string[], T>;
const validation = E.getApplicativeValidation(A.getSemigroup<string>());
/** A record of what was checked, with the faults of all its fields. */
export const all = sequenceS(validation);
/** A list of what was checked, with the faults of all its elements. */
export const each = <T>(items: readonly Checked<T>[]): Checked<readonly T[]> => A.sequence(validation)(items);

export type Dense = Linear<number, number, Tensor<[number]>>;
export interface Weights {
  readonly has: (name: string) => boolean;
  readonly at: (name: string, shape: readonly number[]) => Checked<AnyTensor>;
  readonly norm: (name: string, features: number) => Checked<Norm<number>>;
  readonly embedding: (name: string, symbols: number, features: number) => Checked<Embedding<number, number>>;
  /** torch.nn.Linear, whose weights are [outputs, inputs]. */
  readonly linear: (name: string, inputs: number, outputs: number) => Checked<Dense>;
  /** The faults of tensors that nothing asked for. */
  readonly unused: () => readonly string[];
}

/** Names may begin with a prefix: the model inside a larger one. */
export const weightsOf = (tensors: Readonly<Record<string, AnyTensor>>, prefix: string): Weights => {
  const asked = new Set<string>();
  const found = (name: string): string | undefined =>
    [prefix + name, name].find((candidate) => Object.hasOwn(tensors, candidate));
  const has = (name: string): boolean => found(name) !== undefined;
  const at: Weights['at'] = (name, shape) => {
    const full = found(name);
    const x = full === undefined ? undefined : tensors[full];
    if (full === undefined || x === undefined) return E.left([`${name} [${shape.join(', ')}] is missing`]);
    asked.add(full);
    if (x.shape.join() !== shape.join())
      return E.left([`${full} is [${x.shape.join(', ')}], not [${shape.join(', ')}]`]);
    const isHalf = x.dtype === f16 || x.dtype === bf16;
    if (x.dtype !== f32 && !isHalf) return E.left([`${full} is of ${x.dtype.name}, not f32, f16 or bf16`]);
    return E.right(isHalf ? astype(x, f32) : x);
  };
  // Checkpoints that began in TensorFlow have its names.
  const either = (name: string, old: string): string => (has(old) ? old : name);
  return {
    has,
    at,
    norm: (name, features) =>
      all({
        scale: at(either(`${name}.weight`, `${name}.gamma`), [features]),
        shift: at(either(`${name}.bias`, `${name}.beta`), [features]),
      }),
    embedding: (name, symbols, features) => all({ table: at(`${name}.weight`, [symbols, features]) }),
    linear: (name, inputs, outputs) =>
      all({
        w: pipe(
          at(`${name}.weight`, [outputs, inputs]),
          E.map((w): AnyTensor => matrixTranspose(w)),
        ),
        b: at(`${name}.bias`, [outputs]),
      }),
    unused: () =>
      Object.keys(tensors)
        .filter((name) => !asked.has(name))
        .map((name) => `${name} has no place in the model`),
  };
};
