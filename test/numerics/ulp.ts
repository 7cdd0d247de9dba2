// The largest error of every function. Single precision: over all numbers, or every stride-th: npm run ulp -- --stride 97 --only exp,tanh
import { parseArgs } from 'node:util';
import { erfc, f32, f64, tensor } from 'adjoint';
import { functions } from '../../src/numerics/functions';
import * as exact from './errorFunctions';
import { doubles, names, singles, type Worst, worstBetween, worstOf } from './reference';

const { values } = parseArgs({
  options: {
    stride: { type: 'string', default: '997' },
    doubles: { type: 'string', default: '300000' },
    only: { type: 'string' },
  },
});
const wanted = values.only?.split(',') ?? [...names, 'erfc'];
const row = (name: string, dtype: string, { ulp, at, got, expected }: Worst): string =>
  [name.padEnd(10), dtype, String(ulp).padStart(5), ulp === 0 ? '' : ` at ${at}: ${got}, reference ${expected}`].join(
    ' ',
  );

console.log('function  dtype   ulp');
for (const name of names) {
  if (!wanted.includes(name)) continue;
  console.log(row(name, 'f32', worstOf(name, 'f32', singles(Number(values.stride)))));
  // The reference for this one is good for single precision only; test/numerics has a table for double precision.
  if (name === 'erfInv') continue;
  const worst =
    name === 'erf'
      ? worstBetween(functions.f64.erf, exact.erf, 'f64', doubles(Number(values.doubles) / 30))
      : worstOf(name, 'f64', doubles(Number(values.doubles)));
  console.log(row(name, 'f64', worst));
}
// No formula of its own: an array function that computes in double precision, here in one call over all inputs.
if (wanted.includes('erfc'))
  for (const dtype of [f32, f64]) {
    const inputs =
      dtype === f32 ? [...singles(Number(values.stride) * 100)] : [...doubles(Number(values.doubles) / 30)];
    const outputs = erfc(tensor(inputs, dtype)).toTypedArray();
    let next = 0;
    console.log(
      row(
        'erfc',
        dtype.name,
        worstBetween(() => outputs[next++] as number, exact.erfc, dtype.name, inputs),
      ),
    );
  }
