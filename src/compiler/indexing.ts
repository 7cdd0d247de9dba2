// Index arithmetic over loop variables: expressions made one object each, and sums brought to a normal form.
import { apply, constant, type Expr, index } from '../core/lowering';
import { partsOf } from './rewrite';

/** How far each loop variable runs: 0 <= name < extent. */
export type Extents = ReadonlyMap<string, number>;

/** Gives equal expressions one object, so that sharing can be seen. */
export class Interner {
  private readonly known = new Map<string, Expr>();
  private readonly ids = new Map<Expr, number>();
  private readonly done = new Map<Expr, Expr>();
  /** Arithmetic that may leave 32 bits: it wraps, so it is no sum to be rearranged. */
  readonly wrapping = new Set<Expr>();
  /** The sums that expressions were found to be. */
  readonly sums = new WeakMap<Expr, Affine>();

  id(e: Expr): number {
    return this.ids.get(e) ?? -1;
  }
  /** The expression with parts already interned. */
  make(e: Expr): Expr {
    const key = this.key(e);
    const found = this.known.get(key);
    if (found) return found;
    this.known.set(key, e);
    this.ids.set(e, this.ids.size);
    return e;
  }
  intern(e: Expr): Expr {
    const found = this.done.get(e);
    if (found) return found;
    const whole = this.make(
      e.op === 'load'
        ? { ...e, at: this.intern(e.at) }
        : 'args' in e
          ? { ...e, args: e.args.map((a) => this.intern(a)) }
          : e,
    );
    this.done.set(e, whole);
    return whole;
  }
  private key(e: Expr): string {
    switch (e.op) {
      case 'const':
        return `c${Object.is(e.value, -0) ? '-0' : e.value}:${e.dtype}`;
      case 'index':
      case 'local':
        return `i${e.name}`;
      case 'load':
        return `l${e.buffer}@${this.id(e.at)}:${e.dtype}`;
      default:
        return `${e.op}:${e.dtype}(${e.args.map((a) => this.id(a)).join()})`;
    }
  }
}

/** A sum of integer multiples of atoms (loop variables, or index expressions that are no sums) and a constant. */
export interface Affine {
  readonly constant: number;
  readonly terms: ReadonlyMap<Expr, number>;
}

const affineOf = (interner: Interner, e: Expr): Affine => {
  const known = interner.sums.get(e);
  if (known) return known;
  const sum = sumOf(interner, e);
  interner.sums.set(e, sum);
  return sum;
};

const sumOf = (interner: Interner, e: Expr): Affine => {
  if (e.op === 'const') return { constant: e.value, terms: new Map() };
  if (e.dtype !== 'i32' || interner.wrapping.has(e)) return { constant: 0, terms: new Map([[e, 1]]) };
  if (e.op === 'add' || e.op === 'sub') {
    const [a, b] = e.args.map((x) => affineOf(interner, x)) as [Affine, Affine];
    return plus(a, b, e.op === 'add' ? 1 : -1);
  }
  if (e.op === 'mul') {
    const [a, b] = e.args.map((x) => affineOf(interner, x)) as [Affine, Affine];
    if (a.terms.size === 0) return scaled(b, a.constant);
    if (b.terms.size === 0) return scaled(a, b.constant);
  }
  return { constant: 0, terms: new Map([[interner.intern(e), 1]]) };
};

const plus = (a: Affine, b: Affine, sign: number): Affine => {
  const terms = new Map(a.terms);
  for (const [atom, k] of b.terms) {
    const sum = (terms.get(atom) ?? 0) + sign * k;
    if (sum === 0) terms.delete(atom);
    else terms.set(atom, sum);
  }
  return { constant: a.constant + sign * b.constant, terms };
};
const scaled = (a: Affine, by: number): Affine => ({
  constant: a.constant * by,
  terms: by === 0 ? new Map() : new Map([...a.terms].map(([atom, k]) => [atom, k * by])),
});

/** The largest and smallest value of an index expression, where they are known. */
const rangeOf = (interner: Interner, e: Expr, extents: Extents): readonly [number, number] => {
  if (e.op === 'const') return [e.value, e.value];
  if (e.op === 'index') return [0, Math.max(0, (extents.get(e.name) ?? Infinity) - 1)];
  if (e.op === 'imod' && e.args[1]?.op === 'const') return [0, e.args[1].value - 1];
  if (e.op === 'idiv' && e.args[1]?.op === 'const') {
    const by = e.args[1].value;
    const [low, high] = affineRange(interner, affineOf(interner, e.args[0] as Expr), extents);
    return [Math.floor(low / by), Math.floor(high / by)];
  }
  return [-Infinity, Infinity];
};
const affineRange = (interner: Interner, a: Affine, extents: Extents): readonly [number, number] => {
  let [low, high] = [a.constant, a.constant];
  for (const [atom, k] of a.terms) {
    const [l, h] = rangeOf(interner, atom, extents);
    low += k > 0 ? k * l : k * h;
    high += k > 0 ? k * h : k * l;
  }
  return [low, high];
};

/** A sum as a multiple of a divisor and a rest, which may be larger than the divisor. */
const multiplesOf = (a: Affine, by: number): readonly [Affine, Affine] => {
  const quotient = new Map<Expr, number>();
  const rest = new Map<Expr, number>();
  for (const [atom, k] of a.terms) (k % by === 0 ? quotient : rest).set(atom, k % by === 0 ? k / by : k);
  const whole = Math.floor(a.constant / by);
  return [
    { constant: whole, terms: quotient },
    { constant: a.constant - whole * by, terms: rest },
  ];
};
/** The same, if the rest stays within 0 and the divisor. */
const splitBy = (interner: Interner, a: Affine, by: number, extents: Extents): readonly [Affine, Affine] | null => {
  const parts = multiplesOf(a, by);
  const [low, high] = affineRange(interner, parts[1], extents);
  return low >= 0 && high < by ? parts : null;
};

const toExpr = (a: Affine): Expr => {
  let sum: Expr | null = null;
  for (const [atom, k] of a.terms) {
    const term = index.mul(atom, index.int(k));
    sum = sum === null ? term : apply('add', 'i32', sum, term);
  }
  if (sum === null) return constant(a.constant, 'i32');
  return a.constant === 0
    ? sum
    : a.constant > 0
      ? apply('add', 'i32', sum, index.int(a.constant))
      : apply('sub', 'i32', sum, index.int(-a.constant));
};

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

/** Quotient and remainder of a sum that is not negative: what can be divided is, and the rest stays a division. */
const divide = (
  interner: Interner,
  a: Affine,
  by: number,
  extents: Extents,
): { readonly quotient: Affine; readonly remainder: Affine } => {
  const of = (op: 'idiv' | 'imod', sum: Affine): Affine =>
    affineOf(interner, interner.intern(apply(op, 'i32', interner.intern(toExpr(sum)), index.int(by))));
  const [whole, rest] = multiplesOf(a, by);
  const [low, high] = affineRange(interner, rest, extents);
  if (low >= 0 && high < by) return { quotient: whole, remainder: rest };
  if (low < 0) return { quotient: of('idiv', a), remainder: of('imod', a) };
  // g divides the divisor and all but a part below g: that part is no part of the quotient.
  const factors = new Set([...rest.terms.values()].map((k) => gcd(by, k)));
  for (const g of [...factors].sort((x, y) => y - x)) {
    const parts = g > 1 ? splitBy(interner, rest, g, extents) : null;
    if (parts === null) continue;
    const inner = divide(interner, parts[0], by / g, extents);
    return {
      quotient: plus(whole, inner.quotient, 1),
      remainder: plus(scaled(inner.remainder, g), parts[1], 1),
    };
  }
  return { quotient: plus(whole, of('idiv', rest), 1), remainder: of('imod', rest) };
};

/** (e div b)·(c·b) + (e mod b)·c is e·c: what flattening makes of an unflattened index. */
const joinParts = (interner: Interner, a: Affine): Affine => {
  for (const [atom, k] of a.terms) {
    if (atom.op !== 'imod') continue;
    const [e, by] = atom.args as readonly [Expr, Expr];
    if (by.op !== 'const') continue;
    const partner = interner.intern(apply('idiv', 'i32', e, by));
    if (a.terms.get(partner) !== k * by.value) continue;
    const rest = new Map(a.terms);
    rest.delete(atom);
    rest.delete(partner);
    return joinParts(interner, plus({ constant: a.constant, terms: rest }, scaled(affineOf(interner, e), k), 1));
  }
  return a;
};

/** An index expression in normal form: sums collected, divisions by constants carried out where the extents allow it. */
export const simplifyIndex = (interner: Interner, e: Expr, extents: Extents): Expr => {
  const seen = new Map<Expr, Expr>();
  const visit = (x: Expr): Expr => {
    const found = seen.get(x);
    if (found) return found;
    const done = interner.intern(rewrite(x));
    seen.set(x, done);
    return done;
  };
  const rewrite = (x: Expr): Expr => {
    if (x.op === 'index' && extents.get(x.name) === 1) return constant(0, 'i32');
    if (x.op === 'const' || x.op === 'index' || x.op === 'local') return x;
    if (x.op === 'load') return { ...x, at: visit(x.at) };
    const args = x.args.map(visit);
    const [a, b] = args as [Expr, Expr];
    if ((x.op === 'idiv' || x.op === 'imod') && b.op === 'const') {
      const { quotient, remainder } = divide(interner, affineOf(interner, a), b.value, extents);
      return toExpr(joinParts(interner, x.op === 'idiv' ? quotient : remainder));
    }
    if ((x.op === 'add' || x.op === 'sub' || x.op === 'mul') && x.dtype === 'i32') {
      const sum = affineOf(interner, { ...x, args });
      const [low, high] = affineRange(interner, sum, extents);
      if (low >= -(2 ** 31) && high < 2 ** 31) return toExpr(joinParts(interner, sum));
      const wrapped = interner.intern({ ...x, args });
      interner.wrapping.add(wrapped);
      interner.sums.delete(wrapped);
      return wrapped;
    }
    if ((x.op === 'lt' || x.op === 'ge') && b.op === 'const' && b.dtype === 'i32') {
      const [low, high] = affineRange(interner, affineOf(interner, a), extents);
      if (low >= b.value) return constant(x.op === 'ge' ? 1 : 0, 'bool');
      if (high < b.value) return constant(x.op === 'lt' ? 1 : 0, 'bool');
    }
    if ((x.op === 'select' || x.op === 'guard') && a.op === 'const') return args[a.value ? 1 : 2] as Expr;
    if (x.op === 'and' && x.dtype === 'bool') return index.and(a, b);
    return { ...x, args };
  };
  return visit(e);
};

/** The multiple of each loop variable in an index, or null where it is no plain sum of them. */
export const coefficients = (interner: Interner, e: Expr): ReadonlyMap<string, number> | null => {
  const { terms } = affineOf(interner, e);
  const out = new Map<string, number>();
  for (const [atom, k] of terms) {
    if (atom.op !== 'index') return null;
    out.set(atom.name, k);
  }
  return out;
};

/** How far an index moves with a loop variable; null where it does not move by a plain multiple. */
export const stepOf = (interner: Interner, e: Expr, name: string): number | null => {
  let step = 0;
  for (const [atom, k] of affineOf(interner, e).terms) {
    if (atom.op === 'index' && atom.name === name) step = k;
    else if ([...partsOf([atom])].some((x) => x.op === 'index' && x.name === name)) return null;
  }
  return step;
};

/** The smallest and largest value of an index, infinite where they are not known. */
export const rangeOfIndex = (interner: Interner, e: Expr, extents: Extents): readonly [number, number] =>
  affineRange(interner, affineOf(interner, e), extents);
