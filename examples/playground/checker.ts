// TypeScript in the page: the mistakes of a program, and the types of what it declares. Nothing of it is run.

import { files, options } from 'virtual:declarations';
import ts from 'typescript';

export interface Finding {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly wrong: boolean;
}

const name = '/program.ts';

/** Types as they are written: without the modules they are from, dtypes by their usual names. */
const short = (type: string): string =>
  type
    .replaceAll(/import\("[^"]*"\)\./g, '')
    .replaceAll(/\b(Float|Int|Uint)(32|64)\b/g, (_, kind: string, bits: string) => kind.charAt(0).toLowerCase() + bits)
    .replaceAll(/\bBool\b/g, 'bool');

/** A service that reads nothing but what it was given. */
export const checker = (): ((code: string) => readonly Finding[]) => {
  let [code, version] = ['', 0];
  const textOf = (path: string): string | undefined => (path === name ? code : files[path]);
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({
      ...options,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    }),
    getScriptFileNames: () => [name],
    getScriptVersion: (path) => (path === name ? String(version) : '0'),
    getScriptSnapshot: (path) => {
      const text = textOf(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => '/',
    getDefaultLibFileName: () => '/lib/lib.es2023.d.ts',
    fileExists: (path) => textOf(path) !== undefined,
    readFile: textOf,
    directoryExists: () => true,
  });

  const lineOf = (at: number): number => code.slice(0, at).split('\n').length;
  const mistakes = (): readonly Finding[] =>
    [...service.getSyntacticDiagnostics(name), ...service.getSemanticDiagnostics(name)].map(
      ({ start = 0, messageText }) => ({
        line: lineOf(start),
        text: ts.flattenDiagnosticMessageText(messageText, '\n'),
        wrong: true,
      }),
    );
  /** Of every variable at the top. */
  const declared = (): readonly Finding[] => {
    const program = service.getProgram();
    const source = program?.getSourceFile(name);
    if (program === undefined || source === undefined) return [];
    const types = program.getTypeChecker();
    return source.statements.filter(ts.isVariableStatement).flatMap(({ declarationList }) =>
      declarationList.declarations.map((d) => ({
        line: lineOf(d.name.getStart(source)),
        text: `${d.name.getText(source)}: ${short(types.typeToString(types.getTypeAtLocation(d.name), d, ts.TypeFormatFlags.NoTruncation))}`,
        wrong: false,
      })),
    );
  };
  return (text) => {
    [code, version] = [text, version + 1];
    return [...mistakes(), ...declared()].sort((a, b) => a.line - b.line || Number(b.wrong) - Number(a.wrong));
  };
};
