// Device buffers of the `wasm` target: elements that stay in the memory of WebAssembly programs, so that a value flows from program to program
// by its address.
import { allocate, type Data, type DType, viewAt } from '../core/dtype';
import { OutOfMemoryError } from '../core/errors';
import type { ConcreteArray, Place } from '../core/value';
import { Mortal } from './collector';
import { Generations } from './generations';
import { Heap } from './heap';
import { linearMemory, noMemory } from './linearMemory';
import { settings } from './settings';
import type { Device } from './target';

let shared: Heap | null = null;
/** The one heap, made when it is first needed: settings choose WebAssembly only where there is memory for it. */
export const heap = (): Heap => {
  if (shared !== null) return shared;
  const linear = linearMemory();
  if (linear === null) throw new OutOfMemoryError(`${noMemory}; use configure({ target: 'js' }).`);
  shared = new Heap(linear);
  return shared;
};

/** The memory at an address, to be read or written at once: it may belong to others after the next allocation. */
export const viewOf = (dtype: DType, address: number, size: number): Data =>
  viewAt(dtype, heap().memory.buffer, address, size);

/** A part of the heap that holds the elements of one value, until they are moved out of it. */
class Block {
  address: number | null;
  /** The call that used it last. */
  lastUse = call;
  private copy: Data | null = null;
  /** Whether somebody has read the elements and keeps them, so that nothing is lost with the block. */
  private wasRead = false;

  constructor(
    private readonly dtype: DType,
    private readonly size: number,
    address: number,
  ) {
    this.address = address;
  }
  get bytes(): number {
    return this.size * this.dtype.bytes;
  }
  read(): Data {
    if (this.copy !== null) return this.copy;
    this.wasRead = true;
    const out = allocate(this.dtype, this.size);
    out.set(viewOf(this.dtype, this.address as number, this.size));
    return out;
  }
  write(data: Data): void {
    viewOf(this.dtype, this.address as number, this.size).set(data);
  }
  /** Gives the memory back, after saving the elements for whoever may still want them. */
  evict(): void {
    if (this.address === null) return;
    if (!this.wasRead) this.copy = this.read();
    this.free();
  }
  /** Gives the memory back: nobody wants the elements any more. */
  free(): void {
    if (this.address === null) return;
    generations.forget(this);
    heap().release(this.address, this.bytes);
    this.address = null;
  }
}

/** A storage's hold on its block: when it is collected, nobody can ask for the elements. */
export class Resident extends Mortal implements Place {
  constructor(readonly block: Block) {
    super();
  }
  get address(): number | null {
    return this.block.address;
  }
  read(): Data {
    return this.block.read();
  }
  leave(): void {
    this.block.free();
  }
}

const generations = new Generations<Block, Resident>();
let call = 0;
/** The call that waits for others to end; null if none does. */
let waiting: number | null = null;

/** Begins a call: its arguments, and what is made in it, stay where they are until the next one begins. */
export const beginCall = (args: readonly ConcreteArray[]): void => {
  call++;
  for (let i = 0; i < args.length; i++) {
    const { place } = (args[i] as ConcreteArray).storage;
    if (place instanceof Resident) place.block.lastUse = call;
  }
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
const isIdle = (block: Block): boolean => block.lastUse < (waiting ?? call);
const byLastUse = (a: Block, b: Block): number => a.lastUse - b.lastUse;

/** The last call before the present round of looking for dead values. */
let lastRound = 0;

/**
 * Frees what is dead when enough was made since it was last done. Living values stay: a program that needs them would only move them in
 * again. Where the engine cannot be asked, what was not used since the last time is taken for dead, and saved.
 */
const lookForDead = (bytes: number): void => {
  const { residentLimit } = settings();
  if (!generations.isDue(bytes, residentLimit)) return;
  if (generations.release(isIdle, generations.isFullDue(bytes, residentLimit))) return;
  for (const block of generations.all()) if (block.lastUse <= lastRound && isIdle(block)) block.evict();
  generations.settle();
  lastRound = call;
};

/**
 * The address of a part of the heap. Where the memory is full, what is dead is freed first; then values that calls in progress do not use are
 * moved out of it, the ones unused for longest before others.
 */
export const allocateBlock = (bytes: number, purpose: string): number => {
  const { memoryLimit } = settings();
  const attempt = (): number | null => heap().allocate(bytes, memoryLimit);
  const first = attempt();
  if (first !== null) return first;
  // Where nearly all of it lives, a collection for every allocation would find nothing.
  generations.release(isIdle, generations.unsettled > memoryLimit / 16);
  let address = attempt();
  const idle = address === null ? generations.all().filter(isIdle).sort(byLastUse) : [];
  for (const block of idle) {
    block.evict();
    address = attempt();
    if (address !== null) break;
  }
  if (address === null) throw heap().exhausted(bytes, memoryLimit, purpose);
  return address;
};

const settle = (dtype: DType, size: number, purpose: string): Resident => {
  const bytes = size * dtype.bytes;
  lookForDead(bytes);
  const block = new Block(dtype, size, allocateBlock(bytes, purpose));
  const resident = new Resident(block);
  generations.add(resident, block);
  return resident;
};

/** The memory of WebAssembly programs. What is allocated in a call stays where it is until the next one begins. */
export const heapDevice: Device<Resident> = {
  allocate: (dtype, size) => settle(dtype, size, 'a result'),
  upload: (resident, data) => resident.block.write(data),
  read: (resident) => resident.read(),
  release: (resident) => resident.leave(),
};

/** Where an array's elements lie in the heap, moved there if need be. */
export const addressOf = ({ storage, aval: { dtype }, size }: ConcreteArray): number => {
  const { place } = storage;
  if (place instanceof Resident && place.address !== null) {
    place.block.lastUse = call;
    return place.address;
  }
  const { data } = storage;
  const resident = settle(dtype, size, 'an argument');
  heapDevice.upload(resident, data);
  storage.moveTo(resident);
  return resident.address as number;
};

/** The place of an array that is given up, for a result that overwrites it; null where it does not lie in the heap. */
export const takePlace = ({ storage, aval: { dtype }, size }: ConcreteArray): Resident | null => {
  const { place } = storage;
  if (!(place instanceof Resident) || place.address === null) return null;
  const { address, block } = place;
  generations.forget(block);
  block.address = null;
  storage.release();
  const taken = new Block(dtype, size, address);
  const resident = new Resident(taken);
  generations.add(resident, taken);
  return resident;
};

/** Whether an array's elements lie in the heap now; if so they stay there during the present call. */
export const isResident = ({ storage: { place } }: ConcreteArray): boolean =>
  place instanceof Resident && place.address !== null;

/** Bytes in the heap that belong to arrays. */
export const residence = (): { readonly bytes: number; readonly count: number } => ({
  bytes: generations.bytes,
  count: generations.count,
});
