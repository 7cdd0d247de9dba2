// What the threads of a run do with each other: they cut loops into shares, and meet at barriers.
import { Code } from './code';
import type { FunctionBody } from './encode';

/** Where the words of a pool lie that its threads meet at, in bytes: a cache line each. */
export const syncWords = { count: 0, generation: 64, failed: 128, spins: 192, beat: 256, bytes: 320 } as const;

/** Loads of a word before a thread goes to sleep: tens of microseconds. */
const spinLimit = 20000;
/** Nanoseconds of sleep after which a thread looks whether another one has failed. */
const patience = 20_000_000;
/** Such sleeps without a sign of life from whoever watches the threads after which the first thread gives up: ten seconds. */
const silence = 500;
/** Rounds of `spinLimit` loads after which a first thread that must not sleep gives up: from half a minute on. */
const mostRounds = 2 ** 20;

/** Iterations of a shared loop go to threads in pieces of this many, where an iteration is one element: whole vectors, and cache lines. */
const grain = 16;

/**
 * Sets `variable` to a thread's first iteration of a loop that starts at 0, and gives the local with its limit. The extent is a number, or puts it on the stack. The first threads have
 * one piece more than the others where the pieces do not divide evenly.
 */
export const shareOf = (
  code: Code,
  extent: number | (() => void),
  isInnermost: boolean,
  variable: number,
  thread: number,
  threads: number,
): number => {
  const size = isInnermost ? grain : 1;
  const end = (): void => {
    if (typeof extent === 'number') code.i32(extent);
    else extent();
  };
  const pieces = (): Code => {
    if (typeof extent === 'number') return code.i32(Math.ceil(extent / size));
    extent();
    return code
      .i32(size - 1)
      .emit('i32.add')
      .i32(size)
      .emit('i32.div_u');
  };
  const [each, more, limit] = [code.local('i32'), code.local('i32'), code.local('i32')];
  pieces().get(threads).emit('i32.div_u').set(each);
  pieces().get(threads).emit('i32.rem_u').set(more);
  const bound = (which: () => void, result: number): void => {
    code.get(each);
    which();
    code.emit('i32.mul');
    which();
    code.get(more);
    which();
    code.get(more).emit('i32.lt_u').emit('select').emit('i32.add');
    code.i32(size).emit('i32.mul').set(result);
    code.get(result);
    end();
    code.get(result);
    end();
    code.emit('i32.lt_u').emit('select').set(result);
  };
  bound(() => code.get(thread), variable);
  bound(() => code.get(thread).i32(1).emit('i32.add'), limit);
  return limit;
};

/**
 * A function of (sync, thread, threads) that returns when all threads have called it. They spin for a while, then sleep. A page's main
 * thread may not sleep, so the first thread spins on where `spins` is set. If a thread has failed the others trap; so does the first one
 * where nobody would tell it so: when `beat` has not changed for too long, or after very many spins.
 */
export const barrierFunction = (): FunctionBody => {
  const code = new Code(['i32', 'i32', 'i32']);
  const [sync, thread, threads] = [0, 1, 2];
  const [generation, spins, beat, silent] = [
    code.local('i32'),
    code.local('i32'),
    code.local('i32'),
    code.local('i32'),
  ];
  const load = (offset: number): Code => code.get(sync).atomic('i32.atomic.load', offset);
  const trapAfter = (limit: number): void => {
    code.get(silent).i32(1).emit('i32.add').tee(silent).i32(limit).emit('i32.ge_u');
    code.choose('none', () => code.emit('unreachable'));
  };
  load(syncWords.generation).set(generation);
  code
    .get(sync)
    .i32(1)
    .atomic('i32.atomic.rmw.add', syncWords.count)
    .i32(1)
    .emit('i32.add')
    .get(threads)
    .emit('i32.eq');
  code.choose('none', () => {
    code.get(sync).i32(0).atomic('i32.atomic.store', syncWords.count);
    code.get(sync).i32(1).atomic('i32.atomic.rmw.add', syncWords.generation).emit('drop');
    code.get(sync).i32(-1).atomic('memory.atomic.notify', syncWords.generation).emit('drop').emit('return');
  });
  code.loop(() => {
    code.i32(spinLimit).set(spins);
    code.loop(() => {
      load(syncWords.generation).get(generation).emit('i32.ne');
      code.choose('none', () => code.emit('return'));
      code.get(spins).i32(1).emit('i32.sub').tee(spins).emit('br_if', 0);
    });
    load(syncWords.failed);
    code.choose('none', () => code.emit('unreachable'));
    code.get(thread).emit('i32.eqz');
    code.choose('none', () => {
      load(syncWords.spins);
      code.choose('none', () => {
        trapAfter(mostRounds);
        code.emit('br', 2);
      });
      load(syncWords.beat).get(beat).emit('i32.eq');
      code.choose(
        'none',
        () => trapAfter(silence),
        () => {
          load(syncWords.beat).set(beat).i32(0).set(silent);
        },
      );
    });
    code.get(sync).get(generation).i64(patience).atomic('memory.atomic.wait32', syncWords.generation).emit('drop');
    code.emit('br', 0);
  });
  return {
    name: 'barrier',
    signature: { parameters: code.parameters, results: [] },
    locals: code.locals,
    code: code.bytes,
  };
};
