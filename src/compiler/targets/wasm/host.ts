// What WebAssembly has no instruction for and no formula replaces: functions of the host, on doubles.
import type { DTypeName } from '../../../core/dtype';
import type { ScalarOp } from '../../../core/lowering';
import * as functions from '../../../core/scalar';
import type { Import } from './encode';

type HostFunction = (x: number, y: number) => number;
interface HostOp {
  readonly name: string;
  readonly arity: 1 | 2;
  readonly run: HostFunction;
}
const one = (name: string, run: (x: number) => number): HostOp => ({ name, arity: 1, run });
const two = (name: string, run: HostFunction): HostOp => ({ name, arity: 2, run });

const f = Math.fround;
const host: readonly HostOp[] = [
  one('exp', Math.exp),
  one('expm1', Math.expm1),
  one('log', Math.log),
  one('log1p', Math.log1p),
  one('rsqrt', (x) => 1 / Math.sqrt(x)),
  one('cbrt', Math.cbrt),
  one('sin', Math.sin),
  one('cos', Math.cos),
  one('tan', Math.tan),
  one('asin', Math.asin),
  one('acos', Math.acos),
  one('atan', Math.atan),
  one('sinh', Math.sinh),
  one('cosh', Math.cosh),
  one('tanh', Math.tanh),
  one('asinh', Math.asinh),
  one('acosh', Math.acosh),
  one('atanh', Math.atanh),
  one('logistic', (x) => 1 / (1 + Math.exp(-x))),
  one('erf', functions.erf),
  one('erfInv_f32', (x) => functions.erfInv32(f(x))),
  one('erfInv_f64', functions.erfInv64),
  two('atan2', Math.atan2),
  two('pow_float', functions.floatPower),
  two('pow_integer', functions.integerPower),
  two('rem', (x, y) => x % y),
];

const nameOf = (op: ScalarOp, dtype: DTypeName): string =>
  op === 'erfInv'
    ? `erfInv_${dtype}`
    : op === 'pow'
      ? dtype === 'f32' || dtype === 'f64'
        ? 'pow_float'
        : 'pow_integer'
      : op;

/** The name of the imported function for an operation. */
export const hostName = (op: ScalarOp, dtype: DTypeName): string => {
  const name = nameOf(op, dtype);
  if (!host.some((h) => h.name === name)) throw new TypeError(`internal: no WebAssembly for ${op} of ${dtype}`);
  return name;
};

export const hostImport = (name: string): Import => ({
  name,
  signature: {
    parameters: Array.from({ length: host.find((h) => h.name === name)?.arity ?? 1 }, () => 'f64' as const),
    results: ['f64'],
  },
});
export const hostFunctions: Readonly<Record<string, HostFunction>> = Object.fromEntries(
  host.map(({ name, run }) => [name, run]),
);
