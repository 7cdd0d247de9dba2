// Streams for sets larger than memory: what is not asked for is not made, and what asks slowly is waited for. Each function takes the
// stream last, for pipe: pipe(readLines(path), stream.map(parse), stream.shuffle(key, 1000), stream.batch(32), stream.prefetch(2)).
import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError } from '../index';
import { foldIn, type Key, randint } from '../random';

/** Items one after another; the next one may have to be waited for. */
export type Stream<A> = AsyncIterable<A> | Iterable<A>;

const positive = (name: string, what: string, n: number): void => {
  if (!Number.isSafeInteger(n) || n < 1)
    throw new ArgumentError(`stream.${name}: ${what} must be a positive integer, got ${n}.`);
};

/**
 * f of every item; f may give a promise.
 *
 * @example
 * await stream.toArray(stream.map((x) => 2 * x)([1, 2])) // => [2, 4]
 */
export const map = function <A, B>(f: (item: A, index: number) => B | Promise<B>) {
  atMost('map', arguments, 1);
  return async function* (items: Stream<A>): AsyncGenerator<B> {
    let index = 0;
    for await (const item of items) yield await f(item, index++);
  };
};

/**
 * The items for which a predicate holds.
 *
 * @example
 * await stream.toArray(stream.filter((x) => x > 1)([1, 2])) // => [2]
 */
export const filter = function <A>(keep: (item: A) => boolean) {
  atMost('filter', arguments, 1);
  return async function* (items: Stream<A>): AsyncGenerator<A> {
    for await (const item of items) if (keep(item)) yield item;
  };
};

/**
 * The items of every item.
 *
 * @example
 * await stream.toArray(stream.flatMap((x) => [x, x])([1, 2])) // => [1, 1, 2, 2]
 */
export const flatMap = function <A, B>(f: (item: A) => Stream<B>) {
  atMost('flatMap', arguments, 1);
  return async function* (items: Stream<A>): AsyncGenerator<B> {
    for await (const item of items) yield* f(item);
  };
};

/**
 * The first items.
 *
 * @example
 * await stream.toArray(stream.take(2)([1, 2, 3])) // => [1, 2]
 */
export const take = function (count: number) {
  atMost('take', arguments, 1);
  return async function* <A>(items: Stream<A>): AsyncGenerator<A> {
    let left = count;
    if (left <= 0) return;
    for await (const item of items) {
      yield item;
      left -= 1;
      if (left <= 0) return;
    }
  };
};

/**
 * All but the first items.
 *
 * @example
 * await stream.toArray(stream.drop(2)([1, 2, 3])) // => [3]
 */
export const drop = function (count: number) {
  atMost('drop', arguments, 1);
  return async function* <A>(items: Stream<A>): AsyncGenerator<A> {
    let index = 0;
    for await (const item of items) if (index++ >= count) yield item;
  };
};

/**
 * Items in groups; the last is what remains, unless dropped.
 *
 * @throws ArgumentError when the size is not positive
 * @example
 * await stream.toArray(stream.batch(2)([1, 2, 3])) // => [[1, 2], [3]]
 */
export const batch = function (size: number, options: { readonly dropRemainder?: boolean } = {}) {
  atMost('batch', arguments, 2);
  const { dropRemainder = false } = knownOptions('batch', options, ['dropRemainder']);
  positive('batch', 'the size', size);
  return async function* <A>(items: Stream<A>): AsyncGenerator<readonly A[]> {
    let group: A[] = [];
    for await (const item of items) {
      group.push(item);
      if (group.length === size) {
        yield group;
        group = [];
      }
    }
    if (group.length > 0 && !dropRemainder) yield group;
  };
};

/** How many random places are drawn at once. */
const drawn = 1024;

/**
 * The items in an order that depends on the key alone: of `size` that are held, one drawn at random is given and the next takes its
 * place. With as many as there are items, a shuffle of all of them.
 *
 * @throws ArgumentError when the size is not positive
 * @example
 * (await stream.toArray(stream.shuffle(key(0), 3)([1, 2, 3, 4]))).sort() // => [1, 2, 3, 4]
 */
export const shuffle = function (key: Key, size: number) {
  atMost('shuffle', arguments, 2);
  positive('shuffle', 'the number of items held', size);
  return async function* <A>(items: Stream<A>): AsyncGenerator<A> {
    const held: A[] = [];
    let places: ArrayLike<number> = [];
    let count = 0;
    /** A place below n. One list of draws serves all n: each is a fraction of 2³⁰. */
    const place = (n: number): number => {
      if (count % drawn === 0) places = randint(foldIn(key, count / drawn), [drawn], 0, 2 ** 30).toTypedArray();
      return Math.floor(((places[count++ % drawn] as number) / 2 ** 30) * n);
    };
    const give = (): A => {
      const at = place(held.length);
      const item = held[at] as A;
      held[at] = held[held.length - 1] as A;
      held.pop();
      return item;
    };
    for await (const item of items) {
      held.push(item);
      if (held.length > size) yield give();
    }
    while (held.length > 0) yield give();
  };
};

/**
 * The same items, up to `count` of them made ahead of time while the one before is in use; never more than that.
 *
 * @throws ArgumentError when the count is not positive
 * @example
 * await stream.toArray(stream.prefetch(2)([1, 2, 3])) // => [1, 2, 3]
 */
export const prefetch = function (count: number) {
  atMost('prefetch', arguments, 1);
  positive('prefetch', 'the number of items', count);
  return async function* <A>(items: Stream<A>): AsyncGenerator<A> {
    const source = (Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()) as
      | AsyncIterator<A>
      | Iterator<A>;
    const waiting: Promise<IteratorResult<A>>[] = [];
    /** One after the other: an iterator need not take a call before it has answered the last. */
    let last: Promise<unknown> = Promise.resolve();
    const ask = (): void => {
      const next = last.then(() => source.next());
      // Whoever takes it from the list sees its failure.
      next.catch(() => undefined);
      last = next;
      waiting.push(next);
    };
    try {
      for (;;) {
        while (waiting.length < count) ask();
        const { done, value } = await (waiting.shift() as Promise<IteratorResult<A>>);
        if (done) return;
        // Asked for before the item is used, so that both happen at once.
        ask();
        yield value;
      }
    } finally {
      await source.return?.();
    }
  };
};

/**
 * All items, when the last one is there.
 *
 * @example
 * await stream.toArray([1, 2]) // => [1, 2]
 */
export const toArray = async function <A>(items: Stream<A>): Promise<readonly A[]> {
  atMost('toArray', arguments, 1);
  const all: A[] = [];
  for await (const item of items) all.push(item);
  return all;
};
