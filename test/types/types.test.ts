import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { filesOf, programOf, textOf } from './program';
import { compareErrors, expectedErrors } from './rejections.mjs';

const accepts = filesOf('accepts');
const rejects = filesOf('rejects');

describe('types', () => {
  let errors: Map<string, readonly ts.Diagnostic[]>;
  beforeAll(() => {
    const program = programOf([...accepts, ...rejects]);
    errors = new Map(
      program
        .getSourceFiles()
        .filter((file) => !program.isSourceFileDefaultLibrary(file))
        .map((file) => [file.fileName, program.getSemanticDiagnostics(file)]),
    );
  });

  test.each(accepts.map((file) => [basename(file), file]))('accepts %s', (_, file) => {
    expect((errors.get(file) ?? []).map(textOf)).toEqual([]);
  });

  test.each(rejects.map((file) => [basename(file), file]))('rejects the marked lines of %s', (_, file) => {
    const actual = (errors.get(file) ?? []).map((diagnostic) => {
      const source = diagnostic.file as ts.SourceFile;
      const start = diagnostic.start ?? 0;
      return {
        line: source.getLineAndCharacterOfPosition(start).line + 1,
        text: source.text.slice(start, start + (diagnostic.length ?? 0)),
        message: textOf(diagnostic),
      };
    });
    expect(compareErrors(expectedErrors(pathToFileURL(file)), actual)).toEqual([]);
  });

  test('nothing else is in error', () => {
    const here = fileURLToPath(new URL('.', import.meta.url));
    const others = [...errors].filter(([file]) => !file.startsWith(here));
    expect(others.flatMap(([, diagnostics]) => diagnostics.map(textOf))).toEqual([]);
  });
});
