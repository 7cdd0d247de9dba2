import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The files of a folder beside this one. */
export const filesOf = (folder: string) =>
  readdirSync(`${here}${folder}`)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${here}${folder}/${name}`);

/** The settings of the type tests. */
export const optionsOf = () => {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d: ts.Diagnostic) => expectNone([d]) };
  const config = ts.getParsedCommandLineOfConfigFile(`${here}tsconfig.json`, {}, host);
  if (config === undefined) throw new Error('test/types/tsconfig.json cannot be read');
  return config.options;
};

/** A program over these files, with the settings of the type tests; those that run under Node see its types. */
export const programOf = (files: readonly string[], types: readonly 'node'[] = []) =>
  ts.createProgram(files, { ...optionsOf(), types: [...types] });

export const textOf = (diagnostic: ts.Diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');

const expectNone = (diagnostics: readonly ts.Diagnostic[]) => {
  if (diagnostics.length > 0) throw new Error(diagnostics.map(textOf).join('\n'));
};
