// Arithmetic of source text: a formula becomes straight-line JavaScript, one constant a step, with the bits of the numbers.
import type { Arithmetic, Precision } from './arithmetic';

const literal = (x: number): string =>
  Object.is(x, -0) ? '(-0)' : x === Infinity ? 'Infinity' : x < 0 ? `(${x})` : String(x);

/** The lines of a formula, and the name of its result. Lines see F for Math.fround, and h for `fields`, `externals`, `copySign`. */
export const sourceOf = (
  precision: Precision,
  formula: (a: Arithmetic<string, string>) => string,
): { readonly lines: readonly string[]; readonly result: string } => {
  const lines: string[] = [];
  const step = (code: string): string => {
    const name = `t${lines.length}`;
    lines.push(`const ${name} = ${code};`);
    return name;
  };
  const rounded = (code: string): string => step(precision === 'f32' ? `F(${code})` : code);
  const field =
    (name: 'pow2' | 'exponent' | 'mantissa') =>
    (x: string): string =>
      step(`h.fields.${precision}.${name}(${x})`);
  const round = precision === 'f32' ? Math.fround : (x: number) => x;
  const result = formula({
    precision,
    constant: (x) => literal(round(x)),
    add: (x, y) => rounded(`${x} + ${y}`),
    sub: (x, y) => rounded(`${x} - ${y}`),
    mul: (x, y) => rounded(`${x} * ${y}`),
    div: (x, y) => rounded(`${x} / ${y}`),
    max: (x, y) => step(`Math.max(${x}, ${y})`),
    min: (x, y) => step(`Math.min(${x}, ${y})`),
    neg: (x) => step(`-${x}`),
    abs: (x) => step(`Math.abs(${x})`),
    sqrt: (x) => rounded(`Math.sqrt(${x})`),
    floor: (x) => step(`Math.floor(${x})`),
    eq: (x, y) => step(`${x} === ${y}`),
    lt: (x, y) => step(`${x} < ${y}`),
    le: (x, y) => step(`${x} <= ${y}`),
    and: (x, y) => step(`${x} && ${y}`),
    or: (x, y) => step(`${x} || ${y}`),
    select: (condition, yes, no) => step(`${condition} ? ${yes} : ${no}`),
    rarely: (condition, name, x, otherwise) => {
      const external = `h.externals.${name}(${x})`;
      return step(`${condition} ? ${precision === 'f32' ? `F(${external})` : external} : ${otherwise}`);
    },
    copySign: (x, y) => step(`h.copySign(${x}, ${y})`),
    pow2: field('pow2'),
    exponent: field('exponent'),
    mantissa: field('mantissa'),
  });
  return { lines, result };
};
