// Which values of a program are stored, and which are computed where they are used.
//
// Cost model. Stored are results, operands of calls, and the outcomes of sums and contractions. A view is not. Another pointwise
// value is computed in its consumer if its elements together are read at most once (`transcendental`) or at most twice (`arithmetic`:
// a few cycles against a store and a load), unless a guard would make its evaluation conditional, or its expression has grown too large.
import { sizeOf } from '../core/aval';
import { type Atom, type Equation, type Jaxpr, Literal, type Var } from '../core/jaxpr';

/** Operations in one expression, above which it is cut. */
const largest = 300;
/** Primitives whose element is read under a guard. */
const guarding = new Set(['pad', 'concatenate', 'dynamic_update_slice', 'gather', 'conv_general_dilated']);

/** Variables whose expressions, followed back to stored values, would be too large. */
const tooLarge = (jaxpr: Jaxpr): ReadonlySet<Var> => {
  const weights = new Map<Atom, number>();
  const cut = new Set<Var>();
  for (const { primitive, inputs, outputs } of jaxpr.equations) {
    const weight = 1 + inputs.reduce((n, a) => n + (weights.get(a) ?? 0), 0);
    if (primitive.lower.kind !== 'map') continue;
    for (const v of outputs) {
      if (weight > largest) cut.add(v);
      else weights.set(v, weight);
    }
  }
  return cut;
};

export const chooseStored = (jaxpr: Jaxpr): ReadonlySet<Var> => {
  const stored = new Set<Var>(tooLarge(jaxpr));
  const reads = new Map<Var, number>();
  const definitions = new Map<Var, Equation>();
  for (const equation of jaxpr.equations) for (const v of equation.outputs) definitions.set(v, equation);
  const store = (atom: Atom): void => {
    if (!(atom instanceof Literal)) stored.add(atom);
  };
  const storeBehindViews = (atom: Atom): void => {
    const definition = atom instanceof Literal ? undefined : definitions.get(atom);
    if (definition === undefined) return;
    const { lower } = definition.primitive;
    if (lower.kind === 'map' && lower.cost === 'view') definition.inputs.forEach(storeBehindViews);
    else store(atom);
  };
  jaxpr.outputs.forEach(store);
  for (const { primitive, inputs, outputs } of [...jaxpr.equations].reverse()) {
    const { lower } = primitive;
    let evaluations = 0;
    if (lower.kind === 'map') {
      for (const v of outputs) {
        const size = sizeOf(v.aval.shape);
        const times = reads.get(v) ?? 0;
        const limit = lower.cost === 'view' ? Infinity : lower.cost === 'arithmetic' ? 2 * size : size;
        if (times > limit || outputs.length > 1) store(v);
        evaluations += stored.has(v) ? size : times;
      }
    } else outputs.forEach(store);
    if (guarding.has(primitive.name)) inputs.forEach(storeBehindViews);
    for (const atom of inputs) {
      if (atom instanceof Literal) continue;
      if (lower.kind === 'call') store(atom);
      reads.set(atom, (reads.get(atom) ?? 0) + (lower.kind === 'map' ? evaluations : sizeOf(atom.aval.shape)));
    }
  }
  return stored;
};
