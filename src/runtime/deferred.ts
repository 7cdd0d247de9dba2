// Deferred evaluation (lazy evaluation): operations on many elements that a function of the library applies, one after the other, outside
// of jit. They are computed together, as one fused program, when a result is asked for: at the latest when it leaves the function.
import { type Aval, showAval } from '../core/aval';
import type { Data } from '../core/dtype';
import { evaluate } from '../core/evaluate';
import { avalsOf } from '../core/interpreter';
import { type Jaxpr, sameParams, Var } from '../core/jaxpr';
import type { Params, Primitive } from '../core/primitive';
import { allForced, ConcreteArray, type Place, Storage } from '../core/value';
import { compiled } from './executable';
import { Recent } from './recent';

/** Elements from which on a program that was asked for before is worth compiling, and from which on it always is. */
export const many = 2 ** 15;
const huge = 2 ** 18;
/** Operations that one program has at most. */
const mostOperations = 256;

/** The elements of a result that is not computed yet. */
class Deferred implements Place {
  /** How often operations read it. */
  uses = 0;
  constructor(
    readonly operation: Operation,
    readonly output: number,
  ) {}
  computed(): ConcreteArray {
    return run(this.operation)[this.output] as ConcreteArray;
  }
  read(): Data {
    return this.computed().data;
  }
  leave(): void {}
}

let operations = 0;
export class Operation {
  readonly number = operations++;
  /** The lowest number among the operations that this one is computed from. */
  readonly oldest: number;
  readonly outputs: readonly ConcreteArray[];
  readonly places: readonly Deferred[];
  results: readonly ConcreteArray[] | null = null;
  /** It was computed on the way to others, and its results were not kept. */
  isForgotten = false;

  constructor(
    readonly primitive: Primitive,
    public args: readonly ConcreteArray[],
    readonly params: Params,
    avals: readonly Aval[],
  ) {
    this.places = avals.map((_, k) => new Deferred(this, k));
    this.outputs = avals.map((a, k) => new ConcreteArray(a, new Storage(null, this.places[k])));
    let oldest = this.number;
    for (const x of args) {
      const place = placeOf(x);
      if (place === null) continue;
      place.uses++;
      if (place.operation.oldest < oldest) oldest = place.operation.oldest;
    }
    this.oldest = oldest;
  }

  finish(results: readonly ConcreteArray[]): void {
    this.results = results;
    this.args = [];
  }
}

const placeOf = ({ storage: { place } }: ConcreteArray): Deferred | null => (place instanceof Deferred ? place : null);
export const isDeferred = (x: ConcreteArray): boolean => placeOf(x) !== null;

/** An operation to be computed later, on operands of which some may be computed later, too. */
export const defer = (primitive: Primitive, args: readonly ConcreteArray[], params: Params): Operation => {
  const operands = args.map((x) => {
    const operation = placeOf(x)?.operation;
    if (operation === undefined) return x;
    const isFar = operations - operation.oldest >= mostOperations;
    return operation.results !== null || operation.isForgotten || isFar ? x.forced : x;
  });
  return new Operation(primitive, operands, params, primitive.shape(avalsOf(operands), params));
};

/** The operations that are still to be computed for one, in their order. */
const graphOf = (root: Operation): readonly Operation[] => {
  const found = new Set([root]);
  for (const operation of found)
    for (const x of operation.args) {
      const needed = placeOf(x)?.operation;
      if (needed !== undefined && needed.results === null) found.add(needed);
    }
  return [...found].sort((a, b) => a.number - b.number);
};

/** An operand within a graph: a leaf's number, or which result of which operation it is. */
type Operand = number | readonly [operation: number, output: number];
/** What a graph reads, and what of it is kept: results of the root, and those that others than the operations in it read. */
interface Plan {
  readonly leaves: readonly ConcreteArray[];
  readonly operands: readonly (readonly Operand[])[];
  readonly kept: readonly number[];
}
const planOf = (graph: readonly Operation[], root: Operation): Plan => {
  const numbers = new Map(graph.map((operation, i) => [operation, i]));
  const leaves = new Map<ConcreteArray, number>();
  const uses = new Map<Deferred, number>();
  const operandOf = (x: ConcreteArray): Operand => {
    const place = placeOf(x);
    const at = place === null ? undefined : numbers.get(place.operation);
    if (place !== null && at !== undefined) {
      uses.set(place, (uses.get(place) ?? 0) + 1);
      return [at, place.output];
    }
    const leaf = x.forced;
    const number = leaves.get(leaf) ?? leaves.size;
    leaves.set(leaf, number);
    return number;
  };
  const operands = graph.map(({ args }) => args.map(operandOf));
  const isKept = (o: Operation): boolean => o === root || o.places.some((place) => place.uses > (uses.get(place) ?? 0));
  return { leaves: [...leaves.keys()], operands, kept: graph.flatMap((o, i) => (isKept(o) ? [i] : [])) };
};

interface Known {
  readonly params: readonly Params[];
  readonly jaxpr: Jaxpr;
}
/** Programs by what they do, but for the parameters. Those used longest ago are forgotten. */
const programs = new Map<string, Recent<Known>>();
const mostKeys = 1024;
export const forgetPrograms = (): void => programs.clear();

const jaxprOf = (graph: readonly Operation[], { leaves, operands, kept }: Plan): Jaxpr => {
  const inputs = leaves.map((x) => new Var(x.aval));
  const results = graph.map((o) => o.outputs.map((x) => new Var(x.aval)));
  const atomOf = (x: Operand): Var => (typeof x === 'number' ? inputs[x] : results[x[0]]?.[x[1]]) as Var;
  return {
    inputs,
    equations: graph.map(({ primitive, params }, i) => ({
      primitive,
      params,
      inputs: (operands[i] as readonly Operand[]).map(atomOf),
      outputs: results[i] as readonly Var[],
    })),
    outputs: kept.flatMap((i) => results[i] as readonly Var[]),
  };
};
/** The program of a graph; the same object for the same shapes and parameters. */
const programOf = (graph: readonly Operation[], plan: Plan): { readonly jaxpr: Jaxpr; readonly isNew: boolean } => {
  const lines = graph.map(
    ({ primitive: { name } }, i) => `${name} ${(plan.operands[i] as readonly Operand[]).join(' ')}`,
  );
  const key = [...plan.leaves.map((x) => showAval(x.aval)), ...lines, plan.kept.join(' ')].join('\n');
  const known = programs.get(key) ?? new Recent<Known>();
  programs.delete(key);
  programs.set(key, known);
  const [oldest] = programs.keys();
  if (programs.size > mostKeys && oldest !== undefined) programs.delete(oldest);
  const found = known.find(({ params }) => params.every((p, i) => sameParams(p, graph[i]?.params)));
  if (found) return { jaxpr: found.jaxpr, isNew: false };
  const jaxpr = jaxprOf(graph, plan);
  known.add({ params: graph.map((o) => o.params), jaxpr });
  return { jaxpr, isNew: true };
};

const isAlwaysCompiled = ({ primitive: { lower } }: Operation): boolean =>
  lower.kind === 'contract' || lower.kind === 'control';
const largest = (xs: readonly ConcreteArray[]): number => xs.reduce((n, { size }) => Math.max(n, size), 0);

/** The results of an operation, computed now with all that it needs. */
export const run = (root: Operation): readonly ConcreteArray[] => {
  if (root.results !== null) return root.results;
  const graph = graphOf(root);
  const plan = planOf(graph, root);
  const { jaxpr, isNew } = programOf(graph, plan);
  const size = graph.reduce((n, o) => Math.max(n, largest(o.args), largest(o.outputs)), 0);
  if (isNew && size < huge && !graph.some(isAlwaysCompiled)) {
    for (const o of graph) o.finish(evaluate(o.primitive, allForced(o.args), o.params));
    return root.results ?? [];
  }
  const results = compiled(jaxpr).run(plan.leaves);
  let next = 0;
  for (const i of plan.kept) {
    const o = graph[i] as Operation;
    o.finish(results.slice(next, next + o.outputs.length));
    next += o.outputs.length;
  }
  for (const o of graph) o.isForgotten = o.results === null;
  return root.results ?? [];
};
