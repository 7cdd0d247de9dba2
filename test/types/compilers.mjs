// node test/types/compilers.mjs <path to tsc>: the type tests under another compiler than the one installed here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareErrors, expectedErrors, rejectFiles } from './rejections.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const tsc = process.argv[2] ?? join(here, '../../node_modules/typescript/bin/tsc');

const run = (project) => {
  const { stdout, error } = spawnSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  if (error) throw error;
  const errors = [];
  for (const line of stdout.split('\n')) {
    const match = /^(.*)\((\d+),(\d+)\): error (.*)$/.exec(line);
    if (match) errors.push({ file: match[1], line: Number(match[2]), column: Number(match[3]), message: match[4] });
    else if (line.startsWith('error ')) throw new Error(line);
    else if (errors.length > 0) errors.at(-1).message += `\n${line}`;
  }
  return errors;
};

const version = spawnSync(process.execPath, [tsc, '--version'], { encoding: 'utf8' }).stdout.trim();
const problems = run(here).map(({ file, line, message }) => `accepts: ${file}:${line}: ${message}`);

const scratch = mkdtempSync(join(tmpdir(), 'rejects-'));
let expectedCount = 0;
try {
  const files = rejectFiles();
  writeFileSync(
    join(scratch, 'tsconfig.json'),
    JSON.stringify({
      extends: join(here, 'tsconfig.json'),
      include: [],
      files: files.map((file) => fileURLToPath(file)),
    }),
  );
  const errors = run(scratch);
  for (const file of files) {
    const name = file.pathname.split('/').at(-1);
    const source = readFileSync(file, 'utf8').split('\n');
    const expected = expectedErrors(file);
    expectedCount += expected.length;
    const actual = errors
      .filter((error) => error.file.endsWith(`rejects/${name}`))
      .map((error) => ({ ...error, text: (source[error.line - 1] ?? '').slice(error.column - 1) }));
    for (const problem of compareErrors(expected, actual)) problems.push(`rejects/${name}: ${problem}`);
  }
  for (const error of errors.filter(({ file }) => !/rejects\/\w+\.ts$/.test(file)))
    problems.push(`${error.file}:${error.line}: ${error.message}`);
} finally {
  rmSync(scratch, { recursive: true });
}

for (const problem of problems) console.error(problem);
console.log(`${version}: ${expectedCount} rejections, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
