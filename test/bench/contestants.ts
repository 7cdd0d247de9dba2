// Everybody who takes part in a row.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurations } from './configurations';
import { type Isolated, isolate } from './isolated';
import * as jaxjs from './peers/jaxjs';
import type { Library } from './peers/python';
import * as tfjs from './peers/tfjs';
import type { Program, Row } from './row';

export interface FirstCall {
  readonly seconds: number;
  readonly values: readonly Float32Array[];
}
export interface Contestant {
  readonly name: string;
  readonly note: string | null;
  readonly activate: () => Promise<void>;
  readonly open: () => Promise<Program>;
  readonly first: () => Promise<FirstCall>;
  /** Itself alone, in a new process. */
  readonly isolate: () => Promise<Isolated>;
}
export interface Absent {
  readonly name: string;
  readonly missing: string;
}
export type Place = Contestant | Absent;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** In a new Node process, so that nothing is compiled yet. */
const inNewProcess = (name: string, row: Row, quick: boolean): Promise<FirstCall> =>
  new Promise((resolve, reject) => {
    const child = fork(here('./firstCall.ts'), [name, row.name, ...(quick ? ['quick'] : [])], {
      serialization: 'advanced',
    });
    child.once('message', (message: FirstCall) => resolve(message));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`its process ended with ${code} before it answered`)));
  });

/** Those of this process, adjoint first. */
export const inProcess = (row: Row, quick: boolean): readonly Place[] => {
  const local = (
    name: string,
    note: string | null,
    activate: () => void | Promise<void>,
    open: () => Program,
  ): Contestant => ({
    name,
    note,
    activate: async () => activate(),
    open: async () => open(),
    first: () => inNewProcess(name, row, quick),
    isolate: () => isolate(name, row, quick),
  });
  const { js, jaxjs: jax, tfjs: tensorflow } = row;
  return [
    ...configurations.map(({ name, target, activate }) =>
      js && target === 'js' ? { name, ...js } : local(name, null, activate, row.adjoint),
    ),
    'missing' in jax ? { name: 'jax-js', ...jax } : local('jax-js', null, jaxjs.start, jax),
    'missing' in tensorflow
      ? { name: 'tfjs', ...tensorflow }
      : local(
          'tfjs',
          tensorflow.backend === 'wasm' ? null : tensorflow.backend,
          () => tfjs.start(tensorflow.backend),
          tensorflow.open,
        ),
  ];
};

export const contestants = (row: Row, quick: boolean, libraries: readonly Library[]): readonly Place[] => [
  ...inProcess(row, quick),
  ...libraries.map(
    (library): Place =>
      library.has(row)
        ? {
            name: library.name,
            note: null,
            activate: async () => {},
            open: () => library.open(row),
            first: () => library.first(row),
            isolate: () => library.isolate(row),
          }
        : { name: library.name, missing: 'matrix products only' },
  ),
];

const versionOf = (name: string): string => {
  const json: unknown = JSON.parse(readFileSync(here(`./node_modules/${name}/package.json`), 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json ? String(json.version) : 'unknown';
};

/** The columns of the table. */
export const columns = (
  libraries: readonly Library[],
): readonly { readonly name: string; readonly version: string }[] => [
  ...configurations.map(({ name }) => ({ name, version: 'this revision' })),
  { name: 'jax-js', version: `${versionOf('@jax-js/jax')}, wasm, 1 thread` },
  { name: 'tfjs', version: `${versionOf('@tensorflow/tfjs')}, wasm, 1 thread` },
  ...libraries.map(({ name, version }) => ({ name, version })),
];
