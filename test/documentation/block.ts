// Code in documents, made to run: `expression // => value` becomes a check, imports become look-ups.
import * as adjoint from 'adjoint';
import * as data from 'adjoint/data';
import * as io from 'adjoint/io';
import * as laws from 'adjoint/laws';
import * as models from 'adjoint/models';
import * as nn from 'adjoint/nn';
import * as optim from 'adjoint/optim';
import * as random from 'adjoint/random';
import * as train from 'adjoint/train';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import * as F from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import ts from 'typescript';
import { expect } from 'vitest';

const modules: Readonly<Record<string, unknown>> = {
  adjoint,
  'adjoint/data': data,
  'adjoint/io': io,
  'adjoint/laws': laws,
  'adjoint/models': models,
  'adjoint/nn': nn,
  'adjoint/optim': optim,
  'adjoint/random': random,
  'adjoint/train': train,
  'fp-ts/lib/function.js': F,
  'fp-ts/lib/Either.js': E,
  'io-ts': t,
  'fast-check': { __esModule: true, default: fc },
};

export interface Block {
  /** What stands after the language: `reject` for code that must not compile. */
  readonly info: string;
  readonly code: string;
  readonly line: number;
}

/** The fenced blocks of a language in a Markdown text. */
export const blocksOf = (markdown: string, language: string): readonly Block[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}([^\\n]*)\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((m) => ({
    info: (m[1] as string).trim(),
    code: m[2] as string,
    line: markdown.slice(0, m.index).split('\n').length,
  }));

/** How many values the code promises. */
export const promises = (code: string): number => [...code.matchAll(/\/\/ => /g)].length;

const withChecks = (code: string): string =>
  code
    .split('\n')
    .map((line) => {
      const m = /^(.*?);?\s*\/\/ => (.*)$/.exec(line);
      return m ? `keepsPromise((${m[1]}), (${m[2]}));` : line;
    })
    .join('\n');

const AsyncFunction = (async () => {}).constructor as new (
  ...texts: readonly string[]
) => (...args: readonly unknown[]) => Promise<void>;

/** Runs the code and holds it to its promises; gives the number of them. */
export const run = async (code: string): Promise<number> => {
  let checked = 0;
  const keepsPromise = (actual: unknown, expected: unknown): void => {
    expect(actual).toEqual(expected);
    checked += 1;
  };
  const { outputText } = ts.transpileModule(withChecks(code), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  });
  const require = (name: string): unknown => {
    if (name in modules) return modules[name];
    throw new Error(`a document imports ${name}, which its test does not know`);
  };
  await new AsyncFunction('require', 'exports', 'keepsPromise', outputText)(require, {}, keepsPromise);
  return checked;
};

/** What the compiler says of each piece of code, checked as a module beside this one. */
export const diagnose = (codes: readonly string[]): readonly (readonly string[])[] => {
  const config = ts.getParsedCommandLineOfConfigFile(
    new URL('../../tsconfig.json', import.meta.url).pathname,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (d) => {
        throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n'));
      },
    },
  );
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const path = (i: number): string => new URL(`block${i}.virtual.ts`, import.meta.url).pathname;
  const sources = new Map(codes.map((code, i) => [path(i), code]));
  const host = ts.createCompilerHost(config.options);
  const virtual: ts.CompilerHost = {
    ...host,
    fileExists: (name) => sources.has(name) || host.fileExists(name),
    readFile: (name) => sources.get(name) ?? host.readFile(name),
    getSourceFile: (name, options, ...rest) => {
      const text = sources.get(name);
      return text === undefined ? host.getSourceFile(name, options, ...rest) : ts.createSourceFile(name, text, options);
    },
  };
  const program = ts.createProgram([...sources.keys()], config.options, virtual);
  return codes.map((_, i) => {
    const file = program.getSourceFile(path(i));
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((d) =>
      ts.flattenDiagnosticMessageText(d.messageText, '\n'),
    );
  });
};
