// Garbage collection on demand, of the young generation and of the whole heap. Node can be asked in the middle of a synchronous loop; elsewhere
// nothing is known until the event loop turns, and nothing may depend on the answer.
import { garbageCollector, nodeModule, now } from './platform';

/** The method by which Node's `inspect` shows an object: it is called for every object of a WeakSet that is still there. */
const inspected = Symbol.for('nodejs.util.inspect.custom');
let found: Mortal[] = [];

/** An object whose death is asked for: it lives as long as whoever holds it. */
export abstract class Mortal {
  [inspected](): string {
    found.push(this);
    return '';
  }
}
class Sentinel extends Mortal {}

interface Collector {
  /** Collects everything. */
  full(): void;
  /** Collects what was made lately, which takes a small part of the time: weak sets then know, weak references do not. */
  young(): void;
  /** The objects of a weak set that were not collected. */
  survivors(of: WeakSet<Mortal>): readonly Mortal[];
}

const prepare = (): Collector | null => {
  const [vm, util] = [nodeModule('node:vm'), nodeModule('node:util')];
  const gc = garbageCollector();
  if (vm === undefined || util === undefined || gc === null) return null;
  // What a WeakRef was made of is kept alive until the microtasks of the job have run: a context with a queue of its own has its run at once.
  const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
  const nothing = new vm.Script('0');
  return {
    full: () => {
      nothing.runInContext(context);
      gc();
    },
    young: () => {
      gc({ type: 'minor' });
    },
    survivors: (set) => {
      found = [];
      util.inspect(set, { showHidden: true, customInspect: true, maxArrayLength: null, depth: 0, sorted: true });
      const alive = found;
      found = [];
      return alive;
    },
  };
};

let collector: Collector | null | undefined;
const sentinel = new Sentinel();

const available = (): Collector | null => {
  if (collector === undefined) {
    try {
      collector = prepare();
    } catch {
      collector = null;
    }
  }
  return collector;
};

/** The part of the time that collections may take. */
const share = 1 / 25;
const remembered = 8;

/** When to collect again, by what collections cost: the quickest of the last ones, since others may have been interrupted. */
class Pace {
  private costs: readonly number[] = [];
  private ended = Number.NEGATIVE_INFINITY;

  get isDue(): boolean {
    return this.costs.length === 0 || now() - this.ended >= Math.min(...this.costs) / share;
  }
  time(collect: () => void): void {
    const from = now();
    collect();
    this.ended = now();
    this.costs = [...this.costs.slice(1 - remembered), this.ended - from];
  }
}
const paces = { full: new Pace(), young: new Pace() } as const;
export type Generation = keyof typeof paces;

/** Whether the engine can collect now and the time that such collections take stays within bounds. */
export const mayCollect = (generation: Generation): boolean => available() !== null && paces[generation].isDue;

/** Collects garbage now; false where the engine cannot be asked. */
export const collectGarbage = (generation: Generation): boolean => {
  const { [generation]: collect } = available() ?? { [generation]: null };
  if (collect === null || collect === undefined) return false;
  paces[generation].time(collect);
  return true;
};

/** The objects of a set that no collection has taken; null where the engine does not tell. */
export const survivorsOf = (set: WeakSet<Mortal>): ReadonlySet<Mortal> | null => {
  const engine = available();
  if (engine === null) return null;
  set.add(sentinel);
  const alive = new Set(engine.survivors(set));
  return alive.delete(sentinel) ? alive : null;
};

let tells: boolean | undefined;
/** Whether collections of the young generation tell which objects died. */
export const knowsTheYoung = (): boolean => {
  if (tells === undefined) {
    const set = new WeakSet<Mortal>();
    const fill = (): void => {
      for (let i = 0; i < 8; i++) set.add(new Sentinel());
    };
    fill();
    tells = collectGarbage('young') && survivorsOf(set)?.size === 0;
  }
  return tells;
};
