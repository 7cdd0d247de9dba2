// Direct linearize: Jvp with this interpreter as its parent. What depends on values alone is computed now, in the parent;
// what depends on tangents is recorded as a linear program, whose constants are the residuals.
import type { Aval } from '../core/aval';
import { isFloat } from '../core/dtype';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind, currentInterpreter, Interpreter, runFresh, runUnder, settle } from '../core/interpreter';
import { type Atom, type ClosedJaxpr, type Jaxpr, Var } from '../core/jaxpr';
import { LinearOperand, type Params, type Primitive, Zero } from '../core/primitive';
import { JaxprBuilder, traceToJaxpr } from '../core/stage';
import { Tracer, type Value } from '../core/value';
import { fullLike } from '../primitives/fill';
import type { FlatFunction } from './function';
import { jvpFlat } from './jvp';

class LinearTracer extends Tracer {
  constructor(
    readonly interpreter: Linearize,
    readonly variable: Var,
  ) {
    super();
  }
  get aval(): Aval {
    return this.variable.aval;
  }
}

export class Linearize extends Interpreter {
  readonly builder = new JaxprBuilder();
  constructor(
    override readonly parent: Interpreter,
    readonly transform: string,
  ) {
    super(parent);
  }

  input(a: Aval): LinearTracer {
    return new LinearTracer(this, new Var(a));
  }
  isUnknown(x: Value): x is LinearTracer {
    return x instanceof LinearTracer && x.interpreter === this;
  }
  atom(x: Value): Atom {
    return this.isUnknown(x) ? x.variable : this.builder.constant(x);
  }

  process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    if (!args.some((x) => this.isUnknown(x))) return runUnder(this.parent, () => bind(primitive, args, params));
    if (primitive.partialEval) return this.split(primitive, args, params);
    const avals = primitive.shape(
      args.map((x) => x.aval),
      params,
    );
    return this.record(primitive, args, params, avals);
  }

  private record(primitive: Primitive, args: readonly Value[], params: Params, avals: readonly Aval[]): Value[] {
    const outputs = this.builder.equation(
      primitive,
      args.map((x) => this.atom(x)),
      params,
      avals,
    );
    return outputs.map((v) => new LinearTracer(this, v));
  }

  /** A primitive that carries a program computes its known part now and is recorded for the rest. */
  private split(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    const known = args.map((x) => (this.isUnknown(x) ? new LinearOperand(x.aval) : x));
    const out = runUnder(this.parent, () => primitive.partialEval?.(known, params));
    if (out === undefined) throw new TypeError(`internal: ${primitive.name} has no partial evaluation rule`);
    const { staged } = out;
    const unknown = args.filter((x) => this.isUnknown(x));
    const results =
      staged.avals.length === 0
        ? []
        : this.record(staged.primitive, [...staged.residuals, ...unknown], staged.params, staged.avals);
    let next = 0;
    return out.known.map((x) => x ?? (results[next++] as Value));
  }
}

export interface Linearized {
  readonly primals: readonly Value[];
  /** From the tangents of the float inputs to the tangents of the results; its constants are the residuals. */
  readonly program: ClosedJaxpr;
}

/**
 * f at a point, and its derivative there as a linear program.
 *
 * `differentiated` says how many of the results the program is to have; the others are only computed.
 */
export const linearizeFlat = (
  transform: string,
  f: FlatFunction,
  primals: readonly Value[],
  differentiated: (results: number) => number = (n) => n,
): Linearized => {
  const linearized = runFresh(new Linearize(currentInterpreter(), transform), (interpreter) => {
    const tangents = primals.map((p) => (isFloat(p.dtype) ? interpreter.input(p.aval) : new Zero(p.aval)));
    const out = jvpFlat(transform, f, primals, tangents);
    const inputs = tangents.filter((t) => t instanceof LinearTracer).map((t) => t.variable);
    const outputs = out.tangents
      .slice(0, differentiated(out.tangents.length))
      .map((t) => (t instanceof Zero ? zeroOutput(interpreter, t.aval) : interpreter.atom(t)));
    return { primals: out.primals, program: interpreter.builder.build(inputs, outputs) };
  });
  settle([...linearized.primals, ...linearized.program.consts]);
  return linearized;
};

/** A result that does not depend on the inputs has a tangent of zeros; computed in the parent, so that it is a constant. */
const zeroOutput = (interpreter: Linearize, a: Aval): Atom =>
  runUnder(interpreter.parent, () => interpreter.atom(fullLike({ aval: a }, 0)));

/** Splits a program whose inputs are partly unknown into a known program, giving residuals too, and a staged rest. */
export interface PartialJaxpr {
  /** known inputs -> known results, then residuals */
  readonly known: ClosedJaxpr;
  /** residuals, then unknown inputs -> unknown results */
  readonly staged: Jaxpr;
  readonly unknownResults: readonly boolean[];
}

/** Results where `forced` holds are given by the staged program even if they are known. */
export const partialEvalJaxpr = (
  jaxpr: Jaxpr,
  unknown: readonly boolean[],
  transform: string,
  forced: readonly boolean[] = [],
): PartialJaxpr => {
  const avals = jaxpr.inputs.map((v) => v.aval);
  let rest: { staged: Jaxpr; unknownResults: readonly boolean[] } | null = null;
  const known = traceToJaxpr(
    transform,
    (...knownArgs) =>
      runFresh(new Linearize(currentInterpreter(), transform), (interpreter) => {
        const inputs: Var[] = [];
        let next = 0;
        const args = avals.map((a, i) => {
          if (!unknown[i]) return knownArgs[next++] as Value;
          const tracer = interpreter.input(a);
          inputs.push(tracer.variable);
          return tracer;
        });
        const out = evalJaxpr(jaxpr, args);
        const isStaged = out.map((x, i) => forced[i] === true || interpreter.isUnknown(x));
        const unknownOut = out.filter((_, i) => isStaged[i]);
        const closed = interpreter.builder.build(
          inputs,
          unknownOut.map((x) => interpreter.atom(x)),
        );
        rest = { staged: closed.jaxpr, unknownResults: isStaged };
        return [...out.filter((_, i) => !isStaged[i]), ...closed.consts];
      }),
    avals.filter((_, i) => !unknown[i]),
  );
  if (rest === null) throw new TypeError('internal: the program was not traced');
  return { known, ...(rest as { staged: Jaxpr; unknownResults: readonly boolean[] }) };
};
