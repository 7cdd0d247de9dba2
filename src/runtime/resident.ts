// Results that stay in the memory of WebAssembly programs, so that a value flows from program to program by its address.
import { allocate, type Data, type DType } from '../core/dtype';
import { OutOfMemoryError } from '../core/errors';
import { type ConcreteArray, type Place, Storage } from '../core/value';
import { collectGarbage } from './collector';
import { Heap } from './heap';
import { linearMemory, noMemory } from './linearMemory';
import { settings } from './settings';

let shared: Heap | null = null;
/** The one heap, made when it is first needed: settings choose WebAssembly only where there is memory for it. */
export const heap = (): Heap => {
  if (shared !== null) return shared;
  const linear = linearMemory();
  if (linear === null) throw new OutOfMemoryError(`${noMemory}; use configure({ target: 'js' }).`);
  shared = new Heap(linear);
  return shared;
};

const views: Readonly<Record<DType['name'], (buffer: ArrayBufferLike, address: number, size: number) => Data>> = {
  f32: (buffer, address, size) => new Float32Array(buffer, address, size),
  f64: (buffer, address, size) => new Float64Array(buffer, address, size),
  i32: (buffer, address, size) => new Int32Array(buffer, address, size),
  u32: (buffer, address, size) => new Uint32Array(buffer, address, size),
  bool: (buffer, address, size) => new Uint8Array(buffer, address, size),
};
/** The memory at an address, to be read or written at once: it may belong to others after the next allocation. */
export const viewOf = (dtype: DType, address: number, size: number): Data =>
  views[dtype.name](heap().memory.buffer, address, size);

/** Elements in the heap until they are moved out of it. */
export class Resident implements Place {
  address: number | null;
  /** The call that used it last. */
  lastUse = 0;
  private copy: Data | null = null;
  private owner: WeakRef<Storage> | null = null;

  constructor(
    private readonly dtype: DType,
    private readonly size: number,
    address: number,
    /** Whether the elements also lie outside, so that nothing is lost with the place. */
    private hasCopy: boolean,
  ) {
    this.address = address;
  }
  belongsTo(storage: Storage): void {
    this.owner = new WeakRef(storage);
    registry.register(storage, this);
  }
  get isOrphan(): boolean {
    return this.owner !== null && this.owner.deref() === undefined;
  }
  get bytes(): number {
    return this.size * this.dtype.bytes;
  }
  read(): Data {
    if (this.copy !== null) return this.copy;
    this.hasCopy = true;
    const out = allocate(this.dtype, this.size);
    out.set(viewOf(this.dtype, this.address as number, this.size));
    return out;
  }
  /** Gives the place back, after saving the elements for whoever may still want them. */
  evict(): void {
    if (this.address === null) return;
    if (!this.hasCopy) this.copy = this.read();
    this.leave();
  }
  /** Gives the place back: nobody wants the elements any more. */
  leave(): void {
    if (this.address === null) return;
    residents.delete(this);
    residentBytes -= this.bytes;
    heap().release(this.address, this.bytes);
    this.address = null;
  }
}

const residents = new Set<Resident>();
let residentBytes = 0;
let call = 0;

/** Frees the places of arrays that were collected; nothing depends on when it runs. */
const registry = new FinalizationRegistry<Resident>((resident) => resident.leave());

/** The call that waits for others to end; null if none does. */
let waiting: number | null = null;

/** Begins a call: what is used in it stays where it is until the next one begins. */
export const beginCall = (): void => {
  call++;
};
/** Does what may make calls of its own: until they have ended, too, what the present call uses stays where it is. */
export const withinCall = <T>(body: () => T): T => {
  const before = waiting;
  waiting ??= call;
  try {
    return body();
  } finally {
    waiting = before;
  }
};

/** Makes room until a quarter of the limit is free: of dead values first, then by moving out what was not used for longest. */
const makeRoom = (bytes: number): void => {
  const limit = settings().residentLimit;
  if (residentBytes + bytes <= limit) return;
  collectGarbage();
  for (const r of [...residents]) if (r.isOrphan) r.leave();
  const pinned = waiting ?? call;
  const order = [...residents].filter((r) => r.lastUse < pinned).sort((a, b) => a.lastUse - b.lastUse);
  for (const r of order) {
    if (residentBytes + bytes <= 0.75 * limit) break;
    r.evict();
  }
};

const settle = (dtype: DType, size: number, hasCopy: boolean, purpose: string): Resident => {
  const bytes = size * dtype.bytes;
  makeRoom(bytes);
  const resident = new Resident(dtype, size, heap().allocate(bytes, settings().memoryLimit, purpose), hasCopy);
  resident.lastUse = call;
  residents.add(resident);
  residentBytes += bytes;
  return resident;
};

/** A place for a result of the present call. */
export const placeResult = (dtype: DType, size: number): Resident => settle(dtype, size, false, 'a result');

/** The storage of a result that stays in its place. */
export const storageOf = (resident: Resident): Storage => {
  const storage = new Storage(null, resident);
  resident.belongsTo(storage);
  return storage;
};

/** Where an array's elements lie in the heap, moved there if need be. */
export const addressOf = ({ storage, aval: { dtype }, size }: ConcreteArray): number => {
  const { place } = storage;
  if (place instanceof Resident && place.address !== null) {
    place.lastUse = call;
    return place.address;
  }
  const { data } = storage;
  const resident = settle(dtype, size, true, 'an argument');
  viewOf(dtype, resident.address as number, size).set(data);
  storage.place = resident;
  resident.belongsTo(storage);
  return resident.address as number;
};

/** Whether an array's elements lie in the heap now; if so they stay there during the present call. */
export const isResident = ({ storage: { place } }: ConcreteArray): boolean =>
  place instanceof Resident && place.address !== null;

/** Bytes in the heap that belong to arrays. */
export const residence = (): { readonly bytes: number; readonly count: number } => ({
  bytes: residentBytes,
  count: residents.size,
});
