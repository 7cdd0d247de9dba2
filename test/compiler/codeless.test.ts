// Where there is no WebAssembly programs become JavaScript, and where a policy forbids that too they are evaluated.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('./codeless.ts', import.meta.url));
interface Outcome {
  readonly target: string;
  readonly values: readonly [number, readonly (readonly number[])[]];
}
const run = (flags: readonly string[], args: readonly string[]): Outcome =>
  JSON.parse(
    execFileSync(process.execPath, [...flags, '--import', 'tsx', program, ...args], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    }),
  );
const codeless = '--disallow-code-generation-from-strings';

it('jit works, and says how, without WebAssembly and without code generation', () => {
  const free = run([], []);
  const js = run([], ['--without-wasm']);
  const bound = run([codeless], ['--without-wasm']);
  expect([free.target, js.target, bound.target]).toEqual(['wasm', 'js', 'eval']);
  expect(run([codeless], [])).toEqual(free);
  expect(bound.values).toEqual(js.values);
  const flat = ({ values }: Outcome): readonly number[] => values.flat(3) as readonly number[];
  flat(free).forEach((x, i) => {
    expect(x).toBeCloseTo(flat(js)[i] as number, 5);
  });
}, 60_000);
