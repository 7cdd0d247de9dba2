// What threads share: a loop of each kernel whose iterations touch no element that another one writes, and how much work there is.
import { constant, type Expr, type ScalarOp } from '../core/lowering';
import type { Kernel } from './kernel';
import { extentName, type LoopFunction, type Statement } from './loop';
import { partsOf } from './rewrite';

export type For = Extract<Statement, { readonly kind: 'for' }>;

/** Iterations from which on the outermost loop that can be shared is; otherwise the longest one is. */
const plenty = 32;

const extentOf = (s: For): number => (s.from.op === 'const' && s.to.op === 'const' ? s.to.value - s.from.value : 0);
/** The most that a number can be, as far as it is seen: of the columns of a chunk there are fewer in the last one. */
const mostOf = (e: Expr): number =>
  e.op === 'const' ? e.value : e.op === 'min' ? Math.min(...e.args.map(mostOf)) : Number.POSITIVE_INFINITY;
/** Iterations; `unknown` where nothing is known of their number. */
export const iterationsOf = ({ from, to, step }: For, unknown: number): number => {
  const most = from.op === 'const' ? mostOf(to) - from.value : Number.POSITIVE_INFINITY;
  return Number.isFinite(most) ? Math.ceil(most / step) : unknown;
};
const isShareable = (s: For): boolean => s.independent && s.step === 1 && s.from.op === 'const' && s.from.value === 0;

/** The loops from a statement inwards, as long as each has nothing but lets and the next one in it. */
const chainOf = (s: For): readonly For[] => {
  const rest = s.body.filter((b) => b.kind !== 'let');
  const [inner] = rest;
  return rest.length === 1 && inner?.kind === 'for' ? [s, ...chainOf(inner)] : [s];
};

const marked = (body: readonly Statement[], name: string): readonly Statement[] =>
  body.map((s) =>
    s.kind !== 'for' ? s : s.name === name ? { ...s, parallel: true } : { ...s, body: marked(s.body, name) },
  );

/**
 * Marks the loop that threads share. Where a kernel is several nests, one after the other, they share the loop of one variable in all
 * of them: a thread then only meets what it has written itself.
 */
export const shareLoops = (kind: Kernel['kind'], loops: LoopFunction): LoopFunction => {
  if (kind === 'contract' || kind === 'maps') return loops;
  const nests = loops.body.filter((s) => s.kind !== 'let');
  const chains = nests.flatMap((s) => (s.kind === 'for' ? [chainOf(s)] : []));
  const [first, ...others] = chains;
  if (first === undefined || chains.length < nests.length) return loops;
  // Only rows of sums are known to keep to their own elements across the iterations of a loop around, and from nest to nest.
  const keepsApart = kind === 'reduce';
  if (others.length > 0 && !keepsApart) return loops;
  const ordered = first.findIndex((s) => !isShareable(s));
  const candidates = (keepsApart ? first.filter(isShareable) : first.slice(0, ordered < 0 ? first.length : ordered))
    .filter((s) => extentOf(s) > 1)
    .filter((s) =>
      others.every((o) => o.some((t) => t.name === s.name && isShareable(t) && extentOf(t) === extentOf(s))),
    );
  const longest = [...candidates].sort((a, b) => extentOf(b) - extentOf(a))[0];
  const chosen = candidates.find((s) => extentOf(s) >= plenty) ?? longest;
  return chosen === undefined ? loops : { ...loops, body: marked(loops.body, chosen.name) };
};

/** Nanoseconds: an operation of a vector unit on one element; a function that is called; a term of a contraction. */
const costs = { operation: 0.2, function: 5, term: 0.04 } as const;
/** Operations that are calls, or loops; transcendental ones are long in the formulas that stand for them. */
const calls: ReadonlySet<string> = new Set<ScalarOp>(['rem', 'pow']);

const expressionCost = (roots: readonly Expr[]): number => {
  let cost = 0;
  for (const e of partsOf(roots))
    if (e.op !== 'const' && e.op !== 'index' && e.op !== 'local')
      cost += calls.has(e.op) ? costs.function : costs.operation;
  return cost;
};

export interface Work {
  /** Nanoseconds in all, roughly. */
  readonly total: number;
  /** The part of it that threads share. */
  readonly shared: number;
}
const add = (a: Work, b: Work): Work => ({ total: a.total + b.total, shared: a.shared + b.shared });

/** The statements with a number of elements that is given. */
export const withExtent = (body: readonly Statement[], extent: number): readonly Statement[] =>
  body.map((s) =>
    s.kind === 'for' && s.to.op === 'local' && s.to.name === extentName ? { ...s, to: constant(extent, 'i32') } : s,
  );

/** How long statements take: an estimate that is right by a small factor. Loops of which nothing is known have `unknown` iterations. */
export const workOf = (body: readonly Statement[], unknown = 0): Work => {
  const alone = (total: number): Work => ({ total, shared: 0 });
  const work = (s: Statement): Work => {
    switch (s.kind) {
      case 'for': {
        const inner = workOf(s.body, unknown);
        const count = iterationsOf(s, unknown);
        const total = count * (inner.total + costs.operation);
        return { total, shared: s.parallel ? total : count * inner.shared };
      }
      case 'fold':
        return alone(s.length * (workOf(s.lets, unknown).total + expressionCost([s.value]) + costs.operation));
      case 'product':
        return alone(s.rows * s.columns * s.depth * costs.term);
      case 'while':
        return workOf(s.body, unknown);
      case 'store':
        return alone(costs.operation + expressionCost([s.value, s.at]));
      default:
        return alone(expressionCost([s.value]));
    }
  };
  return body.map(work).reduce(add, alone(0));
};
