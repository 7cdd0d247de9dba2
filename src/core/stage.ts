// Staging: equations are recorded instead of computed.
import type { Aval } from './aval';
import { avalsOf, currentInterpreter, Interpreter, runFresh, runUnder } from './interpreter';
import { type Atom, type ClosedJaxpr, type Equation, Literal, Var, withoutDeadCode } from './jaxpr';
import type { Params, Primitive } from './primitive';
import { ConcreteArray, forced, leaked, Tracer, type Value } from './value';

/** Collects the equations of a program, and the outside values it turns out to use. */
export class JaxprBuilder {
  private readonly equations: Equation[] = [];
  private readonly constants = new Map<Value, Var>();

  /** A scalar becomes a literal, anything else an input of the program. */
  constant(x: Value): Atom {
    if (x instanceof ConcreteArray && x.aval.shape.length === 0) return new Literal(x.aval, x.numbers[0] as number);
    const v = this.constants.get(x) ?? new Var(x.aval);
    this.constants.set(x, v);
    if (x instanceof ConcreteArray) x.storage.place?.keep?.();
    return v;
  }

  equation(primitive: Primitive, inputs: readonly Atom[], params: Params, avals: readonly Aval[]): readonly Var[] {
    const outputs = avals.map((a) => new Var(a));
    this.equations.push({ primitive, inputs, params, outputs });
    return outputs;
  }

  build(inputs: readonly Var[], outputs: readonly Atom[]): ClosedJaxpr {
    const entries = [...this.constants];
    const pruned = withoutDeadCode({ inputs: [], equations: this.equations, outputs });
    const used = new Set<Atom>(outputs);
    for (const e of pruned.equations) for (const a of e.inputs) used.add(a);
    const live = entries.filter(([, v]) => used.has(v));
    return {
      jaxpr: { ...pruned, inputs: [...live.map(([, v]) => v), ...inputs] },
      consts: live.map(([x]) => x),
    };
  }
}

class StageTracer extends Tracer {
  constructor(
    readonly interpreter: Stage,
    readonly variable: Var,
  ) {
    super();
  }
  get aval(): Aval {
    return this.variable.aval;
  }
}

/** Records every equation; values of outer interpreters become constants of the program. */
export class Stage extends Interpreter {
  readonly builder = new JaxprBuilder();
  constructor(
    parent: Interpreter,
    readonly transform: string,
  ) {
    super(parent);
  }

  input(a: Aval): StageTracer {
    return new StageTracer(this, new Var(a));
  }
  atom(x: Value): Atom {
    if (x instanceof StageTracer && x.interpreter === this) return x.variable;
    if (x instanceof Tracer && !x.interpreter.alive)
      throw leaked(x, `the result of the function traced by ${this.transform}`);
    return this.builder.constant(x);
  }
  process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    // Tracing what a parameter computes, the rule must see which axes have names.
    const staged = runUnder(this, () => primitive.stage?.(args, params));
    const { args: operands, params: recorded } = staged ?? { args, params };
    const avals = primitive.shape(avalsOf(operands), recorded);
    const inputs = operands.map((x) => this.atom(x));
    return this.builder.equation(primitive, inputs, recorded, avals).map((v) => new StageTracer(this, v));
  }
}

/** Traces a function of flat values to a program; what it closes over becomes leading inputs. */
export const traceToJaxpr = (
  transform: string,
  f: (...args: readonly Value[]) => readonly Value[],
  avals: readonly Aval[],
): ClosedJaxpr =>
  runFresh(new Stage(currentInterpreter(), transform), (stage) => {
    const inputs = avals.map((a) => stage.input(a));
    const outputs = f(...inputs).map((x) => stage.atom(x));
    const { jaxpr, consts } = stage.builder.build(
      inputs.map((t) => t.variable),
      outputs,
    );
    return { jaxpr, consts: consts.map(forced) };
  });
