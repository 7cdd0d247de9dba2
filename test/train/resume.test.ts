// A run that was killed or interrupted and resumed is, bit for bit, the run that was not.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-resume-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = fileURLToPath(new URL('./learner.ts', import.meta.url));

interface Outcome {
  readonly lines: readonly string[];
  readonly code: number | null;
}
/** Runs the learner, and sends a signal when it has printed a line. */
const learn = (args: readonly string[], signal?: NodeJS.Signals, at = /^$/): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, ...args]);
    let text = '';
    let errors = '';
    let sent = false;
    child.stdout.on('data', (data) => {
      text += data;
      if (signal === undefined || sent || !at.test(text)) return;
      sent = child.kill(signal);
      // As launchers do, which pass on what the terminal has sent already.
      if (signal === 'SIGINT') setTimeout(() => child.kill(signal), 20);
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code !== 0 && signal === undefined
        ? reject(new Error(errors))
        : resolve({ lines: text.trim().split('\n'), code }),
    );
  });

describe('a resumed run', () => {
  it('is the run that was not stopped, also when it was killed or interrupted several times', async () => {
    const steps = '400';
    const whole = await learn([join(folder, 'whole'), steps]);
    expect(whole.lines.at(-1)).toMatch(/^end 400 [0-9a-f]{64}$/);

    const parts = join(folder, 'parts');
    const killed = await learn([parts, steps], 'SIGKILL', /step 18\n/);
    expect(killed.code).toBe(null);
    expect(killed.lines.at(-1)).not.toMatch(/^end/);

    const interrupted = await learn([parts, steps, 'resume'], 'SIGINT', /step \d+\n/);
    expect(interrupted.code).toBe(0);
    const first = Number(/^step (\d+)$/.exec(interrupted.lines[0] as string)?.[1]);
    expect(first).toBeGreaterThan(14);
    expect(first % 7).toBe(1);
    expect(interrupted.lines.at(-1)).toMatch(/^stopped \d+ interrupted$/);
    expect(interrupted.lines.join('\n')).toMatch(
      /interrupted; step \d+ is saved in .*parts\. To go on: learner resume/,
    );

    const resumed = await learn([parts, steps, 'resume']);
    expect(resumed.lines.at(-1)).toBe(whole.lines.at(-1));
    expect(readFileSync(`${parts}.csv`, 'utf8')).toBe(readFileSync(join(folder, 'whole.csv'), 'utf8'));
  }, 120_000);
});
