import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { programOf } from './program';

// Type instantiations of each file checked alone under TypeScript 5.9.3, with a fifth as head room. They do not depend on
// the machine; a jump means that some alias explores what it need not (see `InsertS`).
const measured: readonly (readonly [path: string, instantiations: number])[] = [
  ['test/types/accepts/models.ts', 55_115],
  ['test/types/accepts/generic.ts', 48_036],
  ['test/types/accepts/layout.ts', 44_577],
  ['test/types/accepts/methods.ts', 35_379],
  ['test/types/accepts/transforms.ts', 28_221],
  ['test/types/accepts/vmap.ts', 17_381],
];

describe('the type checker stays within its budget', () => {
  test.each(measured)('%s', (path, instantiations) => {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    const program = programOf([file]);
    expect(program.getSemanticDiagnostics(program.getSourceFile(file))).toEqual([]);
    const { floor, ceil } = Math;
    expect(program.getInstantiationCount()).toBeLessThanOrEqual(ceil(1.2 * instantiations));
    // So that the numbers above are lowered when they can be.
    expect(program.getInstantiationCount()).toBeGreaterThanOrEqual(floor(instantiations / 2));
  });
});
