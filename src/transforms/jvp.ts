// Forward mode: every value is carried with its tangent.
import type { Aval } from '../core/aval';
import { isFloat } from '../core/dtype';
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

export class Jvp extends Interpreter {
  constructor(
    override readonly parent: Interpreter,
    readonly transform: string,
  ) {
    super(parent);
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
