// How tensors look in a console: shape, dtype and a grid of values, shortened when it is large.
import { showAval, sizeOf, stridesOf } from '../core/aval';
import { bool, type DType, isFloat, rounder } from '../core/dtype';
import { ConcreteArray, Tracer, type Value } from '../core/value';

/** More elements than this are shortened to the first and last of every axis. */
const threshold = 1000;
const edge = 3;
const digits = 6;

/** The shortest number that reads back as the same, or six digits of it. */
const showNumber = (x: number, dtype: DType): string => {
  if (dtype === bool) return x ? 'true' : 'false';
  if (!isFloat(dtype) || !Number.isFinite(x)) return String(x);
  if (Object.is(x, -0)) return '-0';
  const round = rounder(dtype);
  const same = (text: string): boolean => round(Number(text)) === x;
  for (let p = 1; p < digits; p++) if (same(x.toPrecision(p))) return String(Number(x.toPrecision(p)));
  return String(Number(x.toPrecision(digits)));
};

/** The places of an axis that are shown; -1 stands for those left out. */
const shownPlaces = (n: number, shorten: boolean): number[] =>
  !shorten || n <= 2 * edge
    ? Array.from({ length: n }, (_, i) => i)
    : [...Array.from({ length: edge }, (_, i) => i), -1, ...Array.from({ length: edge }, (_, i) => n - edge + i)];

const grid = ({ shape, dtype, numbers }: ConcreteArray): string => {
  const strides = stridesOf(shape);
  const shorten = sizeOf(shape) > threshold;
  const cell = (offset: number): string => showNumber(numbers[offset] as number, dtype);
  const cells: string[] = [];
  const collect = (d: number, offset: number): void => {
    if (d === shape.length) cells.push(cell(offset));
    else
      for (const i of shownPlaces(shape[d] as number, shorten))
        if (i >= 0) collect(d + 1, offset + i * (strides[d] as number));
  };
  if (sizeOf(shape) > 0) collect(0, 0);
  const width = cells.reduce((w, text) => Math.max(w, text.length), 0);
  const show = (d: number, offset: number): string => {
    if (d === shape.length) return cell(offset).padStart(shape.length === 0 ? 0 : width);
    const last = d === shape.length - 1;
    const parts = shownPlaces(shape[d] as number, shorten).map((i) =>
      i < 0 ? '...' : show(d + 1, offset + i * (strides[d] as number)),
    );
    return `[${parts.join(last ? ', ' : `,${'\n'.repeat(shape.length - 1 - d)}${' '.repeat(d + 1)}`)}]`;
  };
  return show(0, 0);
};

/**
 * `f32[3] [1, 2, 3]`; a matrix starts on a line of its own. A value that is being traced shows what is known of it:
 * `Tracer<f32[3]> of grad`.
 */
export const print = (x: Value): string => {
  if (x instanceof ConcreteArray) return `${showAval(x.aval)}${x.ndim > 1 ? '\n' : ' '}${grid(x)}`;
  return x instanceof Tracer
    ? `Tracer<${showAval(x.aval)}> of ${x.interpreter.transform}`
    : `Value<${showAval(x.aval)}>`;
};
