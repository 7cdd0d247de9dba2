// OpenXLA's StableHLO suites (Apache-2.0): programs with inputs and expected results, most of them from JAX's own harness.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Ledger, suiteFolder } from './ledger';
import { entryPoints, parseModule } from './mlir/module';
import { loadProgram, verifyProgram } from './stablehlo/program';
import { verifyBatching, verifyTransposition } from './stablehlo/transformed';

const folder = suiteFolder('stablehlo');
/** While looking for a fault: run the files whose names contain this. */
const only = process.env.CONFORMANCE_ONLY;

describe.skipIf(folder === null)('StableHLO', () => {
  test.each(['testdata', 'interpret', 'interpret/chlo', 'math'])('%s', (part) => {
    const ledger = new Ledger(`StableHLO ${part}${only ? `, only files with ${only} in their names` : ''}`);
    const batching = new Ledger(
      `StableHLO ${part}, of those that passed: vmap of the program is the program of every lane`,
    );
    const transposition = new Ledger(`StableHLO ${part}, of those that passed: vjp is the transpose of jvp`);
    const path = new URL(`${part}/`, folder as URL);
    const files = readdirSync(path).filter((f) => f.endsWith('.mlir') && (!only || f.includes(only)));
    for (const file of files.sort()) {
      const source = readFileSync(new URL(file, path), 'utf8');
      const module = parseModule(source);
      for (const main of entryPoints(module)) {
        const before = ledger.passed;
        const name = main.name === 'main' ? file : `${file} @${main.name}`;
        ledger.run(name, () => verifyProgram(loadProgram(module, main)));
        if (ledger.passed === before) continue;
        batching.run(name, () => verifyBatching(loadProgram(module, main)));
        transposition.run(name, () => verifyTransposition(loadProgram(module, main)));
        if (/i64>/.test(source)) ledger.note('int64 tensors read as int32, every constant checked to fit');
        if (/unique_indices = true/.test(source) && !file.startsWith('scatter_add'))
          ledger.note('scatter with unique indices, composed of scatter_add and select');
      }
    }
    const ledgers = [ledger, batching, transposition];
    console.log(ledgers.map((l) => l.report()).join('\n'));
    expect(files.length).toBeGreaterThan(0);
    expect(ledgers.flatMap((l) => l.failures)).toEqual([]);
  });
});
