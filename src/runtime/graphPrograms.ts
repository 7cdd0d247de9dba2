// The cache of programs for graphs of operations: found by structure, so that the same operations on arrays of the same types are
// compiled once.
import { type Aval, sameAval, sizeOf } from '../core/aval';
import { type Jaxpr, sameParams, Var } from '../core/jaxpr';
import type { Params, Primitive } from '../core/primitive';
import { Recent } from './recent';

/** Operations in the order in which they can be computed, what they read, and which of their results are kept. */
export interface Graph {
  readonly primitives: readonly Primitive[];
  readonly params: readonly Params[];
  /** For each operation the number of its operands, and each operand: ~n for leaf n, otherwise as `resultCode` says. */
  readonly operands: readonly number[];
  readonly leaves: readonly Aval[];
  readonly results: readonly (readonly Aval[])[];
  /** The operations whose results are kept. */
  readonly kept: readonly number[];
}
const mostResults = 2 ** 16;
/** A result of an operation as an operand of another. */
export const resultCode = (operation: number, result: number): number => operation * mostResults + result;

export class GraphProgram {
  /** Elements that each of its operations has computed so far. */
  elements = 0;
  /** Elements that one run of it computes, of the largest array. */
  readonly each: number;
  private made: Jaxpr | null = null;
  constructor(
    readonly graph: Graph,
    private readonly hash: number,
  ) {
    this.each = Math.max(0, ...[graph.leaves, ...graph.results].flat().map(({ shape }) => sizeOf(shape)));
  }
  /** Asked for when it is to be compiled: most graphs are computed once. */
  get jaxpr(): Jaxpr {
    if (this.made !== null) return this.made;
    this.made = jaxprOf(this.graph);
    const others = counted.get(this.hash)?.filter((program) => program !== this);
    if (others !== undefined) counted.set(this.hash, others);
    recentOf(this.hash).add(this);
    return this.made;
  }
}

const numbers = new Map<Primitive, number>();
const numberOf = (primitive: Primitive): number => {
  const known = numbers.get(primitive);
  if (known !== undefined) return known;
  numbers.set(primitive, numbers.size);
  return numbers.size - 1;
};

/** Bits of two numbers, mixed. */
const mix = (hash: number, x: number): number => Math.imul(hash ^ (x | 0), 0x01000193);
const mixShape = (hash: number, { shape }: Aval): number => {
  let h = mix(hash, shape.length);
  for (let d = 0; d < shape.length; d++) h = mix(h, shape[d] as number);
  return h;
};
/** The numbers in parameters, and in lists there: what tells one part of an array from the other. */
const mixParams = (hash: number, params: Params): number => {
  let h = hash;
  for (const key in params) {
    const value = params[key];
    if (typeof value === 'number') h = mix(h, value);
    else if (Array.isArray(value)) for (const x of value) if (typeof x === 'number') h = mix(h, x);
  }
  return h;
};
const hashOf = ({ primitives, params, operands, leaves, kept }: Graph): number => {
  let h = primitives.length;
  for (let i = 0; i < primitives.length; i++)
    h = mixParams(mix(h, numberOf(primitives[i] as Primitive)), params[i] as Params);
  for (let i = 0; i < operands.length; i++) h = mix(h, operands[i] as number);
  for (let i = 0; i < leaves.length; i++) h = mixShape(h, leaves[i] as Aval);
  for (let i = 0; i < kept.length; i++) h = mix(h, kept[i] as number);
  return h;
};

const sameList = <T>(a: readonly T[], b: readonly T[], same: (x: T, y: T) => boolean): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i] as T, b[i] as T)) return false;
  return true;
};
const sameGraph = (a: Graph, b: Graph): boolean =>
  sameList<unknown>(a.primitives, b.primitives, Object.is) &&
  sameList(a.operands, b.operands, Object.is) &&
  sameList(a.kept, b.kept, Object.is) &&
  sameList(a.leaves, b.leaves, sameAval) &&
  sameList(a.params, b.params, sameParams);

/** Those that are compiled, by hash: they count among the programs of all functions. */
const programs = new Map<number, Recent<GraphProgram>>();
/** Those that are not compiled yet, by hash. Those used longest ago are forgotten. */
const counted = new Map<number, GraphProgram[]>();
const [mostHashes, mostOfHash] = [4096, 64];
export const forgetGraphs = (): void => {
  programs.clear();
  counted.clear();
};
/** What a cache has under a hash, which was used last then. */
const under = <T>(cache: Map<number, T>, hash: number, none: () => T): T => {
  const found = cache.get(hash) ?? none();
  cache.delete(hash);
  cache.set(hash, found);
  const [oldest] = cache.keys();
  if (cache.size > mostHashes && oldest !== undefined) cache.delete(oldest);
  return found;
};
const recentOf = (hash: number): Recent<GraphProgram> => under(programs, hash, () => new Recent());

const jaxprOf = ({ primitives, params, operands, leaves, results, kept }: Graph): Jaxpr => {
  const inputs = leaves.map((a) => new Var(a));
  const made = results.map((avals) => avals.map((a) => new Var(a)));
  const read = (code: number): Var =>
    (code < 0 ? inputs[~code] : made[Math.floor(code / mostResults)]?.[code % mostResults]) as Var;
  let next = 0;
  return {
    inputs,
    equations: primitives.map((primitive, i) => {
      const from = next + 1;
      next = from + (operands[next] as number);
      return {
        primitive,
        params: params[i] as Params,
        inputs: operands.slice(from, next).map(read),
        outputs: made[i] as readonly Var[],
      };
    }),
    outputs: kept.flatMap((i) => made[i] as readonly Var[]),
  };
};

/** The program of a graph: the same object for the same structure, types and parameters. */
export const programOf = (graph: Graph): GraphProgram => {
  const hash = hashOf(graph);
  const is = (program: GraphProgram): boolean => sameGraph(program.graph, graph);
  const compiled = programs.has(hash) ? recentOf(hash).find(is) : undefined;
  if (compiled !== undefined) return compiled;
  const known = under(counted, hash, (): GraphProgram[] => []);
  const found = known.find(is);
  if (found !== undefined) return found;
  const made = new GraphProgram(graph, hash);
  known.unshift(made);
  if (known.length > mostOfHash) known.pop();
  return made;
};
