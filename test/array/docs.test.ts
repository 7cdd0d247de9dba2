// The examples in the docstrings of the array functions and of random: every `expression // => value` is run.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as adjoint from 'adjoint';
import * as random from 'adjoint/random';
import { describe, expect, test } from 'vitest';

interface Example {
  readonly name: string;
  readonly expression: string;
  readonly value: string;
}

const folder = (name: string): string => fileURLToPath(new URL(`../../src/${name}/`, import.meta.url));
const examplesOf = (path: string): Example[] =>
  [
    ...readFileSync(path, 'utf8').matchAll(
      /\/\*\*(.*?)\*\/\s*(?:\/\/ biome-ignore.*?\n)?export (?:const|function|interface|type) (\w+)/gs,
    ),
  ].flatMap(([, comment, name]) =>
    [...(comment as string).matchAll(/^\s*\* (.*?) \/\/ => (.*)$/gm)].map(([, expression, value]) => ({
      name: name as string,
      expression: expression as string,
      value: value as string,
    })),
  );

const evaluate = (code: string, scope: Readonly<Record<string, unknown>>): unknown =>
  new Function(...Object.keys(scope), `return (${code});`)(...Object.values(scope));

/** Numbers agree to single precision. */
const same = (got: unknown, wanted: unknown): void => {
  if (typeof wanted === 'number' && Number.isFinite(wanted))
    expect(Math.abs((got as number) - wanted)).toBeLessThanOrEqual(3e-7 * Math.max(Math.abs(wanted), 1e-9));
  else if (Array.isArray(wanted)) {
    expect(got).toHaveLength(wanted.length);
    wanted.forEach((w, i) => {
      same((got as unknown[])[i], w);
    });
  } else expect(got).toEqual(wanted);
};

describe.each([
  ['array', adjoint],
  ['random', { ...adjoint, ...random }],
])('src/%s', (name, scope) => {
  const files = readdirSync(folder(name)).filter((file) => file.endsWith('.ts'));
  const examples = files.flatMap((file) => examplesOf(folder(name) + file));

  test.each(examples.map((e) => [e.expression, e.value]))('%s is %s', (expression, value) => {
    same(evaluate(expression, scope), evaluate(value, scope));
  });

  test('every public function has an example', () => {
    const documented = new Set(examples.map((e) => e.name));
    const own = name === 'array' ? Object.keys(scope) : Object.keys(random);
    const source = files.map((file) => readFileSync(folder(name) + file, 'utf8')).join('\n');
    const functions = own.filter((f) => new RegExp(`export (const|function) ${f}\\b`).test(source));
    expect(functions.filter((f) => !documented.has(f))).toEqual([]);
    expect(functions.length).toBeGreaterThan(name === 'array' ? 120 : 15);
  });
});
