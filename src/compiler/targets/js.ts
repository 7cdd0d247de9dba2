// Loop IR as JavaScript over typed arrays. Every f32 operation is rounded with Math.fround, which V8 compiles to single precision.
import { type DTypeName, holds, recordOf } from '../../core/dtype';
import type { Expr, ScalarOp } from '../../core/lowering';
import { type Precision, ruler } from '../../numerics/arithmetic';
import { binaryFormulas, formulas } from '../../numerics/formulas';
import { extentName, type Fold, type LoopFunction, type Product, type Statement } from '../loop';

const number = (x: number): string => (Object.is(x, -0) ? '(-0)' : x < 0 ? `(${x})` : String(x));
/** A value of a dtype: floats of 16 bits are their bits. */
const literal = (x: number, dtype: DTypeName): string => number(recordOf(dtype).encoding?.encode(x) ?? x);

/** How the double that JavaScript computes is brought to each dtype. */
const roundings: Readonly<Record<DTypeName, (code: string) => string>> = {
  f16: (code) => `m.encode.f16(${code})`,
  bf16: (code) => `m.encode.bf16(${code})`,
  f32: (code) => `F(${code})`,
  f64: (code) => `(${code})`,
  i8: (code) => `((${code}) << 24 >> 24)`,
  u8: (code) => `((${code}) & 255)`,
  i16: (code) => `((${code}) << 16 >> 16)`,
  u16: (code) => `((${code}) & 65535)`,
  i32: (code) => `(${code} | 0)`,
  // >>> binds more tightly than & ^ |.
  u32: (code) => `((${code}) >>> 0)`,
  bool: (code) => `(${code})`,
};
const rounded = (code: string, dtype: DTypeName): string => roundings[dtype](code);
const isFloat = (dtype: DTypeName): boolean => recordOf(dtype).kind === 'float';
const isHalf = (dtype: DTypeName): boolean => recordOf(dtype).encoding !== null;

const comparisons: Partial<Record<ScalarOp, string>> = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' };
/** Functions of one number that JavaScript has under the same meaning. */
const native = new Set<ScalarOp>(['abs', 'sign', 'floor', 'ceil', 'sqrt']);
/** Functions of which JavaScript's own differ from machine to machine. */
const isFormula = (op: ScalarOp): boolean => op in formulas || op in binaryFormulas;

/** An expression as a truth value of JavaScript. */
const condition = (e: Expr): string => {
  if (e.op === 'const') return e.value ? 'true' : 'false';
  if (!('args' in e)) return `${code(e)} !== 0`;
  const sign = comparisons[e.op];
  const [a, b] = e.args as readonly [Expr, Expr];
  if (sign) return `${code(a)} ${sign} ${code(b)}`;
  if (e.op === 'and' && e.dtype === 'bool') return `(${condition(a)} && ${condition(b)})`;
  if (e.op === 'or' && e.dtype === 'bool') return `(${condition(a)} || ${condition(b)})`;
  if (e.op === 'not' && e.dtype === 'bool') return `!(${condition(a)})`;
  if (e.op === 'isFinite') return `Number.isFinite(${code(a)})`;
  return `${code(e)} !== 0`;
};

const conversion = (x: Expr, to: DTypeName): string => {
  const from = x.dtype;
  if (from === to) return code(x);
  const value = isHalf(from) ? `m.decode.${from}(${code(x)})` : code(x);
  if (to === 'bool') return `(${value} !== 0 ? 1 : 0)`;
  if (!isHalf(to) && holds(recordOf(from), recordOf(to)) && (isFloat(to) || from === 'bool')) return value;
  return isFloat(from) && !isFloat(to) ? `m.convert.${to}(${value})` : rounded(value, to);
};

/** A shift by a known number of bits is one instruction; others must not be taken modulo 32. */
const shift = (
  op: 'shiftLeft' | 'shiftRightLogical' | 'shiftRightArithmetic',
  a: Expr,
  b: Expr,
  dtype: DTypeName,
): string => {
  const sign = { shiftLeft: '<<', shiftRightLogical: '>>>', shiftRightArithmetic: '>>' }[op];
  if (b.op === 'const' && b.value >= 0 && b.value < 32) return rounded(`${code(a)} ${sign} ${b.value}`, dtype);
  return rounded(`m.${op}(${code(a)}, ${code(b)})`, dtype);
};

const code = (e: Expr): string => {
  switch (e.op) {
    case 'const':
      return literal(e.value, e.dtype);
    case 'index':
    case 'local':
      return e.name;
    case 'load':
      return `p${e.buffer}[${code(e.at)}]`;
  }
  const { op, dtype } = e;
  const [a, b, c] = e.args as readonly [Expr, Expr, Expr];
  switch (op) {
    case 'add':
      return rounded(`${code(a)} + ${code(b)}`, dtype);
    case 'sub':
      return rounded(`${code(a)} - ${code(b)}`, dtype);
    case 'mul':
      return isFloat(dtype)
        ? rounded(`${code(a)} * ${code(b)}`, dtype)
        : dtype === 'u32'
          ? `(Math.imul(${code(a)}, ${code(b)}) >>> 0)`
          : `Math.imul(${code(a)}, ${code(b)})`;
    case 'div':
      return rounded(isFloat(dtype) ? `${code(a)} / ${code(b)}` : `m.integerQuotient(${code(a)}, ${code(b)})`, dtype);
    case 'rem':
      return rounded(isFloat(dtype) ? `${code(a)} % ${code(b)}` : `m.integerRemainder(${code(a)}, ${code(b)})`, dtype);
    case 'pow':
      return isFloat(dtype)
        ? `m.${dtype}.pow(${code(a)}, ${code(b)})`
        : rounded(`m.integerPower(${code(a)}, ${code(b)})`, dtype);
    case 'max':
      return `Math.max(${code(a)}, ${code(b)})`;
    case 'min':
      return `Math.min(${code(a)}, ${code(b)})`;
    case 'and':
      return rounded(`${code(a)} & ${code(b)}`, dtype);
    case 'or':
      return rounded(`${code(a)} | ${code(b)}`, dtype);
    case 'xor':
      return rounded(`${code(a)} ^ ${code(b)}`, dtype);
    case 'not':
      return dtype === 'bool' ? `(1 - ${code(a)})` : rounded(`~${code(a)}`, dtype);
    case 'shiftLeft':
    case 'shiftRightLogical':
    case 'shiftRightArithmetic':
      return shift(op, a, b, dtype);
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
    case 'isFinite':
      return `(${condition(e)} ? 1 : 0)`;
    case 'neg':
      return isFloat(dtype) ? `(-${code(a)})` : rounded(`-${code(a)}`, dtype);
    case 'round':
      return `m.roundHalfEven(${code(a)})`;
    case 'pow2':
      return `m.fields.${dtype}.pow2(${code(a)} - ${ruler[dtype as Precision]})`;
    case 'exponent':
    case 'mantissa':
      return `m.fields.${dtype}.${op}(${code(a)})`;
    case 'copySign':
      return `m.copySign(${code(a)}, ${code(b)})`;
    case 'sinOfHuge':
    case 'cosOfHuge':
    case 'tanOfHuge':
      return rounded(`m.externals.${op}(${code(a)})`, dtype);
    case 'select':
    case 'guard':
    case 'rarely':
      return `(${condition(a)} ? ${code(b)} : ${code(c)})`;
    case 'convert':
      return conversion(a, dtype);
    case 'bitcast':
      return recordOf(dtype).bytes < 4
        ? rounded(code(a), isHalf(dtype) ? 'u16' : dtype)
        : `m.bitcast.${a.dtype}.${dtype}(${code(a)})`;
    case 'idiv':
      return `((${code(a)} / ${code(b)}) | 0)`;
    case 'imod':
      return `(${code(a)} % ${code(b)})`;
    default:
      if (isFormula(op)) return `m.${dtype}.${op}(${e.args.map(code).join(', ')})`;
      if (native.has(op)) return rounded(`Math.${op}(${code(a)})`, dtype);
      throw new TypeError(`internal: no JavaScript for ${op}`);
  }
};

/** The lanes are variables, and the body is written once for each. */
const fold = (s: Fold, indent: string): string => {
  const lanes = Array.from({ length: s.lanes }, (_, l) => `${s.name}_${l}`);
  const whole = s.length - (s.length % s.lanes);
  const combined = (a: string, b: Expr): string =>
    code({ op: s.combine, dtype: s.dtype, args: [{ op: 'local', dtype: s.dtype, name: a }, b] });
  const step = (lane: string, at: string, deep: string): string =>
    [
      `${deep}{`,
      `${deep}  const ${s.variable} = ${at};`,
      ...s.lets.map((x) => statement(x, `${deep}  `)),
      `${deep}  ${lane} = ${combined(lane, s.value)};`,
      `${deep}}`,
    ].join('\n');
  const base = `${s.name}_at`;
  const halves = [s.lanes / 2, s.lanes / 4, s.lanes / 8].filter((width) => width >= 1);
  return [
    ...lanes.map((lane) => `${indent}let ${lane} = ${number(s.identity)};`),
    ...(whole > 0
      ? [
          `${indent}for (let ${base} = ${code(s.start)}, end = ${base} + ${whole}; ${base} < end; ${base} += ${s.lanes}) {`,
          ...lanes.map((lane, l) => step(lane, `${base} + ${l}`, `${indent}  `)),
          `${indent}}`,
        ]
      : []),
    ...lanes.slice(0, s.length - whole).map((lane, l) => step(lane, `${code(s.start)} + ${whole + l}`, indent)),
    ...halves.flatMap((width) =>
      lanes
        .slice(0, width)
        .map(
          (lane, l) =>
            `${indent}${lane} = ${combined(lane, { op: 'local', dtype: s.dtype, name: lanes[l + width] as string })};`,
        ),
    ),
    `${indent}const ${s.name} = ${lanes[0]};`,
  ].join('\n');
};

/** A tile, one result after the other. */
const product = (
  { dtype, rows, columns, depth, left, right, target, from, accumulate }: Product,
  indent: string,
): string => {
  const local = (name: string): Expr => ({ op: 'local', dtype, name });
  const term: Expr = { op: 'mul', dtype, args: [local('x'), local('y')] };
  const place = `p${target.array}[${code(target.at)} + a * ${target.rowStep} + b * ${target.columnStep}]`;
  return [
    `${indent}for (let a = 0; a < ${rows}; a++) for (let b = 0; b < ${columns}; b++) {`,
    `${indent}  let sum = ${from === undefined ? 0 : `p${from.array}[${code(from.at)} + b]`};`,
    `${indent}  for (let k = 0; k < ${depth}; k++) {`,
    `${indent}    const x = p${left.array}[${code(left.at)} + a * ${left.rowStep} + k * ${left.termStep}];`,
    `${indent}    const y = p${right.array}[${code(right.at)} + k * ${right.termStep} + b * ${right.columnStep}];`,
    `${indent}    sum = ${code({ op: 'add', dtype, args: [local('sum'), term] })};`,
    `${indent}  }`,
    `${indent}  ${place} = ${accumulate ? code({ op: 'add', dtype, args: [local(place), local('sum')] }) : 'sum'};`,
    `${indent}}`,
  ].join('\n');
};

const statement = (s: Statement, indent: string): string => {
  const block = (body: readonly Statement[]): string => body.map((b) => statement(b, `${indent}  `)).join('\n');
  switch (s.kind) {
    case 'for':
      return `${indent}for (let ${s.name} = ${code(s.from)}; ${s.name} < ${code(s.to)}; ${s.name} += ${s.step}) {\n${block(s.body)}\n${indent}}`;
    case 'while':
      return `${indent}while (${condition(s.condition)}) {\n${block(s.body)}\n${indent}}`;
    case 'let':
      return `${indent}const ${s.name} = ${code(s.value)};`;
    case 'var':
      return `${indent}let ${s.name} = ${code(s.value)};`;
    case 'set':
      return `${indent}${s.name} = ${code(s.value)};`;
    case 'fold':
      return fold(s, indent);
    case 'product':
      return product(s, indent);
    case 'store':
      return `${indent}p${s.array}[${code(s.at)}] = ${code(s.value)};`;
  }
};

/**
 * The source of a kernel: the body of a function of `m`, the functions JavaScript lacks, that returns the kernel. Scratch arrays are
 * made once, with the kernel.
 */
export const renderJs = ({ arrays, scratch, takesExtent, body }: LoopFunction): string => {
  const made = scratch.map(
    ({ dtype, size }, i) => `const p${arrays.length + i} = new ${recordOf(dtype).storage.name}(${size});`,
  );
  const parameters = [...arrays.map((_, i) => `p${i}`), ...(takesExtent ? [extentName] : [])].join(', ');
  return [
    "'use strict';",
    'const F = Math.fround;',
    ...made,
    `return (${parameters}) => {`,
    ...body.map((s) => statement(s, '  ')),
    '};',
  ].join('\n');
};
