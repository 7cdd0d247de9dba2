// Where a policy forbids code made from text, programs are evaluated instead, with the same results.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('./codeless.ts', import.meta.url));
const run = (...flags: readonly string[]): unknown =>
  JSON.parse(
    execFileSync(process.execPath, [...flags, '--import', 'tsx', program], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    }),
  );

it('jit works, and says how, without code generation', () => {
  const [free, bound] = [run(), run('--disallow-code-generation-from-strings')];
  expect(free).toMatchObject({ target: 'js' });
  expect(bound).toMatchObject({ target: 'eval' });
  expect(bound).toMatchObject({ values: (free as { readonly values: unknown }).values });
}, 60_000);
