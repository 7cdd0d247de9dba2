// Everything the README shows compiles, runs and gives what it says; what it shows not to compile does not, with the words shown.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blocksOf, diagnose, promises, run } from './block';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const blocks = blocksOf(readme, 'ts');
const accepted = blocks.filter((b) => b.info === '');
const rejected = blocks.filter((b) => b.info === 'reject');
const words = (text: string): string => text.replace(/\s+/g, ' ').trim();

describe('README.md', () => {
  it('starts with the two commands', () => {
    const top = readme.split('\n## ')[0] as string;
    expect(top).toContain('npm ci && npm start');
    expect(top).toContain('npm ci && npm test');
  });
  it('has code that compiles', () => {
    const found = diagnose(accepted.map((b) => b.code)).flatMap((messages, i) =>
      messages.map((m) => `line ${accepted[i]?.line}: ${m}`),
    );
    expect(found).toEqual([]);
  }, 120_000);
  it('shows errors as the compiler prints them', () => {
    const shown = blocksOf(readme, 'text').map((b) => words(b.code));
    const printed = diagnose(rejected.map((b) => b.code)).map((messages) =>
      words((messages[0] ?? 'no error').split('\n')[0] as string),
    );
    expect(printed).toEqual(shown);
    expect(shown.length).toBeGreaterThan(0);
  }, 120_000);
  it.each(accepted.map((b) => [b.line, b] as const))(
    'keeps the promises of the code at line %i',
    async (_line, block) => {
      expect(await run(block.code)).toBe(promises(block.code));
    },
  );
  it('promises something', () => {
    expect(accepted.reduce((n, b) => n + promises(b.code), 0)).toBeGreaterThanOrEqual(14);
  });
});
