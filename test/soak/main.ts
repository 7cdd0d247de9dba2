// npm run soak -- [--steps 10000]
import { parseArgs } from 'node:util';
import { growth, type Sample, train } from './training';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '10000' } } });
const steps = Number(values.steps);
if (!Number.isInteger(steps) || steps < 40) {
  console.error(`--steps is a whole number from 40 on; got ${values.steps}`);
  process.exit(2);
}

const megabyte = 2 ** 20;
/** A single step leaves five times this behind in ten, so that a leak is far above it. */
const allowed = 64 * megabyte;
const samples: Sample[] = [];
console.log('   step  resident MiB      loss');
train({ inputs: 784, hidden: 256, batch: 128 }, steps, Math.floor(steps / 40), (sample) => {
  samples.push(sample);
  const resident = (sample.resident / megabyte).toFixed(1);
  console.log(`${String(sample.step).padStart(7)}  ${resident.padStart(12)}  ${sample.loss.toExponential(2)}`);
});
const grown = growth(samples);
console.log(
  `growth from the second quarter to the last: ${(grown / megabyte).toFixed(1)} MiB (allowed: ${allowed / megabyte})`,
);
process.exitCode = grown <= allowed ? 0 : 1;
