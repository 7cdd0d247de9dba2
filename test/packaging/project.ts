// An empty project with the built package installed in it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export interface Project {
  readonly folder: string;
  /** Builds the package and installs it. */
  install(): void;
  remove(): void;
  /** Writes a file and returns its path. */
  file(name: string, text: string): string;
  /** What a script prints when Node runs it. */
  run(path: string, ...flags: readonly string[]): string;
}

export const createProject = (): Project => {
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-user-'));
  const installed = join(folder, 'node_modules', 'adjoint');
  return {
    folder,
    install: () => {
      mkdirSync(installed, { recursive: true });
      for (const name of ['fp-ts', 'io-ts', 'fast-check']) {
        symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
      }
      writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
      const tsup = join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');
      execFileSync(process.execPath, [tsup, '--out-dir', join(installed, 'dist'), '--no-dts', '--silent'], {
        cwd: root,
      });
    },
    remove: () => rmSync(folder, { recursive: true }),
    file: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    run: (path, ...flags) =>
      execFileSync(process.execPath, [...flags, path], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 }),
  };
};
