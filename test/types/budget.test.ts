import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { programOf } from './program';

// Type instantiations of each file checked alone under TypeScript 5.9.3, with a quarter as head room. They do not depend on
// the machine; a jump means that some alias explores what it need not (see `InsertS`).
const measured: readonly (readonly [path: string, instantiations: number])[] = [
  ['test/types/accepts/models.ts', 58_310],
  ['test/types/accepts/generic.ts', 50_902],
  ['test/types/accepts/layout.ts', 51_435],
  ['test/types/accepts/methods.ts', 36_805],
  ['test/types/accepts/transforms.ts', 35_026],
  ['test/types/accepts/vmap.ts', 24_171],
  ['examples/anomaly.ts', 13_701],
  ['examples/autoencoder.ts', 19_969],
  ['examples/autoencoders.ts', 28_597],
  ['examples/bert.ts', 26_432],
  ['examples/bigrams.ts', 10_969],
  ['examples/cnn.ts', 5_436],
  ['examples/diffusion.ts', 24_908],
  ['examples/dormandPrince.ts', 20_743],
  ['examples/ensemble.ts', 13_858],
  ['examples/equilibrium.ts', 20_000],
  ['examples/forecast.ts', 24_439],
  ['examples/gpt.ts', 12_090],
  ['examples/hmc.ts', 24_000],
  ['examples/imageNetworks.ts', 23_730],
  ['examples/influence.ts', 15_299],
  ['examples/mails.ts', 3_819],
  ['examples/maml.ts', 24_000],
  ['examples/mnist.ts', 24_162],
  ['examples/names.ts', 13_516],
  ['examples/ode.ts', 16_090],
  ['examples/predators.ts', 20_789],
  ['examples/privacy.ts', 13_976],
  ['examples/sentenceEncoder.ts', 14_216],
  ['examples/sentences.ts', 8_878],
  ['examples/tfjs.ts', 6_840],
];

describe('the type checker stays within its budget', () => {
  test.each(measured)('%s', (path, instantiations) => {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    const program = programOf([file], path.startsWith('examples/') ? ['node'] : []);
    expect(program.getSemanticDiagnostics(program.getSourceFile(file))).toEqual([]);
    const { floor, ceil } = Math;
    expect(program.getInstantiationCount()).toBeLessThanOrEqual(ceil(1.25 * instantiations));
    // So that the numbers above are lowered when they can be.
    expect(program.getInstantiationCount()).toBeGreaterThanOrEqual(floor(instantiations / 2));
  });
  test('every example has one', () => {
    const examples = readdirSync(new URL('../../examples', import.meta.url)).filter((name) => name.endsWith('.ts'));
    const budgeted = new Set(measured.map(([path]) => path));
    expect(examples.filter((name) => !budgeted.has(`examples/${name}`))).toEqual([]);
  });
});
