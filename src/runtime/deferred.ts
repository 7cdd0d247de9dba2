// Deferred evaluation (lazy evaluation): operations on many elements that a function of the library applies, one after the other, outside
// of jit. They are computed together, as one fused program, when a result is asked for: at the latest when it leaves the function.
import type { Aval } from '../core/aval';
import type { Data } from '../core/dtype';
import { evaluate } from '../core/evaluate';
import type { Params, Primitive } from '../core/primitive';
import { allForced, ConcreteArray, type Place, Storage, type Value } from '../core/value';
import { compiled } from './executable';
import { type Graph, programOf, resultCode } from './graphPrograms';

/**
 * Elements that each operation of a program computes, in all runs together, before the program is compiled: one after the other, they
 * take as long for these as the compiler takes for them.
 */
const worthCompiling = 2 ** 16;
/** Operations that one program has at most. */
const mostOperations = 256;

/** The elements of a result that is not computed yet. */
class Deferred implements Place {
  /** How often operations read it, and how often those of the graph that is computed do. */
  uses = 0;
  reads = 0;
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
  keep(): void {
    this.uses++;
  }
  leave(): void {}
}

let operations = 0;
/** The graph that is collected: its operations have its number, and their places in it. */
let graphs = 0;
export class Operation {
  readonly number = operations++;
  /** The lowest number among the operations that this one is computed from. */
  readonly oldest: number;
  /** At least as many as it is computed from, with itself. */
  readonly count: number;
  readonly outputs: readonly ConcreteArray[];
  readonly places: readonly Deferred[];
  graph = -1;
  at = -1;
  results: readonly ConcreteArray[] | null = null;
  /** It was computed on the way to others, and its results were not kept. */
  isForgotten = false;

  constructor(
    readonly primitive: Primitive,
    public args: readonly ConcreteArray[],
    readonly params: Params,
    readonly avals: readonly Aval[],
  ) {
    this.places = avals.map((_, k) => new Deferred(this, k));
    this.outputs = avals.map((a, k) => new ConcreteArray(a, new Storage(null, this.places[k])));
    let oldest = this.number;
    let count = 1;
    for (const x of args) {
      const place = placeOf(x);
      if (place === null) continue;
      place.uses++;
      count += place.operation.count;
      if (place.operation.oldest < oldest) oldest = place.operation.oldest;
    }
    this.oldest = oldest;
    this.count = count;
  }

  finish(results: readonly ConcreteArray[]): void {
    this.results = results;
    this.args = [];
  }
}

const placeOf = ({ storage: { place } }: ConcreteArray): Deferred | null => (place instanceof Deferred ? place : null);
export const isDeferred = (x: ConcreteArray): boolean => placeOf(x) !== null;

const isKnown = ({ results, isForgotten, count, oldest }: Operation): boolean =>
  results !== null || isForgotten || (count >= mostOperations && operations - oldest >= mostOperations);
/** An operation to be computed later, on operands of which some may be computed later, too. */
export const defer = (
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
  avals: readonly Aval[],
): Operation => {
  const operands = args.map((x) => {
    const place = placeOf(x);
    return place !== null && isKnown(place.operation) ? x.forced : x;
  });
  return new Operation(primitive, operands, params, avals);
};

/** The operations that are still to be computed for some, each after those that it reads. */
const graphOf = (roots: readonly Operation[]): readonly Operation[] => {
  const graph: Operation[] = [];
  const number = ++graphs;
  const visit = (operation: Operation): void => {
    if (operation.results !== null || operation.graph === number) return;
    operation.graph = number;
    for (const x of operation.args) {
      const needed = placeOf(x)?.operation;
      if (needed !== undefined) visit(needed);
    }
    operation.at = graph.length;
    graph.push(operation);
    for (const place of operation.places) place.reads = 0;
  };
  roots.forEach(visit);
  return graph;
};

/** What a graph is, and the arrays that it reads. Kept are the roots, and what others than the operations in the graph read. */
const planOf = (
  operations: readonly Operation[],
  roots: readonly Operation[],
): { readonly graph: Graph; readonly leaves: readonly ConcreteArray[] } => {
  const leaves: ConcreteArray[] = [];
  const known = new Map<ConcreteArray, number>();
  const operands: number[] = [];
  const codeOf = (x: ConcreteArray): number => {
    const place = placeOf(x);
    if (place !== null && place.operation.results === null) {
      place.reads++;
      return resultCode(place.operation.at, place.output);
    }
    const leaf = x.forced;
    const number = known.get(leaf);
    if (number !== undefined) return ~number;
    known.set(leaf, leaves.length);
    return ~(leaves.push(leaf) - 1);
  };
  for (const { args } of operations) {
    operands.push(args.length);
    for (const x of args) operands.push(codeOf(x));
  }
  const kept: number[] = [];
  operations.forEach((o, i) => {
    if (roots.includes(o) || o.places.some(({ uses, reads }) => uses > reads)) kept.push(i);
  });
  const graph = {
    primitives: operations.map((o) => o.primitive),
    params: operations.map((o) => o.params),
    operands,
    leaves: leaves.map((x) => x.aval),
    results: operations.map((o) => o.avals),
    kept,
  };
  return { graph, leaves };
};

const isAlwaysCompiled = ({ primitive: { lower } }: Operation): boolean =>
  lower.kind === 'contract' || lower.kind === 'control';

/** Computes an operation alone, now that its operands are there: contractions and loops by a program in any case. */
const computeAlone = (o: Operation): void => {
  if (isAlwaysCompiled(o)) compute([o]);
  else o.finish(evaluate(o.primitive, allForced(o.args), o.params));
};

const compute = (roots: readonly Operation[], operations = graphOf(roots)): void => {
  if (operations.length === 0) return;
  const { graph, leaves } = planOf(operations, roots);
  const program = programOf(graph);
  program.elements += program.each;
  const isAlone = operations.length === 1 && isAlwaysCompiled(operations[0] as Operation);
  if (program.elements < worthCompiling && !isAlone) return operations.forEach(computeAlone);
  const results = compiled(program.jaxpr).run(leaves);
  let next = 0;
  for (const i of graph.kept) {
    const o = operations[i] as Operation;
    o.finish(results.slice(next, next + o.outputs.length));
    next += o.outputs.length;
  }
  for (const o of operations) o.isForgotten = o.results === null;
};

/** The results of an operation, computed now with all that it needs. */
export const run = (root: Operation): readonly ConcreteArray[] => {
  if (root.results === null) compute([root]);
  return root.results ?? [];
};

/** Roots whose graphs meet. */
interface Group {
  readonly roots: Operation[];
  joined: Group | null;
}
const lastOf = (group: Group): Group => (group.joined === null ? group : lastOf(group.joined));
const groupsOf = (roots: Iterable<Operation>): readonly Group[] => {
  const known = new Map<Operation, Group>();
  const groups: Group[] = [];
  for (const root of roots) {
    const group: Group = { roots: [root], joined: null };
    groups.push(group);
    const visit = (operation: Operation): void => {
      if (operation.results !== null) return;
      const found = known.get(operation);
      if (found === undefined) {
        known.set(operation, group);
        for (const x of operation.args) {
          const needed = placeOf(x)?.operation;
          if (needed !== undefined) visit(needed);
        }
      } else if (lastOf(found) !== group) {
        const other = lastOf(found);
        group.roots.push(...other.roots);
        other.joined = group;
      }
    };
    visit(root);
  }
  return groups.filter(({ joined }) => joined === null);
};

/** Computes values that were put off: those that are made of the same ones by one program, unless that were too large. */
export const computeAll = (values: readonly Value[]): void => {
  const left = new Set<Operation>();
  for (const x of values) {
    const place = x instanceof ConcreteArray ? placeOf(x) : null;
    if (place === null || place.operation.results !== null) continue;
    place.keep();
    left.add(place.operation);
  }
  if (left.size <= 1) {
    if (left.size === 1) compute([...left]);
    return;
  }
  for (const { roots } of groupsOf(left)) {
    const operations = graphOf(roots);
    if (roots.length === 1 || operations.length <= mostOperations) compute(roots, operations);
    else for (const root of roots) compute([root]);
  }
};
