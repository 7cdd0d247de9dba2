import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { add, f64, mul, type Tensor, tensor } from 'adjoint';
import {
  bestCheckpoint,
  checkpoint,
  earlyStopping,
  evaluate,
  fit,
  history,
  type Observer,
  observer,
  progressBar,
  reduceOnPlateau,
  schedule,
  stopOnNaN,
} from 'adjoint/train';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-fit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let directories = 0;
const directory = (): string => join(folder, String(directories++));

const right = async <L extends { readonly message: string }, A>(task: TaskEither<L, A>): Promise<A> => {
  const out = await task();
  if (E.isLeft(out)) throw new Error(out.left.message);
  return out.right;
};
/** Batches that are the losses themselves. */
const losing = (state: number, loss: number) => [state, { loss }] as const;

describe('fit', () => {
  it('is a left fold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer()), async (batches) => {
        const run = await right(fit((s, b: number) => [s * 31 + b, {}], 1, batches));
        expect(run).toEqual({
          state: batches.reduce((s, b) => s * 31 + b, 1),
          step: batches.length,
          stopped: null,
          memories: {},
        });
      }),
    );
  });
  it('takes batches that come one at a time, and asks for no more than it needs', async () => {
    const made: number[] = [];
    let closed = false;
    const slow = async function* () {
      try {
        for (let i = 0; ; i++) {
          made.push(i);
          yield await Promise.resolve(i);
        }
      } finally {
        closed = true;
      }
    };
    const stop = earlyStopping({ metric: 'loss', patience: 2, mode: 'max' });
    const run = await right(fit((s: number, b: number) => [s + b, { loss: Math.min(b, 1) }], 0, slow(), [stop]));
    expect(run.state).toBe(0 + 1 + 2 + 3);
    expect(run.stopped?.reason).toBe('loss has been no better than 1 for 2 values');
    expect(made).toEqual([0, 1, 2, 3]);
    expect(closed).toBe(true);
  });
  it('gives what its batches threw as a Left, and closes its observers', async () => {
    const broken = function* () {
      yield 1;
      throw new Error('the disk is gone');
    };
    let ended = false;
    const closing: Observer<unknown> = {
      name: 'closing',
      begin: () => async () => {
        const watch = {
          memory: () => null,
          see: () => [watch, {}] as const,
          end: () => async () => {
            ended = true;
            return E.right(undefined);
          },
        };
        return E.right(watch);
      },
    };
    const out = await fit(losing, 0, broken(), [closing])();
    expect(E.isLeft(out) && [out.left._tag, out.left.message]).toEqual([
      'BatchesFailed',
      'the next batch could not be had: the disk is gone',
    ]);
    expect(ended).toBe(true);
  });
  it('throws what a step throws, with its observers closed and nothing saved', async () => {
    const from = directory();
    const before = process.listenerCount('SIGINT');
    let during = 0;
    const step = (s: number, b: number) => {
      during = process.listenerCount('SIGINT');
      if (b === 2) throw new TypeError('a mistake');
      return [s + b, { loss: b }] as const;
    };
    await expect(fit(step, 0, [1, 2], [checkpoint(from)])()).rejects.toThrow('a mistake');
    expect([during, process.listenerCount('SIGINT')]).toEqual([before + 1, before]);
    const none = await fit(step, 0, [], [], { resume: from })();
    expect(E.isLeft(none) && none.left._tag).toBe('ReadFailed');
  });
  it('refuses observers of one name, and checkpoints that are none', async () => {
    await expect(fit(losing, 0, [1], [history(), history()])()).rejects.toThrow(/two observers are named "history"/);
    const none = await fit(losing, 0, [1], [], { resume: directory() })();
    expect(E.isLeft(none) && none.left._tag).toBe('ReadFailed');
  });
  it('resumed from any step is the run that was not stopped', async () => {
    const observers = (from: string, every: number) => [
      evaluate<{ w: unknown }>({ every: 3, metrics: () => ({ test: 0.5 }) }),
      history(),
      schedule<State>({ value: (n) => 1 / (n + 1), set: (s, rate) => ({ ...s, rate: tensor(rate, f64) }) }),
      reduceOnPlateau<State>({
        metric: 'loss',
        patience: 2,
        cooldown: 1,
        reduce: (s) => ({ ...s, scale: mul(s.scale, 0.5) }),
      }),
      earlyStopping({ metric: 'loss', patience: 6 }),
      checkpoint(from, { every, write: () => undefined }),
    ];
    const initial = () => ({ w: tensor(0, f64), rate: tensor(0, f64), scale: tensor(1, f64), seen: 0 });
    type State = ReturnType<typeof initial>;
    const step = (s: State, loss: number) =>
      [{ ...s, w: add(s.w, mul(mul(s.rate, s.scale), loss)), seen: s.seen + 1 }, { loss: tensor(loss, f64) }] as const;
    const shown = (run: {
      state: State;
      step: number;
      stopped: unknown;
      memories: Readonly<Record<string, unknown>>;
    }) => [
      run.step,
      run.state.w.item(),
      run.state.scale.item(),
      run.state.seen,
      run.stopped,
      Object.entries(run.memories).filter(([name]) => !name.startsWith('checkpoint')),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double(), { maxLength: 14 }),
        fc.nat(14),
        fc.boolean(),
        async (losses, cut, lazily) => {
          const whole = await right(fit(step, initial(), losses, observers(directory(), 100)));
          const from = directory();
          await right(fit(step, initial(), losses.slice(0, cut), observers(from, 1)));
          const rest = lazily ? (n: number) => losses.slice(n) : losses;
          const resumed = fit(step, initial(), rest, observers(from, 1), { resume: from });
          if (cut < whole.step || whole.stopped === null) expect(shown(await right(resumed))).toEqual(shown(whole));
        },
      ),
      { numRuns: 40 },
    );
  });
  it('does not go on with memories that its observers cannot read', async () => {
    const from = directory();
    const counter = (memory: t.Type<number, unknown>): Observer<unknown> =>
      observer({ name: 'counter', memory, initial: 0, see: (n: number) => [n + 1, {}] });
    await right(fit(losing, 0, [1, 2], [counter(t.number), checkpoint(from)]));
    const strict = new t.Type<number, unknown>(
      'No',
      t.number.is,
      (u, c) => t.failure(u, c),
      (n) => n,
    );
    const out = await fit(losing, 0, [1, 2, 3], [counter(strict)], { resume: from })();
    expect(E.isLeft(out) && out.left).toMatchObject({
      _tag: 'BadMemory',
      message: expect.stringContaining('"counter"'),
    });
  });
});

describe('observers', () => {
  it('see what those before them made of a step', async () => {
    const seen: unknown[] = [];
    const look: Observer<number> = observer<number, unknown, null>({
      name: 'look',
      memory: t.null,
      initial: null,
      see: (m, { state, numbers }) => {
        seen.push([state, numbers()]);
        return [m, {}];
      },
    });
    const double = schedule<number>({ value: () => 2, set: (s, v) => s * v, name: 'double' });
    await right(
      fit(
        (s: number, b: number) => [s + b, b],
        1,
        [1, 2],
        [double, evaluate<number>({ every: 2, metrics: (s) => ({ test: s }) }), look],
      ),
    );
    // 1 is doubled before the first step, and every state after it.
    expect(seen).toEqual([
      [6, { loss: 1 }],
      [16, { loss: 2, test: 16 }],
    ]);
  });
  it('stopOnNaN keeps the last good checkpoint', async () => {
    const from = directory();
    const step = (s: { readonly w: Tensor<[2]> }, x: number) => [{ w: mul(s.w, x) }, { loss: x }] as const;
    const observers = [stopOnNaN(), checkpoint(from, { every: 1 })];
    const run = await right(fit(step, { w: tensor([1, 2]) }, [2, 3, Infinity, 4], observers));
    expect(run.stopped).toEqual({
      by: 'stop on NaN',
      reason: 'loss is Infinity at step 3; not finite in the state: .w (2 of 2)',
      spoiled: true,
    });
    const again = await right(fit(step, { w: tensor([0, 0]) }, [], [], { resume: from }));
    expect([again.step, again.state.w.toArray()]).toEqual([2, [6, 12]]);
  });
  it('bestCheckpoint keeps the best', async () => {
    const from = directory();
    const step = (_: unknown, loss: number) => [{ w: tensor(loss) }, { loss }] as const;
    await right(fit(step, { w: tensor(0) }, [3, NaN, 1, 2], [bestCheckpoint(from, { metric: 'loss' })]));
    const best = await right(fit(step, { w: tensor(0) }, [], [], { resume: from }));
    expect([best.step, best.state.w.item()]).toEqual([3, 1]);
  });
  it('progressBar writes one line over, with rate and time left', async () => {
    let time = 0;
    const written: string[] = [];
    const to = { rewrites: true, columns: 200, write: (text: string) => void written.push(text) };
    const clock = () => {
      time += 50;
      return time;
    };
    const test = evaluate({ every: 2, metrics: () => ({ test: 0.25 }) });
    await right(fit(losing, 0, [3, 2, 1, 0.5], [test, progressBar({ steps: 4, to, clock })]));
    const erasesALine = '\u001b[2K';
    expect(written[0]).not.toContain(erasesALine);
    expect(written.length).toBeGreaterThan(1);
    expect(written.slice(1).every((text) => text.includes(erasesALine))).toBe(true);
    expect(written.at(-1)).toMatch(/step 4\/4 {2}█{20} 100% {2}loss 0\.5000 {2}test 0\.2500 {2}[\d.]+ steps\/s/);
    expect(written[0]).toMatch(/step 1\/4 {2}█████░{15} {2}25% {2}loss 3 {2}.* steps\/s {2}0:00 left/);
  });
});
