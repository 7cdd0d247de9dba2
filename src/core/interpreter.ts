// Who decides what a primitive means: the one current interpreter, and the chain of its parents.
import type { Aval } from './aval';
import { ClosedOverError } from './errors';
import { evaluate } from './evaluate';
import type { Params, Primitive } from './primitive';
import { nestedTransforms } from './stack';
import { ConcreteArray, leaked, type One, Tracer, type Value, type Values } from './value';

/** A mapped axis that collective operations name. */
export interface NamedAxis {
  readonly name: string;
  readonly size: number;
}

/** One transform at work. Rules run with the parent current, so a transform never sees its own tracers there. */
export abstract class Interpreter {
  /** The user's name for it: grad, jvp, vmap, jit ... */
  abstract readonly transform: string;
  alive = true;
  /** The axis it maps over, where that has a name. */
  readonly axis: NamedAxis | null = null;
  /** It looks at every operation, so that functions are to run one operation after the other. */
  readonly inspects: boolean = false;
  constructor(readonly parent: Interpreter | null) {}
  abstract process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[];
}

/** Elements of an array from which on evaluation may put operations off, to compute several of them together. */
export const many = 2 ** 8;

/** `avals` are the types of the results, where they are known already. */
export type Evaluation = (
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
  avals?: readonly Aval[],
) => readonly Value[];
let evaluation: Evaluation = (primitive, args, params) => evaluate(primitive, args, params);
/** Computes what evaluation has put off. */
export type Settlement = (values: readonly Value[]) => void;
let settlement: Settlement = () => {};
/**
 * Hands evaluation to a runtime, which may know a faster way than a primitive's own implementation. Called where tensors are made,
 * not where a module loads: bundlers leave out modules that are loaded for their effects alone.
 */
export const evaluateWith = (f: Evaluation, settle: Settlement): void => {
  evaluation = f;
  settlement = settle;
};

class Evaluate extends Interpreter {
  readonly transform = 'eval';
  process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    if (!areKnown(args)) throw closedOver(args.find((x) => !(x instanceof ConcreteArray)));
    // The shape rule is where operands are checked; functions not yet staged check themselves as they run.
    const avals = primitive.stage === undefined ? primitive.shape(avalsOf(args), params) : undefined;
    return evaluation(primitive, args, params, avals);
  }
}

const areKnown = (args: readonly Value[]): args is readonly ConcreteArray[] => {
  for (let i = 0; i < args.length; i++) if (!(args[i] instanceof ConcreteArray)) return false;
  return true;
};
const closedOver = (x: Value | undefined): ClosedOverError => {
  const transform = x instanceof Tracer ? x.interpreter.transform : 'a transform';
  return new ClosedOverError(
    `a value traced by ${transform} was used where ${transform} cannot see it: a rule or function closed over it. ` +
      'Pass it as an argument instead.',
  );
};

/** Accidental operations inside the dispatch itself fail loudly. */
class Nobody extends Interpreter {
  readonly transform = 'dispatch';
  process(primitive: Primitive): never {
    throw new Error(`internal: ${primitive.name} was applied while another primitive was being dispatched`);
  }
}

export const evaluator: Interpreter = new Evaluate(null);
const nobody: Interpreter = new Nobody(null);
let current: Interpreter = evaluator;

export const currentInterpreter = (): Interpreter => current;

/** Runs `f` with `interpreter` current and restores the former one, whatever happens. */
export const runUnder = <T>(interpreter: Interpreter, f: () => T): T => {
  const former = current;
  current = interpreter;
  try {
    return f();
  } finally {
    current = former;
  }
};

const depthOf = (interpreter: Interpreter): number => {
  let depth = 0;
  for (let i: Interpreter | null = interpreter; i !== null; i = i.parent) depth++;
  return depth;
};

let transforms = 0;
/** Whether some transform is at work, be it that operations are evaluated for one of its rules. */
export const isTransforming = (): boolean => transforms > 0;

/** Runs a part of a transform that has no interpreter of its own. */
export const runTransforming = <T>(f: () => T): T => {
  transforms++;
  try {
    return f();
  } finally {
    transforms--;
  }
};

/** Runs `f` under a new interpreter, which is dead afterwards: its tracers must not be used again. */
export const runFresh = <I extends Interpreter, T>(interpreter: I, f: (interpreter: I) => T): T => {
  transforms++;
  try {
    return runUnder(interpreter, () => f(interpreter));
  } catch (error) {
    throw nestedTransforms(interpreter.transform, depthOf(interpreter), error);
  } finally {
    transforms--;
    interpreter.alive = false;
  }
};

const checkAlive = (name: string, x: Value): void => {
  if (x instanceof Tracer && !x.interpreter.alive) throw leaked(x, name);
};

let compositions = 0;
/** Whether a function of the library that is made of others runs: what they give is not for users. */
export const isComposing = (): boolean => compositions > 0;
/** Runs the body of such a function. */
export const runComposed = <T>(body: () => T): T => {
  compositions++;
  try {
    return body();
  } finally {
    compositions--;
  }
};

/**
 * Computes what evaluation has put off of these values, together, where they are to leave: not in the middle of a transform, nor of a
 * function that is made of others.
 */
export const settle = (values: readonly Value[]): void => {
  if (transforms === 0 && compositions === 0) settlement(values);
};

/** Applies a primitive: the current interpreter says what that means. */
export const bind = <P extends Params, A extends Values, R extends Values>(
  primitive: Primitive<P, A, R>,
  args: NoInfer<A>,
  params: NoInfer<P>,
): R => {
  for (let i = 0; i < args.length; i++) checkAlive(primitive.name, args[i] as Value);
  const interpreter = current;
  current = nobody;
  try {
    return interpreter.process(primitive as Primitive, args, params) as R;
  } finally {
    current = interpreter;
  }
};

/** bind for a primitive of one result. */
export const bind1 = <P extends Params, A extends Values>(
  primitive: Primitive<P, A, One>,
  args: NoInfer<A>,
  params: NoInfer<P>,
): Value => bind(primitive, args, params)[0];

/** The axes that have names here, the innermost first. */
export const namedAxes = (): readonly NamedAxis[] => {
  const axes: NamedAxis[] = [];
  for (let i: Interpreter | null = current; i !== null; i = i.parent) if (i.axis !== null) axes.push(i.axis);
  return axes;
};

/** Whether operations are evaluated here: nothing traces, and nobody looks. */
export const isEvaluating = (): boolean => current === evaluator;

/** Whether somebody looks at every operation that is applied here. */
export const isInspected = (): boolean => {
  for (let i: Interpreter | null = current; i !== null; i = i.parent) if (i.inspects) return true;
  return false;
};

export const avalsOf = (xs: readonly Value[]): Aval[] => xs.map((x) => x.aval);
