// Caches that forget what was not used for longest (least recently used), each by itself and all of them together. They are searched by
// comparison: keys are structures.

/** Programs that are kept for one function: so many shapes are in use at once, and more are taken for a mistake. */
export const mostPrograms = 256;
/** Programs that are kept for all functions together. */
export const mostTogether = 1024;

/** What a cache keeps, as all caches together know it. */
interface Slot {
  readonly ref: WeakRef<Slot>;
  readonly forget: () => void;
}
/** All that is kept, what was used last at the end. Caches go with the functions they belong to, so that they are not held here. */
const kept = new Set<WeakRef<Slot>>();
const use = ({ ref }: Slot): void => {
  kept.delete(ref);
  kept.add(ref);
};
/** Forgets what was used longest ago; first of all what has gone with its cache. */
const makeRoom = (): void => {
  if (kept.size <= mostTogether) return;
  for (const ref of kept) if (ref.deref() === undefined) kept.delete(ref);
  for (const ref of kept) {
    if (kept.size <= mostTogether) return;
    kept.delete(ref);
    ref.deref()?.forget();
  }
};

class Kept<T> implements Slot {
  readonly ref = new WeakRef(this);
  constructor(
    readonly item: T,
    readonly forget: () => void,
  ) {}
}

export class Recent<T> {
  /** What was used last comes first. */
  private readonly slots: Kept<T>[] = [];
  constructor(private readonly most = mostPrograms) {}

  find(is: (item: T) => boolean): T | undefined {
    const at = this.slots.findIndex(({ item }) => is(item));
    const slot = this.slots[at];
    if (slot === undefined) return undefined;
    if (at > 0) {
      this.slots.splice(at, 1);
      this.slots.unshift(slot);
    }
    use(slot);
    return slot.item;
  }
  add(item: T): void {
    const slot: Kept<T> = new Kept(item, () => this.slots.splice(this.slots.indexOf(slot), 1));
    this.slots.unshift(slot);
    if (this.slots.length > this.most) kept.delete((this.slots.pop() as Kept<T>).ref);
    use(slot);
    makeRoom();
  }
  /** What is kept, in the order of its last use. */
  get all(): readonly T[] {
    return this.slots.map(({ item }) => item);
  }
}
