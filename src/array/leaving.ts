// Values on their way out of the array language: arrays, typed arrays, numbers, text.
import { bool, isEncoded } from '../core/dtype';
import { ArgumentError, ConcretizationError } from '../core/errors';
import { type ConcreteArray, onlyElement, Tracer, type Value } from '../core/value';
import { print } from './printing';

/** The elements of a tensor that is no tracer: a copy would lose the derivative or the mapped axis without a word. */
const elements = (x: Value, use: string): ConcreteArray => {
  if (x instanceof Tracer)
    throw new ConcretizationError(
      `${use}: ${print(x)} has no elements of its own while ${x.interpreter.transform} traces the function. ` +
        `Return it from the function and call ${use} on the result.`,
    );
  return x.concrete(use);
};

/** The tensor, when its elements are where they can be read at once. Devices may be read asynchronously only. */
export const read = (x: Value): Promise<Value> => {
  const { storage } = elements(x, 'read()').forced;
  return Promise.resolve(storage.load()).then(() => x);
};

type Nested = number | boolean | Nested[];

/** Nested arrays: a number (a boolean) for a scalar. */
export const toArray = (x: Value): Nested => {
  const { shape, dtype, numbers } = elements(x, 'toArray()');
  const element = (i: number): number | boolean => (dtype === bool ? numbers[i] !== 0 : (numbers[i] as number));
  let next = 0;
  const build = (d: number): Nested => {
    if (d === shape.length) return element(next++);
    const row = new Array<Nested>(shape[d] as number);
    for (let i = 0; i < row.length; i++) row[i] = build(d + 1);
    return row;
  };
  return build(0);
};

/** A copy of the elements, row-major; those of half precision as a Float32Array of the same numbers. */
export const toTypedArray = (x: Value) => {
  const known = elements(x, 'toTypedArray()');
  return isEncoded(known.dtype) ? known.numbers : known.data.slice();
};

/** The only element; also of a tracer under grad and jvp, which compute as they go. */
export const item = (x: Value): number | boolean => {
  const known = x.concrete('item()');
  const element = onlyElement(known);
  return known.dtype === bool ? element !== 0 : element;
};

/** What `x > 0`, `x + 1` and `${x}` see. */
export const toPrimitive = (x: Value, hint: string): string | number => {
  if (hint === 'string') return print(x.concrete('a template or String()'));
  const known = x.concrete(hint === 'number' ? 'a comparison or arithmetic operator' : 'the operator + or ==');
  if (known.size === 1) return onlyElement(known);
  throw new ArgumentError(
    `operators of JavaScript do not work on tensors, here ${known.dtype.name}[${known.shape.join(',')}]. ` +
      'Use add(x, y), mul(x, y), greater(x, y), ...; to look at a value use x.item() or x.toArray().',
  );
};
