// Generational reclamation: which blocks of memory belong to objects that the garbage collector has taken. Results of a step mostly die with
// the next one, and a collection of the young generation, a tenth of a millisecond, sees that; what lives on is looked at again in collections
// of everything, which take some ten milliseconds.
import { collectGarbage, knowsTheYoung, type Mortal, mayCollect, survivorsOf } from './collector';

/** What is freed when its owner is dead. */
interface Freeable {
  readonly bytes: number;
  free(): void;
}

/** Bytes that are not worth a collection of the young, and of everything. */
const floors = { young: 16 * 2 ** 20, full: 64 * 2 ** 20 } as const;
/** Collections of the young that the engine keeps an object young for. */
const youth = 2;

/** Blocks, by the age of what owns them. A block does not refer to its owner, nor does anything else here but weakly. */
export class Generations<B extends Freeable, Owner extends Mortal & { readonly block: B }> {
  /** Blocks whose owners are in `nursery`, with the collections that they have survived. */
  private readonly young = new Map<B, number>();
  private readonly old = new Map<B, WeakRef<Owner>>();
  private nursery = new WeakSet<Mortal>();
  /** Frees the blocks of old owners when the event loop turns; nothing depends on when it does. */
  private registry: FinalizationRegistry<B> | null = null;
  /** Bytes of the blocks that no collection was survived by. */
  private youngBytes = 0;
  /** What there was after the last collection of everything, less what was freed of it since. */
  private lived = 0;
  bytes = 0;

  get count(): number {
    return this.young.size + this.old.size;
  }
  all(): readonly B[] {
    return [...this.young.keys(), ...this.old.keys()];
  }

  add(owner: Owner, block: B): void {
    this.bytes += block.bytes;
    if (!knowsTheYoung()) return this.tenure(owner, block);
    this.young.set(block, 0);
    this.nursery.add(owner);
    this.youngBytes += block.bytes;
  }
  /** For a block that was freed. */
  forget(block: B): void {
    this.bytes -= block.bytes;
    this.lived = Math.min(this.lived, this.bytes);
    if (this.young.get(block) === 0) this.youngBytes -= block.bytes;
    if (!this.young.delete(block)) this.old.delete(block);
  }

  /** Whether so much was made since the last time that it is worth a look, before `bytes` more. */
  isDue(bytes: number, limit: number): boolean {
    const made = this.youngBytes + bytes;
    const least = Math.min(limit, Math.max(floors.young, this.lived / 8));
    if (knowsTheYoung()) return made > least && (mayCollect('young') || made > Math.min(limit, 8 * least));
    return this.isFullDue(bytes, limit);
  }
  /** Frees blocks of dead owners: of young ones, then of all where asked; false where the engine cannot be asked. */
  release(isIdle: (block: B) => boolean, all: boolean): boolean {
    if (collectGarbage('young')) this.sweepYoung(isIdle);
    if (!all) return true;
    if (!collectGarbage('full')) return false;
    this.sweepYoung(isIdle);
    for (const [block, owner] of [...this.old]) if (owner.deref() === undefined && isIdle(block)) block.free();
    this.settle();
    return true;
  }
  /** What there is now counts as living until the next collection of everything. */
  settle(): void {
    this.lived = this.bytes;
  }

  /** Bytes that came since the last collection of everything, and may be dead. */
  get unsettled(): number {
    return this.bytes - this.lived;
  }
  /** Whether a collection of everything is worth its time, before `bytes` more. */
  isFullDue(bytes: number, limit: number): boolean {
    const made = this.unsettled + bytes;
    return made > Math.max(limit, this.lived / 2) || (made > Math.max(floors.full, this.lived) && mayCollect('full'));
  }

  private sweepYoung(isIdle: (block: B) => boolean): void {
    const alive = survivorsOf(this.nursery) as ReadonlySet<Owner> | null;
    if (alive === null) return;
    const living = new Set([...alive].map((owner) => owner.block));
    for (const block of [...this.young.keys()]) if (!living.has(block) && isIdle(block)) block.free();
    this.nursery = new WeakSet();
    for (const owner of alive) {
      const survived = this.young.get(owner.block);
      if (survived === undefined) continue;
      if (survived === 0) this.youngBytes -= owner.block.bytes;
      if (survived + 1 < youth) {
        this.young.set(owner.block, survived + 1);
        this.nursery.add(owner);
      } else {
        this.young.delete(owner.block);
        this.tenure(owner, owner.block);
      }
    }
  }

  private tenure(owner: Owner, block: B): void {
    this.registry ??= new FinalizationRegistry((dead) => dead.free());
    this.old.set(block, new WeakRef(owner));
    this.registry.register(owner, block);
  }
}
