// Vectorisation: one call works on a whole axis of examples. Inside, a mapped value carries that axis in front.
import { type Aval, aval } from '../core/aval';
import { bind, currentInterpreter, Interpreter, runFresh, runUnder } from '../core/interpreter';
import type { Params, Primitive } from '../core/primitive';
import { leaked, Tracer, type Value } from '../core/value';
import type { FlatFunction } from './function';

class BatchTracer extends Tracer {
  readonly aval: Aval;
  constructor(
    readonly interpreter: Batch,
    readonly value: Value,
  ) {
    super();
    this.aval = aval(value.shape.slice(1), value.dtype);
  }
}

export class Batch extends Interpreter {
  constructor(
    override readonly parent: Interpreter,
    readonly transform: string,
    readonly size: number,
  ) {
    super(parent);
  }
  lift(value: Value, mapped: boolean): Value {
    return mapped ? new BatchTracer(this, value) : value;
  }
  isMapped(x: Value): x is BatchTracer {
    return x instanceof BatchTracer && x.interpreter === this;
  }
  value(x: Value): Value {
    if (x instanceof Tracer && !x.interpreter.alive)
      throw leaked(x, `the result of the function under ${this.transform}`);
    return this.isMapped(x) ? x.value : x;
  }
  process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    const values = args.map((x) => this.value(x));
    const mapped = args.map((x) => this.isMapped(x));
    return runUnder(this.parent, () => {
      if (!mapped.includes(true)) return bind(primitive, values, params);
      const out = primitive.batch(this.size, values, mapped, params);
      return out.values.map((x, i) => this.lift(x, out.mapped[i] as boolean));
    });
  }
}

export interface BatchOut {
  readonly values: readonly Value[];
  readonly mapped: readonly boolean[];
}

/** f for every element of the leading axis of the mapped arguments. */
export const batchFlat = (
  transform: string,
  size: number,
  f: FlatFunction,
  args: readonly Value[],
  mapped: readonly boolean[],
): BatchOut =>
  runFresh(new Batch(currentInterpreter(), transform, size), (interpreter) => {
    const out = f(...args.map((x, i) => interpreter.lift(x, mapped[i] as boolean)));
    return { values: out.map((x) => interpreter.value(x)), mapped: out.map((x) => interpreter.isMapped(x)) };
  });
