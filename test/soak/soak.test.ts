// A synchronous training loop at reduced size: `npm run soak` is the same for 10,000 steps at full size.
import { configure } from 'adjoint';
import { afterEach, expect, it } from 'vitest';
import { heap, residence } from '../../src/runtime/resident';
import { growth, type Sample, train } from './training';

const megabyte = 2 ** 20;
const { residentLimit } = configure();
afterEach(() => {
  configure({ residentLimit });
});

it('a training loop that never pauses holds the same memory after a hundred steps and after a thousand', () => {
  configure({ residentLimit: 256 * megabyte });
  const samples: (Sample & { readonly heap: number; readonly results: number })[] = [];
  // Parameters and moments of a step are 1.9 MB, of all steps 2.3 GB.
  train({ inputs: 784, hidden: 200, batch: 16 }, 1200, 40, (sample) => {
    samples.push({ ...sample, heap: heap().bytes, results: residence().bytes });
  });
  expect(growth(samples)).toBeLessThan(64 * megabyte);
  const settled = samples.slice(samples.length / 4);
  // Dead results are found long before the limit.
  expect(Math.max(...settled.map((s) => s.heap))).toBeLessThanOrEqual(160 * megabyte);
  expect(Math.max(...settled.map((s) => s.results))).toBeLessThanOrEqual(256 * megabyte);
  expect(samples.at(-1)?.loss).toBeLessThan(samples[0]?.loss as number);
});
