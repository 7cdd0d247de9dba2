// How examples are run, measured and shown.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import { add, type Scalar, tensor } from 'adjoint';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { afterAll, describe, expect, it } from 'vitest';
import type { Example } from '../../examples/catalogue/example';
import { examples } from '../../examples/catalogue/index';
import { confusionPicture, imageGrid } from '../../examples/catalogue/pictures';
import { missed, readReport, reportOf, resultLine, table, writeReport } from '../../examples/catalogue/report';
import { train } from '../../examples/catalogue/training';

const root = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'adjoint-examples-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const toy: Example = {
  name: 'toy',
  summary: '',
  sources: [],
  goals: { accuracy: { atLeast: { full: 0.9, quick: 0.5 } }, error: { atMost: { full: 1, quick: 2 } } },
  run: () => TE.right({ parameters: 0, results: {} }),
};
const at = { quick: false, seed: 0 };

describe('a report', () => {
  it('measures results by the goals of the size', () => {
    const outcome = { parameters: 1234, results: { accuracy: 0.7, error: 1, other: 3 } };
    const full = reportOf(toy, at, outcome, 61);
    expect(missed(full).map(({ name }) => name)).toEqual(['accuracy']);
    expect(missed(reportOf(toy, { ...at, quick: true }, outcome, 61))).toEqual([]);
    expect(full.results.map(resultLine)).toEqual([
      '! accuracy: 0.7 (goal: at least 0.9) MISSED',
      '  error: 1 (goal: at most 1)',
      '  other: 3',
    ]);
    expect(table([full])).toContain('| `toy` | made | 1,234 | 1 min 1 s | accuracy 0.7, error 1, other 3 |');
  });
  it('misses a goal whose result is absent or no number', () => {
    const report = reportOf(toy, at, { parameters: 0, results: { error: NaN } }, 1);
    expect(missed(report).map(({ name }) => name)).toEqual(['error', 'accuracy']);
  });
  it('is written and read again', async () => {
    const report = reportOf(toy, at, { parameters: 1, results: { accuracy: Infinity } }, 1);
    await writeReport(home, report)();
    expect(await readReport(home)()).toEqual(E.right(report));
    writeFileSync(join(home, 'report.json'), '{"example": 3}');
    const bad = await readReport(home)();
    expect(E.isLeft(bad) && bad.left.message).toMatch(/is not a report of an example; delete it and run/);
  });
});

describe('the README', () => {
  it('has a row of the table for every example', () => {
    const rows = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `(\w+)` \|/gm);
    expect([...rows].map(([, name]) => name)).toEqual(examples.map(({ name }) => name));
  });
});

describe('a training', () => {
  const context = { directory: home, resume: false, log: () => undefined };
  const step = (s: { readonly w: Scalar }, by: number) => [{ w: add(s.w, by) }, { loss: 1 / by }] as const;
  const from = (done: number) => [1, 2, 3, 4].slice(done);
  it('folds a step, and goes on from its checkpoint', async () => {
    const half = await train(context, step, { w: tensor(0) }, from, { name: 'sum', steps: 2 })();
    expect(E.isRight(half) && half.right.w.item()).toBe(3);
    const whole = await train({ ...context, resume: true }, step, { w: tensor(0) }, from, { name: 'sum', steps: 4 })();
    expect(E.isRight(whole) && whole.right.w.item()).toBe(10);
    expect(readFileSync(join(home, 'sum/curve.svg'), 'utf8')).toContain('<polyline');
  });
  it('refuses a checkpoint of another architecture, and says what to do', async () => {
    const other = (s: { readonly v: Scalar }) => [s, { loss: 0 }] as const;
    const run = await train({ ...context, resume: true }, other, { v: tensor(0) }, from, { name: 'sum', steps: 4 })();
    expect(E.isLeft(run) && run.left.message).toMatch(
      /^sum: .*has no \.v; was it made by another model\? To begin anew, leave --resume out\.$/,
    );
  });
  it('that breaks says where', async () => {
    const run = await train(context, step, { w: tensor(0) }, () => [0], { name: 'broken', steps: 1 })();
    expect(E.isLeft(run) && run.left.message).toMatch(/^broken was stopped: loss is Infinity at step 1/);
  });
});

describe('pictures', () => {
  it('show images side by side', () => {
    const png = imageGrid(
      tensor([
        [
          [0, 1],
          [2, 3],
        ],
        [
          [5, 5],
          [5, 6],
        ],
      ]),
      { columns: 2, zoom: 1 },
    );
    expect([...png.subarray(1, 4)]).toEqual([...'PNG'].map((c) => c.charCodeAt(0)));
    const view = new DataView(png.buffer, png.byteOffset);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([10, 6]);
    const data = inflateSync(png.subarray(41, 41 + view.getUint32(33)));
    expect([...data.subarray(2 * 11 + 3, 2 * 11 + 9)]).toEqual([0, 85, 96, 96, 0, 0]);
    expect([...data.subarray(3 * 11 + 3, 3 * 11 + 9)]).toEqual([170, 255, 96, 96, 0, 255]);
  });
  it('show what was taken for what', () => {
    const svg = confusionPicture(
      [
        [8, 2],
        [0, 10],
      ],
      ['a', '<b>'],
    );
    expect(svg.match(/<rect/g)).toHaveLength(5);
    expect(svg).toContain('>8<');
    expect(svg).toContain('&lt;b&gt;');
  });
});

describe('npm run example', () => {
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('npx', ['tsx', 'examples/catalogue/main.ts', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  it('lists the examples', () => {
    const { status, stdout } = run();
    expect(status).toBe(0);
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ +/, ': '));
    for (const { name, summary } of examples) expect(lines).toContain(`${name}: ${summary}`);
  });
  it('runs one, and says what it reached', () => {
    const { status, stdout } = run('hmc', '--quick');
    expect(stdout).toMatch(/largest error of a moment: 0\.\d+ \(goal: at most 0\.06\)/);
    expect(status).toBe(0);
  });
  it('refuses what it does not know', () => {
    expect(run('nothing')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no example "nothing"'),
    });
    expect(run('hmc', '--sed', '1')).toMatchObject({ status: 2, stderr: expect.stringContaining("'--sed'") });
    expect(run('hmc', '--seed', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('--seed takes') });
  });
});
