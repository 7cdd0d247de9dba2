// Metrics as numbers with names.
import { atMost } from '../core/arguments';
import { ArgumentError, tree } from '../index';
import type { Numbers } from './run';

const isNumbers = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

/**
 * The scalars and numbers in a tree of metrics, by path without the first dot; a tree that is one number is called loss.
 *
 * @throws ArgumentError when a metric is a tensor of several elements
 * @example
 * numbersOf({ loss: 0.5, test: { accuracy: 1 } }) // => { loss: 0.5, 'test.accuracy': 1 }
 */
export const numbersOf = function (metrics: unknown): Numbers {
  atMost('numbersOf', arguments, 1);
  const found: [string, number][] = [];
  const visit = (x: unknown, path: string): void => {
    const name = path === '' ? 'loss' : path.replace(/^\./, '');
    const [leaf] = tree.leaves(x);
    if (typeof x === 'number') found.push([name, x]);
    else if (leaf === x && leaf !== undefined) {
      if (leaf.size !== 1)
        throw new ArgumentError(
          `metrics: ${name} has shape [${leaf.shape.join(', ')}]; reduce it to one number, with mean(x) or sum(x).`,
        );
      found.push([name, Number(leaf.item())]);
    } else if (Array.isArray(x)) for (const [i, y] of x.entries()) visit(y, `${path}[${i}]`);
    else if (isNumbers(x)) for (const key of Object.keys(x)) visit(x[key], `${path}.${key}`);
  };
  visit(metrics, '');
  return Object.fromEntries(found);
};
