// The W3C's conformance tests of WebNN (WPT, BSD-3), as JSON from rustnn (Apache-2.0), with the W3C's error budgets.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Ledger, suiteFolder } from './ledger';
import type { Case } from './webnn/case';
import { runCase } from './webnn/run';

const folder = suiteFolder('webnn-wpt');

describe.skipIf(folder === null)('WebNN', () => {
  test('operators', () => {
    const ledger = new Ledger('WebNN operators');
    const files = readdirSync(folder as URL).filter((f) => f.endsWith('.json'));
    for (const file of files.sort()) {
      const { tests } = JSON.parse(readFileSync(new URL(file, folder as URL), 'utf8')) as { tests: readonly Case[] };
      for (const c of tests) ledger.run(`${file}: ${c.name}`, () => runCase(c));
    }
    console.log(ledger.report());
    expect(ledger.failures).toEqual([]);
  });
});
