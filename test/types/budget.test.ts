import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesOf, programOf } from './program';

// Type instantiations of each file checked alone under TypeScript 5.9.3, with a fifth as head room. They are exact and
// independent of the machine; a jump means that some alias explores what it need not (see `InsertS`).
const measured: Record<string, number> = {
  'models.ts': 0,
};

describe('the type checker stays within its budget', () => {
  const files = filesOf('accepts').filter((file) => basename(file) in measured);

  test.each(files.map((file) => [basename(file), file]))('%s', (name, file) => {
    const program = programOf([file]);
    program.getSemanticDiagnostics(program.getSourceFile(file));
    expect(program.getInstantiationCount()).toBeLessThan(1.2 * (measured[name] ?? 0));
  });
});
