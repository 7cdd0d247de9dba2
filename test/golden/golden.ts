// One line a test: an expression and its value. The expression is its name.
import { type Scalar, type Tensor, tensor } from 'adjoint';
import { expect, it } from 'vitest';

export type S = Scalar;
export type V = Tensor<[3]>;
export type M = Tensor<[2, 3]>;

export const s = (x: number): S => tensor(x);
export const v = (...x: readonly [number, number, number]): V => tensor(x);
/** [[1, 2, 3], [4, 5, 6]] */
export const m: M = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

/** Numbers to six significant digits, tensors as nested lists, trees of them. */
const plain = (x: unknown): unknown => {
  if (typeof x === 'number') return Object.is(x, -0) ? -0 : Number(x.toPrecision(6));
  if (Array.isArray(x)) return x.map(plain);
  if (typeof x !== 'object' || x === null) return x;
  if ('toArray' in x && typeof x.toArray === 'function') return plain(x.toArray());
  return Object.fromEntries(Object.entries(x).map(([k, child]) => [k, plain(child)]));
};

const source = (expression: () => unknown): string =>
  expression
    .toString()
    .replace(/^\(\) => /, '')
    .replace(/\(0,__vite_ssr_import_\d+__\.(\w+)\)/g, '$1')
    .replace(/__vite_ssr_import_\d+__\./g, '')
    .replace(/\s+/g, ' ');

export const is = (expression: () => unknown, value: unknown): void =>
  it(source(expression), () => expect(plain(expression())).toEqual(value));

/** A printed program; the text may be indented. */
export const prints = (expression: () => unknown, text: string): void => {
  const lines = text.split('\n').slice(1);
  const indent = /^ */.exec(lines[0] as string)?.[0].length ?? 0;
  it(source(expression), () => expect(String(expression())).toBe(lines.map((line) => line.slice(indent)).join('\n')));
};
