// What flows through a program: arrays that hold numbers, and tracers that stand for them.
import { type Aval, aval, sizeOf } from './aval';
import { allocate, type Data, type DType } from './dtype';
import { AdjointError, ArgumentError, ConcretizationError, LeakedTracerError } from './errors';

/** A tensor at run time. Its public methods are defined in `array/methods`. */
export abstract class Value {
  abstract readonly aval: Aval;

  get shape(): readonly number[] {
    return this.aval.shape;
  }
  get dtype(): DType {
    return this.aval.dtype;
  }
  get ndim(): number {
    return this.aval.shape.length;
  }
  get size(): number {
    return sizeOf(this.aval.shape);
  }

  /** The array behind this value where Python-style control flow may look at it, or the reason why there is none. */
  abstract concrete(use: string): ConcreteArray;
}

/** A tensor whose elements are known: row-major, never written after it was made. */
export class ConcreteArray extends Value {
  constructor(
    readonly aval: Aval,
    /** Not for users: `toTypedArray` copies. */
    readonly data: Data,
  ) {
    super();
    if (data.length !== sizeOf(aval.shape))
      throw new AdjointError(`internal: ${data.length} elements for shape [${aval.shape.join(', ')}]`);
  }
  concrete(): ConcreteArray {
    return this;
  }
}

export const concreteArray = (shape: readonly number[], dtype: DType, data: Data): ConcreteArray =>
  new ConcreteArray(aval(shape, dtype), data);

export const scalarArray = (x: number, dtype: DType): ConcreteArray => {
  const data = allocate(dtype, 1);
  data[0] = x;
  return new ConcreteArray(aval([], dtype), data);
};

/** The one number of a one-element array. */
export const onlyElement = (x: ConcreteArray): number => {
  if (x.data.length !== 1)
    throw new ArgumentError(
      `item: expected a tensor of one element, got shape [${x.shape.join(', ')}]. Index it, reduce it, or use toArray().`,
    );
  return x.data[0] as number;
};

/** What a transform hands to the function it traces; it belongs to one interpreter. */
export abstract class Tracer extends Value {
  abstract readonly interpreter: { readonly transform: string; readonly alive: boolean };

  concrete(use: string): ConcreteArray {
    if (!this.interpreter.alive) throw leaked(this, use);
    throw new ConcretizationError(concretization(use, this));
  }
}

const concretization = (use: string, tracer: Tracer): string => {
  const { transform } = tracer.interpreter;
  const what = `${tracer.dtype.name}[${tracer.shape.join(',')}]`;
  return (
    `${use}: the value of a tensor (${what}) is not known while ${transform} traces the function. ` +
    `To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions ` +
    `(add, greater, ...); to look at a number call the function outside ${transform}` +
    (transform === 'jit' ? ', or pass it as a static argument (staticArgnums).' : '.')
  );
};

/** The error for a tracer whose transform has returned. */
export const leaked = (x: Tracer, where: string): LeakedTracerError => {
  const { transform } = x.interpreter;
  return new LeakedTracerError(
    `${where}: a tensor ${x.dtype.name}[${x.shape.join(',')}] made while ${transform} traced a function was used after ${transform} had returned. ` +
      `The function stored it outside itself; return it from the function instead.`,
  );
};
