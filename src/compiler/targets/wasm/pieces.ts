// Splitting of hot loops into calls: an engine replaces baseline code by optimised code when a function is called, never within a call,
// so that a kernel that runs for long would do all of its first call in baseline code. Loops that run long are cut into pieces, each a
// call of a function of its own.
import type { Expr } from '../../../core/lowering';
import type { Statement } from '../../loop';
import { type For, iterationsOf, workOf } from '../../parallel';
import { partsOf } from '../../rewrite';

/** Nanoseconds, as optimised code takes them. */
interface Sizes {
  /** A kernel's work from which on its loops are cut, those of several calls. */
  readonly least: number;
  /** The work of a call: much longer than the call itself takes, and much shorter than all of the work. */
  readonly aimed: number;
}
const usual: Sizes = { least: 10_000_000, aimed: 500_000 };
/** For tests: nearly every loop is cut. */
const smallest: Sizes = { least: 0, aimed: 3 };
/** Pieces of more iterations than this are whole vectors, however many vectors are computed side by side. */
export const grain = 192;

/** The loops that are cut, and how many iterations a call does. Loops of which nothing is known have `unknown` iterations. */
export const planPieces = (body: readonly Statement[], unknown: number, cutsAll: boolean): ReadonlyMap<For, number> => {
  const { least, aimed } = cutsAll ? smallest : usual;
  const pieces = new Map<For, number>();
  const plan = (statements: readonly Statement[], times: number): void => {
    for (const s of statements) {
      if (s.kind === 'while') plan(s.body, times);
      if (s.kind !== 'for') continue;
      const count = iterationsOf(s, unknown);
      const { total } = workOf([s], unknown);
      if (times * total < 2 * aimed) continue;
      const each = total / count;
      if (each > aimed) plan(s.body, times * count);
      else {
        const most = Math.max(1, Math.min(count, Math.floor(aimed / each)));
        pieces.set(s, most <= grain ? most : most - (most % grain));
      }
    }
  };
  if (workOf(body, unknown).total >= least) plan(body, 1);
  return pieces;
};

/** The names that a loop mentions, and those that it sets to something else. */
export const namesIn = (s: For): { readonly used: ReadonlySet<string>; readonly set: ReadonlySet<string> } => {
  const [used, set] = [new Set<string>(), new Set<string>()];
  const mention = (...roots: readonly Expr[]): void => {
    for (const e of partsOf(roots)) if (e.op === 'index' || e.op === 'local') used.add(e.name);
  };
  const visit = (statement: Statement): void => {
    switch (statement.kind) {
      case 'for':
        mention(statement.from, statement.to);
        statement.body.forEach(visit);
        return;
      case 'while':
        mention(statement.condition);
        statement.body.forEach(visit);
        return;
      case 'fold':
        mention(statement.start, statement.value);
        statement.lets.forEach(visit);
        return;
      case 'product':
        mention(statement.left.at, statement.right.at, statement.target.at);
        if (statement.from !== undefined) mention(statement.from.at);
        return;
      case 'store':
        mention(statement.at, statement.value);
        return;
      case 'set':
        set.add(statement.name);
        mention(statement.value);
        return;
      default:
        mention(statement.value);
    }
  };
  visit(s);
  return { used, set };
};
