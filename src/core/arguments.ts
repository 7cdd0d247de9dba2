// What functions refuse to be called with: options of a name that they do not know, and arguments too many. Types say so to those
// who have them; nobody else would see that a misspelt option has no effect.
import { showAval } from './aval';
import { ArgumentError } from './errors';
import { Value } from './value';

/** An argument of the wrong kind, as an error message names it. */
export const describe = (x: unknown): string => {
  if (x instanceof Value) return `a tensor ${showAval(x.aval)}`;
  if (x === null || x === undefined) return String(x);
  if (typeof x === 'string') return `the string ${JSON.stringify(x.length > 30 ? `${x.slice(0, 30)}...` : x)}`;
  if (typeof x === 'number' || typeof x === 'boolean') return `the ${typeof x} ${x}`;
  if (typeof x === 'bigint') return `the bigint ${x}n`;
  if (typeof x === 'function') return 'a function';
  if (Array.isArray(x)) return 'an array';
  if (ArrayBuffer.isView(x)) return `a ${x.constructor.name}`;
  if (isThenable(x)) return 'a promise';
  return typeof x === 'symbol' ? 'a symbol' : 'an object';
};

export const isThenable = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && 'then' in x && typeof x.then === 'function';

/** How many insertions, deletions, replacements and swaps of neighbours make one word of the other (Damerau and Levenshtein). */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [before, above] = [rows[i - 2], rows[i - 1] as number[]];
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + same,
        swapped ? ((before as number[])[j - 2] as number) + 1 : Infinity,
      );
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
};

/** The known word that an unknown one is a misspelling of, if there is one. */
const nearest = (word: string, known: readonly string[]): string | undefined => {
  const away = (k: string): number => distance(word.toLowerCase(), k.toLowerCase());
  const [best] = [...known].sort((a, b) => away(a) - away(b));
  return best !== undefined && away(best) <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined;
};

const listed = (known: readonly string[]): string =>
  known.length === 1 ? `The only option is ${known[0]}.` : `The options are ${known.join(', ')}.`;

/**
 * The options that a function was given, by name; undefined where there are none. `advice` is for those who give something else.
 *
 * @throws ArgumentError where they are no object, or one of them is unknown
 */
export const knownOptions = <O>(name: string, options: O, known: readonly string[], advice = ''): O => {
  if (options === undefined) return options;
  if (typeof options !== 'object' || options === null || describe(options) !== 'an object')
    throw new ArgumentError(
      `${name}: options are given by name, as in { ${known[0]}: ... }, got ${describe(options)}. ${listed(known)}${advice}`,
    );
  for (const key of Object.keys(options))
    if (!known.includes(key)) {
      const meant = nearest(key, known);
      throw new ArgumentError(
        `${name}: there is no option '${key}'${meant === undefined ? '.' : `; did you mean '${meant}'?`} ${listed(known)}`,
      );
    }
  return options;
};

/** Whether these are the arguments that map, forEach, reduce and their like give: an element, its index and the array behind the others. */
const fromIteration = (args: ArrayLike<unknown>, most: number): boolean => {
  const [element, index, array] = [args[most - 1], args[most], args[most + 1]];
  return args.length === most + 2 && Array.isArray(array) && array[index as number] === element;
};

/**
 * Refuses arguments that a function does not take, but for those that `xs.map(f)` and `xs.reduce(f)` add. Small, so that engines put it
 * into the functions that call it and need not make an object of their arguments.
 *
 * @throws ArgumentError where there are more than `most`
 */
export const atMost = (name: string, args: ArrayLike<unknown>, most: number): void => {
  if (args.length > most) refuseMore(name, args, most);
};
const refuseMore = (name: string, args: ArrayLike<unknown>, most: number): void => {
  if (fromIteration(args, most)) return;
  throw new ArgumentError(
    `${name}: expected at most ${most} argument${most === 1 ? '' : 's'}, got ${args.length}; argument ${most + 1} is ${describe(args[most])}.`,
  );
};
