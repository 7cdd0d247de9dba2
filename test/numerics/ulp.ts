// The largest error of every function. Single precision: over all numbers, or every stride-th: npm run ulp -- --stride 97 --only exp,tanh
import { parseArgs } from 'node:util';
import { doubles, names, singles, type Worst, worstOf } from './reference';

const { values } = parseArgs({
  options: {
    stride: { type: 'string', default: '997' },
    doubles: { type: 'string', default: '300000' },
    only: { type: 'string' },
  },
});
const wanted = values.only?.split(',') ?? names;
const row = (name: string, dtype: string, { ulp, at, got, expected }: Worst): string =>
  [name.padEnd(10), dtype, String(ulp).padStart(5), ulp === 0 ? '' : ` at ${at}: ${got}, reference ${expected}`].join(
    ' ',
  );

console.log('function  dtype   ulp');
for (const name of names) {
  if (!wanted.includes(name)) continue;
  console.log(row(name, 'f32', worstOf(name, 'f32', singles(Number(values.stride)))));
  // The references for these two are good for single precision only; test/numerics has tables for double precision.
  if (name !== 'erf' && name !== 'erfInv')
    console.log(row(name, 'f64', worstOf(name, 'f64', doubles(Number(values.doubles)))));
}
