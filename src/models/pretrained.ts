// A trained model in a directory as Hugging Face's libraries save it: config.json, model.safetensors, tokenizer.json.
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { type DataError, loadTokenizer, readText, type Tokenizer } from '../data';
import { readSafetensors } from '../io';
import type { Activation } from '../nn';
import { gelu, relu, silu, tanh } from '../untyped';
import type { ModelError } from './error';
import { type Checked, type Weights, weightsOf } from './weights';

/** A loaded model: its parameters are a plain tree for the function that applies them. */
export interface Pretrained<Config, Params> {
  readonly config: Config;
  readonly params: Params;
  readonly tokenizer: Tokenizer;
}

/** By the names of config files. */
export const activations = {
  gelu: (x) => gelu(x, { approximate: false }),
  gelu_new: (x) => gelu(x),
  gelu_pytorch_tanh: (x) => gelu(x),
  relu: (x) => relu(x),
  silu: (x) => silu(x),
  swish: (x) => silu(x),
  tanh: (x) => tanh(x),
} as const satisfies Readonly<Record<string, Activation>>;
export const ActivationName = t.keyof(activations, `one of ${Object.keys(activations).join(', ')}`);
export const Count = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n > 0, 'a positive integer');
export const Positive = t.refinement(t.number, (n) => n > 0 && Number.isFinite(n), 'a positive number');

const readJson = (path: string): TE.TaskEither<DataError, unknown> =>
  pipe(
    readText(path),
    TE.map((text): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    }),
  );

const complaint = ({ context, value }: t.ValidationError): string => {
  const path = context.map(({ key }) => key).filter((key) => key !== '' && !/^\d+$/.test(key));
  const wanted = context[context.length - 1]?.type.name;
  return `${path.join('.')} must be ${wanted}, ${value === undefined ? 'but is missing' : `not ${JSON.stringify(value)}`}`;
};
const badConfig = (message: string): ModelError => ({ _tag: 'BadConfig', message });
const readConfig = <C>(path: string, codec: t.Type<C, unknown>): TE.TaskEither<ModelError, C> =>
  pipe(
    readJson(path),
    TE.chainEitherKW((json) => {
      if (typeof json !== 'object' || json === null || Array.isArray(json))
        return E.left(badConfig(`${path}: it is not a JSON object.`));
      return pipe(
        codec.decode(json),
        E.mapLeft((errors) => badConfig(`${path}: ${[...new Set(errors.map(complaint))].join('; ')}.`)),
      );
    }),
  );

/** As many as are read at a glance. */
const shown = 8;
const badWeights = (path: string, faults: readonly string[]): ModelError => {
  const more = faults.length > shown ? `; and ${faults.length - shown} more` : '';
  const message = `${path}: it does not fit its config.json: ${faults.slice(0, shown).join('; ')}${more}.`;
  return { _tag: 'BadWeights', faults, message };
};

export interface Layout<Config, Params> {
  readonly config: t.Type<Config, unknown>;
  /** What names begin with where the model is inside a larger one. */
  readonly prefix: string;
  /** Tensors that are not parameters: constants that old versions saved. */
  readonly constants: RegExp;
  readonly params: (config: Config, weights: Weights) => Checked<Params>;
}

/** The model in a directory; every tensor has its place, or none is given out. */
export const readPretrained = <Config, Params>(
  directory: string,
  { config, prefix, constants, params }: Layout<Config, Params>,
): TE.TaskEither<ModelError, Pretrained<Config, Params>> => {
  const path = (name: string): string => `${directory.replace(/\/$/, '')}/${name}`;
  return pipe(
    TE.Do,
    TE.apSW('config', readConfig(path('config.json'), config)),
    TE.bindW('tokenizer', () =>
      pipe(
        readJson(path('tokenizer.json')),
        TE.chainW((json) => loadTokenizer(json)),
        TE.mapLeft((e) =>
          e._tag === 'BadTokenizer' ? { ...e, message: `${path('tokenizer.json')}: ${e.message}` } : e,
        ),
      ),
    ),
    TE.bindW('params', ({ config: c }) =>
      pipe(
        readSafetensors(path('model.safetensors'), { only: (name) => !constants.test(name) }),
        TE.chainEitherKW(({ tensors }) => {
          const weights = weightsOf(tensors, prefix);
          const taken = params(c, weights);
          const faults = [...(E.isLeft(taken) ? taken.left : []), ...weights.unused()];
          return E.isRight(taken) && faults.length === 0
            ? taken
            : E.left(badWeights(path('model.safetensors'), faults));
        }),
      ),
    ),
  );
};
