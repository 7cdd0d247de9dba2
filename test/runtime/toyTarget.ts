// A target in one file: programs as text that computes with addresses in one memory, on a device that is read asynchronously.
import type { LoopFunction, Statement } from '../../src/compiler/loop';
import { type Instruction, mainOf, type Procedure, type Program, type Region } from '../../src/compiler/program/ir';
import { jsTraits } from '../../src/compiler/targets/jsTraits';
import type { Data, DType, DTypeName } from '../../src/core/dtype';
import type { Expr } from '../../src/core/lowering';
import { type ConcreteArray, concreteArray } from '../../src/core/value';
import { ruler } from '../../src/numerics/arithmetic';
import { machine } from '../../src/runtime/machine';
import { loadOn } from '../../src/runtime/onDevice';
import type { Device, Target } from '../../src/runtime/target';

/** Brings what JavaScript computes to the dtype. The toy has the dtypes that others are computed in. */
const rounded: Partial<Record<DTypeName, (code: string) => string>> = {
  f32: (code) => `Math.fround(${code})`,
  f64: (code) => `(${code})`,
  i32: (code) => `((${code}) | 0)`,
  u32: (code) => `((${code}) >>> 0)`,
  bool: (code) => `(${code})`,
};
const isFloat = (dtype: DTypeName): boolean => dtype === 'f32' || dtype === 'f64';
const infix: Readonly<Record<string, string>> = { add: '+', sub: '-', and: '&', or: '|', xor: '^' };
const comparisons: Readonly<Record<string, string>> = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' };
const native = new Set('max min abs sign floor ceil sqrt'.split(' '));
const choices = new Set('select guard rarely'.split(' '));
type Operation = (dtype: DTypeName, a: string, b: string, from: DTypeName) => string;
/** Operations that are not the same for all dtypes; the others are functions of the host, rounded. */
const operations: Readonly<Record<string, Operation>> = {
  mul: (d, a, b) => (isFloat(d) ? `${a} * ${b}` : `Math.imul(${a}, ${b})`),
  div: (d, a, b) => (isFloat(d) ? `${a} / ${b}` : `h.integerQuotient(${a}, ${b})`),
  rem: (d, a, b) => (isFloat(d) ? `${a} % ${b}` : `h.integerRemainder(${a}, ${b})`),
  pow: (_, a, b) => `h.integerPower(${a}, ${b})`,
  not: (d, a) => (d === 'bool' ? `1 - ${a}` : `~${a}`),
  neg: (_, a) => `-${a}`,
  round: (_, a) => `h.roundHalfEven(${a})`,
  isFinite: (_, a) => `Number.isFinite(${a}) ? 1 : 0`,
  convert: (d, a, _, from) => (d === 'bool' || (isFloat(from) && !isFloat(d)) ? `h.convert.${d}(${a})` : a),
  bitcast: (d, a, _, from) => `h.bitcast.${from}.${d}(${a})`,
  pow2: (d, a) => `h.fields.${d}.pow2(${a} - ${ruler[d as 'f32' | 'f64']})`,
  exponent: (d, a) => `h.fields.${d}.exponent(${a})`,
  mantissa: (d, a) => `h.fields.${d}.mantissa(${a})`,
  ...Object.fromEntries(['sin', 'cos', 'tan'].map((f) => [`${f}OfHuge`, (_: unknown, a: string) => `Math.${f}(${a})`])),
  idiv: (_, a, b) => `Math.trunc(${a} / ${b})`,
  imod: (_, a, b) => `${a} % ${b}`,
};

const expr = (e: Expr): string => {
  if (e.op === 'const') return Object.is(e.value, -0) ? '(-0)' : `(${e.value})`;
  if (e.op === 'index' || e.op === 'local') return e.name;
  if (e.op === 'load') return `m.${e.dtype}[a${e.buffer} + ${expr(e.at)}]`;
  const { op, dtype } = e;
  const operands = e.args.map(expr);
  const [a = '', b = '', c = ''] = operands;
  if (choices.has(op)) return `(${a} !== 0 ? ${b} : ${c})`;
  if (comparisons[op] !== undefined) return `(${a} ${comparisons[op]} ${b} ? 1 : 0)`;
  const own = operations[op]?.(dtype, a, b, (e.args[0] as Expr).dtype);
  const call = native.has(op) ? `Math.${op}(${operands.join()})` : `h.${op}(${operands.join()})`;
  return rounded[dtype]?.(own ?? (infix[op] === undefined ? call : `${a} ${infix[op]} ${b}`)) ?? '';
};

const block = (body: readonly Statement[]): string => body.map(statement).join('\n');
const statement = (s: Statement): string => {
  switch (s.kind) {
    case 'for':
      return `for (let ${s.name} = ${expr(s.from)}; ${s.name} < ${expr(s.to)}; ${s.name} += ${s.step}) {\n${block(s.body)}\n}`;
    case 'while':
      return `while (${expr(s.condition)} !== 0) {\n${block(s.body)}\n}`;
    case 'let':
      return `const ${s.name} = ${expr(s.value)};`;
    case 'var':
      return `let ${s.name} = ${expr(s.value)};`;
    case 'set':
      return `${s.name} = ${expr(s.value)};`;
    case 'store':
      return `m.${s.value.dtype}[a${s.array} + ${expr(s.at)}] = ${expr(s.value)};`;
    case 'fold': {
      const lane = (at: string): Expr => ({ op: 'local', dtype: s.dtype, name: `${s.name}s[${at}]` });
      const join = (to: string, e: Expr): string =>
        `${s.name}s[${to}] = ${expr({ op: s.combine, dtype: s.dtype, args: [lane(to), e] })};`;
      return [
        `const ${s.name}s = new Array(${s.lanes}).fill(${Object.is(s.identity, -0) ? '-0' : s.identity});`,
        `for (let t = 0; t < ${s.length}; t++) {\nconst ${s.variable} = ${expr(s.start)} + t;\n${block(s.lets)}\n${join(`t % ${s.lanes}`, s.value)}\n}`,
        `for (let w = ${s.lanes} / 2; w >= 1; w /= 2) for (let l = 0; l < w; l++) ${join('l', lane('l + w'))}`,
        `const ${s.name} = ${s.name}s[0];`,
      ].join('\n');
    }
    case 'product':
      throw new TypeError('the traits have no tiles');
  }
};
const kernel = ({ arrays, scratch, body, takesExtent }: LoopFunction): string => {
  const names = [...arrays.map((_, i) => `a${i}`), ...(takesExtent ? ['extent'] : [])];
  const made = scratch.map(({ dtype, size }, i) => `const a${arrays.length + i} = take('${dtype}', ${size});`);
  return `(() => {\n${made.join('\n')}\nreturn (${names.join(', ')}) => {\n${block(body)}\n};\n})()`;
};

/** A region is the number of its first element. */
const name = ({ id }: Region): string => `r${id}`;
const instruction = (i: Instruction, hosts: { count: number }): string => {
  const all = (body: readonly Instruction[]): string => body.map((x) => instruction(x, hosts)).join('\n');
  switch (i.op) {
    case 'allocate':
      return `const ${name(i.region)} = (arena + ${i.offset}) / ${i.region.dtype.bytes};`;
    case 'constant':
      return `m.${i.region.dtype.name}.fill(${Object.is(i.value, -0) ? '-0' : i.value}, ${name(i.region)}, ${name(i.region)} + ${i.region.size});`;
    case 'kernel':
      return `kernels[${i.kernel}](${[...i.regions.map(name), ...(i.extent === undefined ? [] : [i.extent])].join(', ')});`;
    case 'call':
      return `procedures[${i.procedure}](arena + ${i.arena}, ${i.regions.map(name).join(', ')});`;
    case 'loop':
    case 'while': {
      const starts = i.carries.map((c) => `let ${name(c.current)} = ${name(c.from)};`);
      const cursors = i.op === 'while' ? [] : i.cursors;
      return [
        ...starts,
        `for (let n = 0; n < ${i.op === 'loop' ? i.count : Infinity}; n++) {`,
        ...i.carries.map((c) => `const ${name(c.next)} = n % 2 === 0 ? ${c.buffers.map(name).join(' : ')};`),
        ...cursors.map((c) => `const ${name(c.region)} = ${name(c.of)} + ${c.start} + n * ${c.step};`),
        i.op === 'loop' ? '' : `${all(i.condition)}\nif (m.bool[${name(i.flag)}] === 0) break;`,
        all(i.body),
        ...i.carries.map((c) => `${name(c.current)} = ${name(c.next)};`),
        '}',
      ].join('\n');
    }
    case 'branch':
      return `switch (Math.max(0, Math.min(${i.branches.length - 1}, m.i32[${name(i.index)}]))) {\n${i.branches.map((b, n) => `case ${n}: {\n${all(b)}\nbreak; }`).join('\n')}\n}`;
    case 'copy':
      return `m.${i.to.dtype.name}.copyWithin(${name(i.to)}, ${name(i.from)}, ${name(i.from)} + ${i.to.size});`;
    case 'host':
      return `host(${hosts.count++}, [${i.inputs.map((x) => name(x.region))}], [${i.outputs.map((x) => name(x.region))}]);`;
    case 'alone':
      return all(i.body);
    case 'barrier':
      return '';
  }
};
const procedure = ({ parameters, body }: Procedure): string => {
  const hosts = { count: 0 };
  return `(${['arena', ...parameters.map(name)].join(', ')}) => {\n${body.map((i) => instruction(i, hosts)).join('\n')}\n}`;
};
const program = ({ kernels, procedures }: Program): string =>
  `const kernels = [${kernels.map(({ loops }) => kernel(loops)).join(',\n')}];\nconst procedures = [${procedures.map(procedure).join(',\n')}];\nreturn procedures[${procedures.length - 1}];`;

const buffer = new ArrayBuffer(2 ** 25);
/** The memory as numbers of each dtype. */
const m: Partial<Record<DTypeName, Data>> = {
  f32: new Float32Array(buffer),
  f64: new Float64Array(buffer),
  i32: new Int32Array(buffer),
  u32: new Uint32Array(buffer),
  bool: new Uint8Array(buffer),
};
/** Addresses that were given back, by bytes; what was never taken begins at `end`. */
const free = new Map<number, number[]>();
let end = 0;
type Part = Pick<Region, 'dtype' | 'size'> & { readonly at: number };
const bytesOf = (dtype: DType, size: number): number => Math.ceil((size * dtype.bytes) / 64) * 64;
const take = (bytes: number): number => {
  end += bytes;
  if (end > buffer.byteLength) throw new RangeError('the toy is full');
  return end - bytes;
};
const elements = ({ dtype, size }: Pick<Region, 'dtype' | 'size'>, first = 0): Data =>
  (m[dtype.name] as Data).subarray(first, first + size);
export const viewOf = (part: Part): Data => elements(part, part.at / part.dtype.bytes);
const device: Device<Part> = {
  allocate: (dtype, size) => ({ dtype, size, at: free.get(bytesOf(dtype, size))?.pop() ?? take(bytesOf(dtype, size)) }),
  upload: (part, data) => viewOf(part).set(data),
  read: async (part) => viewOf(part).slice(),
  release: ({ dtype, size, at }) => {
    const bytes = bytesOf(dtype, size);
    free.set(bytes, [...(free.get(bytes) ?? []), at]);
  },
};

export const toy: Target<string, Part> = {
  name: 'toy',
  traits: { ...jsTraits, formulas: true },
  isAvailable: () => true,
  renderKernel: kernel,
  renderProgram: program,
  device,
  load: (text, source) => {
    const { body, arena } = mainOf(source.program);
    const calls = body.flatMap((i) => (i.op === 'host' ? [i] : []));
    const host = (n: number, from: readonly number[], to: readonly number[]): void => {
      const { primitive, params, inputs, outputs } = calls[n] as (typeof calls)[number];
      const args = inputs.map(({ region: r, shape }, i) => concreteArray(shape, r.dtype, elements(r, from[i]).slice()));
      const results = primitive.impl(args, params);
      for (const [i, { region }] of outputs.entries()) elements(region, to[i]).set((results[i] as ConcreteArray).data);
    };
    const scratch = (dtype: DTypeName, size: number): number =>
      take(64 * Math.ceil(size / 8)) / (m[dtype] as Data).BYTES_PER_ELEMENT;
    const run = new Function('m', 'h', 'take', 'host', text)(m, machine, scratch, host);
    const base = take(arena);
    return loadOn(device, source, (parts) => run(base, ...parts.map((p) => p.at / p.dtype.bytes)));
  },
};
