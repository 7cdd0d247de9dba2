// What flows through a program: arrays that hold numbers, and tracers that stand for them.
import { type Aval, aval, sizeOf } from './aval';
import { allocate, type Data, type DType, decoded, encode, encoded } from './dtype';
import {
  AdjointError,
  ArgumentError,
  AsynchronousReadError,
  ConcretizationError,
  DonatedError,
  LeakedTracerError,
} from './errors';

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

/** The operands, or the results, of a primitive: a tuple where it is known how many there are. */
export type Values = readonly Value[];
export type One = readonly [Value];
export type Two = readonly [Value, Value];
export type Three = readonly [Value, Value, Value];
export type AtLeastOne = readonly [Value, ...Value[]];
/** What there is one of for each of them. */
export type Each<A extends Values, T> = { readonly [K in keyof A]: T };
/** What f makes for each of them. */
export const mapEach = <A extends Values, S, T>(xs: Each<A, S>, f: (x: S, i: number) => T): Each<A, T> =>
  (xs as readonly S[]).map(f) as readonly T[] as Each<A, T>;

/** Elements that lie where a runtime keeps them. */
export interface Place {
  /** The elements as they are now, copied: the place may be used for others later. A promise where a device cannot be waited for. */
  read(): Data | Promise<Data>;
  /** Gives the place back. */
  leave(): void;
  /** The array with these elements, where they are computed only when somebody asks for it. */
  computed?(): ConcreteArray;
  /** Somebody will read the elements, so that they are to be kept when they are computed on the way to others. */
  keep?(): void;
}

/** Where the elements of arrays lie: in a typed array, in a place of the runtime, or in both. The numbers never change. */
export class Storage {
  private isGone = false;
  constructor(
    private host: Data | null,
    private where: Place | null = null,
  ) {}
  get place(): Place | null {
    return this.where;
  }
  /** The elements are in a place from now on, and there alone: a value that many programs use is not in memory twice. */
  moveTo(place: Place): void {
    this.where = place;
    this.host = null;
  }
  /** The elements are in a place, too. */
  copyTo(place: Place): void {
    this.where = place;
  }
  get data(): Data {
    this.mustBeThere();
    if (this.host !== null) return this.host;
    const found = (this.where as Place).read();
    if (found instanceof Promise) {
      found.catch(() => {});
      throw new AsynchronousReadError(
        'the elements of this tensor are on a device that the program cannot wait for. Bring them here with `await x.read()`, or those ' +
          'of a tree with `await tree.read(t)`; x.item(), x.toArray() and x.toTypedArray() work from then on.',
      );
    }
    this.host = found;
    return found;
  }
  /** Brings the elements to where `data` gives them. */
  async load(): Promise<void> {
    this.mustBeThere();
    if (this.host === null) this.host = await (this.where as Place).read();
  }
  private mustBeThere(): void {
    if (this.isGone)
      throw new DonatedError(
        'this tensor was donated to a jitted function, which may have put its results in the same place. Use what the function ' +
          'returned, or leave the argument out of `donate`.',
      );
  }
  /** Whether several arrays have these elements: then none of them alone can give them up. */
  isShared = false;
  /** Gives the elements up: nobody will read them again. */
  release(): void {
    this.isGone = true;
    this.host = null;
    this.where?.leave();
    this.where = null;
  }
}

/** A tensor whose elements are known: row-major, never written after it was made. */
export class ConcreteArray extends Value {
  readonly storage: Storage;
  constructor(
    readonly aval: Aval,
    elements: Data | Storage,
  ) {
    super();
    if (elements instanceof Storage) this.storage = elements;
    else {
      if (elements.length !== sizeOf(aval.shape))
        throw new AdjointError(`internal: ${elements.length} elements for shape [${aval.shape.join(', ')}]`);
      this.storage = new Storage(elements);
    }
  }
  /** The same array, its elements computed. */
  get forced(): ConcreteArray {
    return this.storage.place?.computed?.() ?? this;
  }
  /** Not for users: `toTypedArray` copies. Elements as they are stored: floats of 16 bits as their bits. */
  get data(): Data {
    return this.storage.data;
  }
  /** The elements as numbers. */
  get numbers(): Data {
    return decoded(this.aval.dtype, this.storage.data);
  }
  concrete(): ConcreteArray {
    return this;
  }
}

/** The value with its elements computed, if they are to be known at all. */
export const forced = (x: Value): Value => (x instanceof ConcreteArray ? x.forced : x);
/** The arrays with their elements computed. */
export const allForced = (xs: readonly ConcreteArray[]): readonly ConcreteArray[] => {
  for (let i = 0; i < xs.length; i++)
    if ((xs[i] as ConcreteArray).storage.place?.computed !== undefined) return xs.map((x) => x.forced);
  return xs;
};

export const concreteArray = (shape: readonly number[], dtype: DType, data: Data): ConcreteArray =>
  new ConcreteArray(aval(shape, dtype), data);

/** A tensor of numbers, rounded to the dtype; integers wrap. */
export const arrayOf = (shape: readonly number[], dtype: DType, numbers: ArrayLike<number>): ConcreteArray =>
  new ConcreteArray(aval(shape, dtype), encoded(dtype, numbers));
export const scalarArray = (x: number, dtype: DType): ConcreteArray => {
  const data = allocate(dtype, 1);
  data[0] = encode(dtype, x);
  return new ConcreteArray(aval([], dtype), data);
};

/** The one number of a one-element array. */
export const onlyElement = (x: ConcreteArray): number => {
  if (x.data.length !== 1)
    throw new ArgumentError(
      `item: expected a tensor of one element, got shape [${x.shape.join(', ')}]. Index it, reduce it, or use toArray().`,
    );
  return x.numbers[0] as number;
};

let watcher: ((tracer: Tracer) => void) | null = null;
/** Runs a function, and shows every tracer that is made meanwhile. */
export const watchTracers = <T>(watch: (tracer: Tracer) => void, run: () => T): T => {
  const former = watcher;
  watcher = watch;
  try {
    return run();
  } finally {
    watcher = former;
  }
};

/** What a transform hands to the function it traces; it belongs to one interpreter. */
export abstract class Tracer extends Value {
  abstract readonly interpreter: { readonly transform: string; readonly alive: boolean };
  constructor() {
    super();
    watcher?.(this);
  }

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
