// Where there are no vector instructions programs do without; where there is no WebAssembly they become JavaScript, and where a policy
// forbids that too they are evaluated.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('./codeless.ts', import.meta.url));
interface Outcome {
  readonly target: string;
  readonly simd: boolean;
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

/** Takes from the machine's instructions what vectors are made of; a flag of x64 only. */
const withoutVectors = '--no-enable-sse4-1';
const isKnown = spawnSync(process.execPath, [withoutVectors, '-e', '0']).status === 0;
if (!isKnown)
  console.warn(`\n!!! SKIPPED the engine without vector instructions: this one does not know ${withoutVectors}`);

it.skipIf(!isKnown)(
  'jit runs WebAssembly, with the same bits, on an engine without vector instructions',
  () => {
    const [vectors, scalars] = [run([], []), run([withoutVectors], [])];
    expect([vectors.target, vectors.simd]).toEqual(['wasm', true]);
    expect(scalars).toEqual({ ...vectors, simd: false });
  },
  60_000,
);
