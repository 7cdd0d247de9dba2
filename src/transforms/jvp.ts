// Forward mode: every value is carried with its tangent.
import type { Aval } from '../core/aval';
import { isFloat } from '../core/dtype';
import { TransformError } from '../core/errors';
import { bind, currentInterpreter, Interpreter, runFresh, runUnder } from '../core/interpreter';
import { type Params, type Primitive, type Tangent, Zero } from '../core/primitive';
import { type ConcreteArray, leaked, Tracer, type Value } from '../core/value';
import type { FlatFunction } from './function';

class JvpTracer extends Tracer {
  constructor(
    readonly interpreter: Jvp,
    readonly primal: Value,
    readonly tangent: Value,
  ) {
    super();
  }
  get aval(): Aval {
    return this.primal.aval;
  }
  override concrete(use: string): ConcreteArray {
    return this.primal.concrete(use);
  }
}

/** Levels of derivatives from which on exponential work is taken to have no end. */
const deep = 32;
/** What one operation of a function may cost under so many derivatives, in operations of the outermost one: a second or a few. */
const mostOperations = 2 ** 18;

export class Jvp extends Interpreter {
  /** How many derivatives are taken, with this one. */
  private readonly depth: number;
  private readonly outermost: Jvp;
  private operations = 0;
  private most = Infinity;
  constructor(
    override readonly parent: Interpreter,
    readonly transform: string,
  ) {
    super(parent);
    let outer: Interpreter | null = parent;
    while (outer !== null && !(outer instanceof Jvp)) outer = outer.parent;
    this.depth = outer === null ? 1 : outer.depth + 1;
    this.outermost = outer === null ? this : outer.outermost;
  }

  lift(primal: Value, tangent: Tangent): Value {
    return tangent instanceof Zero || !isFloat(primal.dtype) ? primal : new JvpTracer(this, primal, tangent);
  }
  primal(x: Value): Value {
    if (x instanceof Tracer && !x.interpreter.alive)
      throw leaked(x, `the result of the function under ${this.transform}`);
    return this.owns(x) ? x.primal : x;
  }
  tangent(x: Value): Tangent {
    return this.owns(x) ? x.tangent : new Zero(x.aval);
  }
  private owns(x: Value): x is JvpTracer {
    return x instanceof JvpTracer && x.interpreter === this;
  }

  process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    const { outermost } = this;
    if (this.depth >= deep && outermost.most === Infinity) {
      outermost.most = outermost.operations + mostOperations;
      try {
        return this.differentiate(primitive, args, params);
      } finally {
        outermost.most = Infinity;
      }
    }
    if (++this.operations > this.most)
      throw new TransformError(
        `${this.transform}: too many derivatives of derivatives: each level doubles the work, or more, where a function is not a ` +
          `polynomial, and one operation took ${mostOperations} already. Nest fewer of them: 12 take a moment, 20 a minute.`,
      );
    return this.differentiate(primitive, args, params);
  }

  private differentiate(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    const primals = args.map((x) => this.primal(x));
    return runUnder(this.parent, () => {
      if (!args.some((x) => this.owns(x))) return bind(primitive, primals, params);
      const out = primitive.jvp(
        primals,
        args.map((x) => this.tangent(x)),
        params,
      );
      return out.primals.map((p, i) => this.lift(p, out.tangents[i] as Tangent));
    });
  }
}

export interface JvpOut {
  readonly primals: readonly Value[];
  readonly tangents: readonly Tangent[];
}

/** f and its derivative in one direction. */
export const jvpFlat = (
  transform: string,
  f: FlatFunction,
  primals: readonly Value[],
  tangents: readonly Tangent[],
): JvpOut =>
  runFresh(new Jvp(currentInterpreter(), transform), (interpreter) => {
    const out = f(...primals.map((p, i) => interpreter.lift(p, tangents[i] as Tangent)));
    return { primals: out.map((x) => interpreter.primal(x)), tangents: out.map((x) => interpreter.tangent(x)) };
  });
