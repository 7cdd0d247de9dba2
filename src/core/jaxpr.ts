// The typed, immutable, straight-line language that traced programs are written in.
import { type Aval, sameAval } from './aval';
import { ArgumentError } from './errors';
import type { Params, Primitive } from './primitive';
import type { Value } from './value';

/** A variable; its identity is its name. */
export class Var {
  constructor(readonly aval: Aval) {}
}
/** A scalar known when the program was traced. */
export class Literal {
  constructor(
    readonly aval: Aval,
    readonly value: number,
  ) {}
}
export type Atom = Var | Literal;

export interface Equation {
  readonly primitive: Primitive;
  readonly inputs: readonly Atom[];
  readonly params: Params;
  readonly outputs: readonly Var[];
}

/** Whether the equation applies this primitive; then its parameters are that primitive's. */
export const isEquationOf = <P>(
  equation: Equation,
  primitive: Primitive<P>,
): equation is Equation & { readonly params: P } => equation.primitive === primitive;

/** A closed program: everything it uses is an input, an equation's output or a literal. */
export interface Jaxpr {
  readonly inputs: readonly Var[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
}

/** A program together with the values its leading inputs are to have. */
export interface ClosedJaxpr {
  readonly jaxpr: Jaxpr;
  readonly consts: readonly Value[];
}

export const isJaxpr = (x: unknown): x is Jaxpr =>
  typeof x === 'object' && x !== null && 'equations' in x && 'inputs' in x && 'outputs' in x;

/** The programs among the parameters of an equation. */
export const programsIn = (params: Params): readonly Jaxpr[] =>
  Object.values(params).flatMap((x) => (isJaxpr(x) ? [x] : Array.isArray(x) ? x.filter(isJaxpr) : []));

export const avalsIn = (jaxpr: Jaxpr): Aval[] => jaxpr.inputs.map((v) => v.aval);
export const avalsOut = (jaxpr: Jaxpr): Aval[] => jaxpr.outputs.map((v) => v.aval);

const effects = new WeakMap<Jaxpr, boolean>();
const hasEffects = (jaxpr: Jaxpr): boolean => {
  const known = effects.get(jaxpr);
  if (known !== undefined) return known;
  const has = jaxpr.equations.some(hasEffect);
  effects.set(jaxpr, has);
  return has;
};
/** Whether the equation, or a program in it, does something beside computing its results. */
export const hasEffect = ({ primitive, params }: Equation): boolean =>
  primitive.hasEffect === true || programsIn(params).some(hasEffects);

/** The equation without the results that nobody uses, and without the operands that only they need. */
const pruned = (equation: Equation, isUsed: readonly boolean[]): Equation => {
  const rule = equation.primitive.prune?.(isUsed, equation.params);
  if (rule === undefined || rule.params === equation.params) return equation;
  return {
    ...equation,
    inputs: equation.inputs.filter((_, i) => rule.operands[i]),
    outputs: equation.outputs.filter((_, k) => rule.results[k]),
    params: rule.params,
  };
};

/** Leaves out the equations that no result depends on, and that do nothing else, and the same inside of loops and branches. */
export const withoutDeadCode = (jaxpr: Jaxpr): Jaxpr => {
  const live = new Set<Atom>(jaxpr.outputs);
  const kept: Equation[] = [];
  for (const equation of [...jaxpr.equations].reverse()) {
    const isUsed = equation.outputs.map((v) => live.has(v));
    const effect = hasEffect(equation);
    if (!isUsed.includes(true) && !effect) continue;
    const needed = effect ? equation : pruned(equation, isUsed);
    kept.push(needed);
    for (const atom of needed.inputs) live.add(atom);
  }
  const equations = kept.reverse();
  const isSame = equations.length === jaxpr.equations.length && equations.every((e, i) => e === jaxpr.equations[i]);
  return isSame ? jaxpr : { ...jaxpr, equations };
};

/** The same program up to the names of its variables. */
export const sameJaxpr = (a: Jaxpr, b: Jaxpr): boolean => {
  if (a === b) return true;
  if (a.equations.length !== b.equations.length || a.inputs.length !== b.inputs.length) return false;
  const names = new Map<Var, Var>();
  const declare = (v: Var, w: Var): boolean => sameAval(v.aval, w.aval) && names.set(v, w) !== undefined;
  const sameAtom = (v: Atom | undefined, w: Atom | undefined): boolean =>
    v instanceof Literal
      ? w instanceof Literal && Object.is(v.value, w.value) && sameAval(v.aval, w.aval)
      : v !== undefined && names.get(v) === w;
  const all = <X, Y>(xs: readonly X[], ys: readonly Y[], same: (x: X, y: Y) => boolean): boolean =>
    xs.length === ys.length && xs.every((x, i) => same(x, ys[i] as Y));
  return (
    all(a.inputs, b.inputs, declare) &&
    all(
      a.equations,
      b.equations,
      (e, f) =>
        e.primitive === f.primitive &&
        all(e.inputs, f.inputs, sameAtom) &&
        sameParams(e.params, f.params) &&
        all(e.outputs, f.outputs, declare),
    ) &&
    all(a.outputs, b.outputs, sameAtom)
  );
};

/** Levels of plain data: more are taken for a mistake. */
const mostLevels = 1000;

/**
 * Structural equality of parameters: numbers, strings, dtypes, lists, records, inner programs; functions by identity.
 *
 * @throws ArgumentError for data that contains itself
 */
export const sameParams = (a: unknown, b: unknown, level = 0): boolean => {
  if (Object.is(a, b)) return true;
  if (level > mostLevels)
    throw new ArgumentError(
      `static data is compared by its contents, but this contains itself, or has more than ${mostLevels} levels. Pass the same object every time, or only the part that is needed.`,
    );
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameParams(a[i], b[i], level + 1)) return false;
    return true;
  }
  if (isJaxpr(a) || isJaxpr(b)) return isJaxpr(a) && isJaxpr(b) && sameJaxpr(a, b);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((k) => k in b && sameParams((a as Params)[k], (b as Params)[k], level + 1))
  );
};
