// The training loop of the examples: `fit` with a bar, a history, a curve and a checkpoint.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jit, type Scalar, valueAndGrad } from 'adjoint';
import { applyUpdates, type GradientTransformation, opaque, type StateKind } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { checkpoint, fit, history, lossCurve, type Observer, progressBar, stopOnNaN, take } from 'adjoint/train';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Context } from './example';
import { type Fault, fault } from './source';

export interface TrainOptions<State, Metrics> {
  /** What is trained: the name of its folder. */
  readonly name: string;
  readonly steps: number;
  readonly observers?: readonly Observer<State, Metrics, State>[];
}

/**
 * Folds the step over as many batches as there are steps, and gives the state at the end. The batches are those from a step on, so that
 * a run that was interrupted goes on with `--resume`. Its numbers, curve and checkpoint are in a folder of its name.
 */
export const train =
  <State, Batch, Metrics>(
    context: Pick<Context, 'directory' | 'resume' | 'log'>,
    step: (state: State, batch: Batch) => readonly [State, Metrics],
    initial: State,
    batches: (from: number) => Iterable<Batch>,
    { name, steps, observers = [] }: TrainOptions<State, Metrics>,
  ): TE.TaskEither<Fault, State> =>
  async () => {
    const directory = join(context.directory, name);
    const numbers = history({ every: Math.max(1, Math.floor(steps / 200)) });
    const all = [
      ...observers,
      progressBar({ steps }),
      numbers,
      stopOnNaN(),
      checkpoint(directory, { every: 1000, goOn: 'the same command with --resume' }),
    ];
    const resume = context.resume ? directory : undefined;
    context.log(`${name}: ${steps} steps`);
    const from = (done: number): Iterable<Batch> => take(batches(done), steps - done);
    const run = await fit(step, initial, from, all, { resume })();
    if (E.isLeft(run)) {
      const { _tag, message } = run.left;
      const hint = context.resume ? ` To begin anew, leave --resume out.` : '';
      return fault(_tag, `${name}: ${message}${hint}`);
    }
    const { stopped, state } = run.right;
    if (stopped !== null) return fault('Stopped', `${name} was stopped: ${stopped.reason}.`);
    const entries = numbers.of(run.right);
    if (entries.length > 0) await writeFile(join(directory, 'curve.svg'), lossCurve(entries, { title: name }));
    return E.right(state);
  };

export interface Task<P, Batch, K extends StateKind> {
  /** What is trained: the name of its folder. */
  readonly name: string;
  readonly steps: number;
  readonly params: P;
  readonly loss: (params: P, batch: Batch, key: random.Key) => Scalar;
  readonly optimiser: GradientTransformation<K>;
  readonly batches: (from: number) => Iterable<Batch>;
  /** What the keys of the loss, another one in every step, are split from. */
  readonly key?: random.Key;
}

/** Parameters that make a loss small, by its gradients: `train` with the step that most examples take. */
export const learn = <P, Batch, K extends StateKind>(
  context: Pick<Context, 'directory' | 'resume' | 'log'>,
  { name, steps, params, loss, optimiser: transformation, batches, key = random.key(0) }: Task<P, Batch, K>,
): TE.TaskEither<Fault, P> => {
  const optimiser = opaque(transformation);
  const initial = { params, optimiser: optimiser.init(params), key };
  const step = jit(
    (s: typeof initial, batch: Batch) => {
      const [now, next] = random.split(s.key);
      const [l, gradients] = valueAndGrad(loss)(s.params, batch, now);
      const [updates, state] = optimiser.update(gradients, s.optimiser, s.params);
      return [{ params: applyUpdates(s.params, updates), optimiser: state, key: next }, { loss: l }] as const;
    },
    { donate: 0 },
  );
  return pipe(
    train(context, step, initial, batches, { name, steps }),
    TE.map((end) => end.params),
  );
};
