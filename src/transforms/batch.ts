// Vectorisation: one call works on a whole axis of examples. Inside, a mapped value carries that axis in front.
import { type Aval, aval } from '../core/aval';
import { bind, currentInterpreter, Interpreter, type NamedAxis, runFresh, runUnder } from '../core/interpreter';
import { type Jaxpr, programsIn } from '../core/jaxpr';
import type { BatchResult, Params, Primitive } from '../core/primitive';
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

/** The name of the axis whose batch rule is running, which may batch programs along it. */
let axisOfRule: string | null = null;
export const currentAxis = (): string | null => axisOfRule;
const runRule = (name: string | null, rule: () => BatchResult): BatchResult => {
  const former = axisOfRule;
  axisOfRule = name;
  try {
    return rule();
  } finally {
    axisOfRule = former;
  }
};

const namesIn = new WeakMap<Jaxpr, ReadonlySet<unknown>>();
/** The axes that collective operations of a program name. */
const axesIn = (jaxpr: Jaxpr): ReadonlySet<unknown> => {
  const found = namesIn.get(jaxpr);
  if (found) return found;
  const names = new Set<unknown>();
  for (const { primitive, params } of jaxpr.equations) {
    if (primitive.collective) names.add(params.axisName);
    for (const inner of programsIn(params)) for (const name of axesIn(inner)) names.add(name);
  }
  namesIn.set(jaxpr, names);
  return names;
};

export class Batch extends Interpreter {
  override readonly axis: NamedAxis | null;
  constructor(
    override readonly parent: Interpreter,
    readonly transform: string,
    readonly size: number,
    name: string | null,
  ) {
    super(parent);
    this.axis = name === null ? null : { name, size };
  }
  /** Whether an operation is about this axis even where no operand is mapped. Functions in parameters may be. */
  private concerns(primitive: Primitive, params: Params): boolean {
    const name = this.axis?.name;
    return (
      name !== undefined &&
      (primitive.stage !== undefined || programsIn(params).some((program) => axesIn(program).has(name)))
    );
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
      const name = this.axis?.name ?? null;
      const { collective } = primitive;
      const isOwn = collective !== undefined && params.axisName === name;
      if (!isOwn && !mapped.includes(true) && !this.concerns(primitive, params)) return bind(primitive, values, params);
      const out = runRule(name, () =>
        isOwn ? collective(this.size, values, mapped, params) : primitive.batch(this.size, values, mapped, params),
      );
      return out.values.map((x, i) => this.lift(x, out.mapped[i] as boolean));
    });
  }
}

export interface BatchOut {
  readonly values: readonly Value[];
  readonly mapped: readonly boolean[];
}

/** f for every element of the leading axis of the mapped arguments; `axisName` is what collective operations in f call that axis. */
export const batchFlat = (
  transform: string,
  size: number,
  f: FlatFunction,
  args: readonly Value[],
  mapped: readonly boolean[],
  axisName: string | null = null,
): BatchOut =>
  runFresh(new Batch(currentInterpreter(), transform, size, axisName), (interpreter) => {
    const out = f(...args.map((x, i) => interpreter.lift(x, mapped[i] as boolean)));
    return { values: out.map((x) => interpreter.value(x)), mapped: out.map((x) => interpreter.isMapped(x)) };
  });
