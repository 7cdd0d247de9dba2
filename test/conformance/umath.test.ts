// NumPy's validation sets for elementary functions (BSD-3): how far results are from the exact ones, in units in the last place.
import { readFileSync } from 'node:fs';
import {
  type AnyTensor,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cbrt,
  cos,
  cosh,
  type DType,
  exp,
  exp2,
  expm1,
  f32,
  f64,
  jit,
  log,
  log1p,
  log2,
  log10,
  sin,
  sinh,
  tan,
  tanh,
} from 'adjoint';
import { describe, expect, test } from 'vitest';
import { concreteArray, type Value } from '../../src/core/value';
import { suiteFolder } from './ledger';
import { ulpDistance } from './ulp';

const folder = suiteFolder('numpy-umath');

/** The largest distance we allow ourselves; the sets' own column is looser in places. */
const limits = { f32: 2, f64: 1 } as const;

type Unary = (x: AnyTensor) => AnyTensor;
const functions: Readonly<Record<string, Unary>> = {
  arccos: acos,
  arccosh: acosh,
  arcsin: asin,
  arcsinh: asinh,
  arctan: atan,
  arctanh: atanh,
  cbrt,
  cos,
  cosh,
  exp,
  exp2,
  expm1,
  log,
  log10,
  log1p,
  log2,
  sin,
  sinh,
  tan,
  tanh,
};

const view = new DataView(new ArrayBuffer(8));
const decode = (hex: string, dtype: DType): number => {
  if (dtype === f64) {
    view.setBigUint64(0, BigInt(hex));
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(hex));
  return view.getFloat32(0);
};

interface Rows {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}
const rowsOf = (name: string, dtype: DType): Rows => {
  const text = readFileSync(new URL(`umath-validation-set-${name}.csv`, folder as URL), 'utf8');
  const wanted = dtype === f32 ? 'np.float32' : 'np.float64';
  const rows = text
    .split('\n')
    .map((line) => line.trim().split(','))
    .filter(([kind]) => kind === wanted);
  return {
    inputs: rows.map(([, x]) => decode(x as string, dtype)),
    outputs: rows.map(([, , y]) => decode(y as string, dtype)),
  };
};

const make = (xs: readonly number[], dtype: DType): Value =>
  concreteArray([xs.length], dtype, dtype === f32 ? Float32Array.from(xs) : Float64Array.from(xs));
const dataOf = (x: AnyTensor) => (x as unknown as Value).concrete('umath').data;

interface Outcome {
  readonly worst: number;
  readonly at: string;
  readonly rows: number;
}
const measure = (name: string, dtype: DType): Outcome => {
  const { inputs, outputs } = rowsOf(name, dtype);
  const x = make(inputs, dtype) as unknown as AnyTensor;
  const f = functions[name] as Unary;
  const results = dataOf(f(x));
  const compiled = dataOf(jit((v: AnyTensor) => f(v))(x));
  let worst = 0;
  let at = '';
  inputs.forEach((input, i) => {
    const got = results[i] as number;
    if (!Object.is(got, compiled[i])) throw new Error(`${name}(${input}): compiled ${compiled[i]}, eager ${got}`);
    const distance = ulpDistance(got, outputs[i] as number, dtype);
    if (distance > worst) [worst, at] = [distance, `${name}(${input}) = ${got}, expected ${outputs[i]}`];
  });
  return { worst, at, rows: inputs.length };
};

describe.skipIf(folder === null)('NumPy umath sets', () => {
  test('the largest errors', () => {
    const lines = [
      'NumPy umath sets: largest error in ulp, eager and compiled alike (rows)',
      `  ${'function'.padEnd(10)}${'f32'.padStart(12)}${'f64'.padStart(12)}`,
    ];
    const failures: string[] = [];
    for (const name of Object.keys(functions)) {
      const cells = ([f32, f64] as const).map((dtype) => {
        const { worst, at, rows } = measure(name, dtype);
        if (worst > limits[dtype.name]) failures.push(`${dtype.name}: ${worst} ulp, ${at}`);
        return `${worst} (${rows})`.padStart(12);
      });
      lines.push(`  ${name.padEnd(10)}${cells.join('')}`);
    }
    console.log([...lines, ...failures.map((f) => `  FAIL ${f}`)].join('\n'));
    expect(failures).toEqual([]);
  });
});
