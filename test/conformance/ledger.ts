// What a suite did with each of its cases: passed, not applicable and why, failed and how.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Thrown by a driver for a case that asks for what the library does not have. The message is the reason that is counted. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** Runs cases and counts what came of them. */
export class Ledger {
  readonly failures: string[] = [];
  private passes = 0;
  private readonly reasons = new Map<string, number>();
  private readonly notes = new Map<string, number>();

  constructor(readonly suite: string) {}

  get passed(): number {
    return this.passes;
  }
  get notApplicable(): number {
    return [...this.reasons.values()].reduce((sum, n) => sum + n, 0);
  }

  run(name: string, f: () => void): void {
    try {
      f();
      this.passes++;
    } catch (error) {
      if (error instanceof NotApplicable) this.reasons.set(error.message, (this.reasons.get(error.message) ?? 0) + 1);
      else this.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Counts something said of cases that pass. */
  note(what: string): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + 1);
  }

  report(): string {
    const lines = (counts: ReadonlyMap<string, number>) =>
      [...counts].sort(([, a], [, b]) => b - a).map(([what, n]) => `  ${String(n).padStart(5)}  ${what}`);
    return [
      `${this.suite}: ${this.passes} passed, ${this.failures.length} failed, ${this.notApplicable} not applicable`,
      ...lines(this.reasons),
      ...(this.notes.size > 0 ? ['  of those that passed:', ...lines(this.notes)] : []),
      ...this.failures.map((f) => `  FAIL ${f}`),
    ].join('\n');
  }
}

/** A folder of the suites, which lie beside the checkout and are no part of it; null, with a loud line, where it is absent. */
export const suiteFolder = (name: string): URL | null => {
  const folder = new URL(`../../../shared/conformance/${name}/`, import.meta.url);
  if (existsSync(folder)) return folder;
  console.warn(
    `SKIPPED conformance suite ${name}: its data is not at ${fileURLToPath(folder)}. Nothing of it was tested.`,
  );
  return null;
};
