// Which values of a program are stored, and which are computed where they are used.
//
// Cost model. Stored are results, operands of calls, and the outcomes of sums and contractions. A view is not. Another pointwise
// value is computed in its consumer if its elements together are read at most once (`transcendental`) or at most twice (`arithmetic`:
// a few cycles against a store and a load), unless a guard would make its evaluation conditional, or its expression has grown too large.
// It is not stored either if it is made of one stored value of its size: to read that one instead costs the same.
import { sizeOf } from '../core/aval';
import { type Atom, type Equation, type Jaxpr, Literal, type Var } from '../core/jaxpr';
import { deepest, formulaDepth } from './depth';
import { isRepetition } from './views';

/** Operations in one expression, above which it is cut. */
const largest = 300;
/** Terms of a window that are written one after the other in an expression, rather than summed up in a loop. */
const unrolled = 16;
const windowOf = ({ primitive, inputs, params }: Equation): { readonly count: number; readonly guarded: boolean } =>
  primitive.lower.kind === 'window'
    ? primitive.lower.terms(
        params,
        inputs.map((a) => a.aval),
      )
    : { count: 1, guarded: false };

/** Whether the elements of a result are expressions of elements of the operands. */
export const isElementwise = (equation: Equation): boolean =>
  equation.primitive.lower.kind === 'map' ||
  (equation.primitive.lower.kind === 'window' && windowOf(equation).count <= unrolled);

/** The number that all elements of a value are, where that is seen at once. */
export const uniformOf = (atom: Atom, definitionOf: (v: Var) => Equation | undefined): number | null => {
  if (atom instanceof Literal) return atom.value;
  const definition = definitionOf(atom);
  const [operand] = definition?.inputs ?? [];
  return definition !== undefined && isRepetition(definition) && operand instanceof Literal ? operand.value : null;
};

/** Variables whose expressions, followed back to stored values, would be too large or too deep. */
const tooLarge = (jaxpr: Jaxpr): ReadonlySet<Var> => {
  const weights = new Map<Atom, number>();
  const depths = new Map<Atom, number>();
  const cut = new Set<Var>();
  for (const equation of jaxpr.equations) {
    const { primitive, inputs, outputs } = equation;
    if (!isElementwise(equation)) continue;
    const { count } = windowOf(equation);
    const isFormula = primitive.lower.kind === 'map' && primitive.lower.cost === 'transcendental';
    const weight = count * (1 + inputs.reduce((n, a) => n + (weights.get(a) ?? 0), 0));
    const depth = (isFormula ? formulaDepth : count) + Math.max(0, ...inputs.map((a) => depths.get(a) ?? 0));
    for (const v of outputs) {
      if (weight > largest || depth > deepest) cut.add(v);
      else {
        weights.set(v, weight);
        depths.set(v, depth);
      }
    }
  }
  return cut;
};

/** The one value of its own size that an arithmetic value is made of; null if it is made of more, or of a part of one. */
const onlyOperand = ({ primitive, inputs, outputs }: Equation, definitions: ReadonlyMap<Var, Equation>): Var | null => {
  const { lower } = primitive;
  const [v] = outputs;
  if (v === undefined || outputs.length > 1 || lower.kind !== 'map' || lower.cost !== 'arithmetic') return null;
  const varying = new Set(inputs.filter((a): a is Var => uniformOf(a, (w) => definitions.get(w)) === null));
  const [operand] = varying;
  return varying.size === 1 && operand !== undefined && sizeOf(operand.aval.shape) === sizeOf(v.aval.shape)
    ? operand
    : null;
};

export const chooseStored = (jaxpr: Jaxpr): ReadonlySet<Var> => {
  const cut = tooLarge(jaxpr);
  const stored = new Set<Var>(cut);
  /** What must be stored, whatever it costs. */
  const demanded = new Set<Var>(cut);
  const reads = new Map<Var, number>();
  const definitions = new Map<Var, Equation>();
  for (const equation of jaxpr.equations) for (const v of equation.outputs) definitions.set(v, equation);
  const store = (atom: Atom): void => {
    if (atom instanceof Literal) return;
    stored.add(atom);
    demanded.add(atom);
  };
  const storeBehindViews = (atom: Atom): void => {
    const definition = atom instanceof Literal ? undefined : definitions.get(atom);
    if (definition === undefined) return;
    const { lower } = definition.primitive;
    if (lower.kind === 'map' && lower.cost === 'view') definition.inputs.forEach(storeBehindViews);
    else store(atom);
  };
  jaxpr.outputs.forEach(store);
  for (const equation of [...jaxpr.equations].reverse()) {
    const { primitive, inputs, outputs } = equation;
    const { lower } = primitive;
    const { count, guarded } = windowOf(equation);
    let evaluations = 0;
    if (isElementwise(equation)) {
      const cost = lower.kind === 'map' ? lower.cost : 'transcendental';
      for (const v of outputs) {
        const size = sizeOf(v.aval.shape);
        const times = reads.get(v) ?? 0;
        const limit = cost === 'view' ? Infinity : cost === 'arithmetic' ? 2 * size : size;
        if (outputs.length > 1) store(v);
        else if (times > limit) stored.add(v);
        evaluations += count * (stored.has(v) ? size : times);
      }
    } else {
      outputs.forEach(store);
      for (const v of outputs) evaluations += count * sizeOf(v.aval.shape);
    }
    const isGuarded = (lower.kind === 'map' || lower.kind === 'contract') && lower.isGuarded === true;
    if (guarded || isGuarded) inputs.forEach(storeBehindViews);
    for (const atom of inputs) {
      if (atom instanceof Literal) continue;
      const isUniform = lower.kind === 'loops' && uniformOf(atom, (v) => definitions.get(v)) !== null;
      const isWhole = lower.kind === 'call' || lower.kind === 'control';
      if (isWhole || (lower.kind === 'loops' && !isUniform)) store(atom);
      const isPulled = lower.kind === 'map' || lower.kind === 'window';
      reads.set(atom, (reads.get(atom) ?? 0) + (isPulled ? evaluations : sizeOf(atom.aval.shape)));
    }
  }
  const isAtHand = (v: Var): boolean => stored.has(v) || !definitions.has(v);
  for (const equation of jaxpr.equations) {
    const [v] = equation.outputs;
    if (v === undefined || !stored.has(v) || demanded.has(v)) continue;
    const operand = onlyOperand(equation, definitions);
    if (operand !== null && isAtHand(operand)) stored.delete(v);
  }
  return stored;
};
