// The one linear memory of all WebAssembly programs, and who has which part of it.
import { memoryPages, pagesFor } from '../compiler/targets/wasm/encode';
import { OutOfMemoryError } from '../core/errors';
import type { LinearMemory } from './linearMemory';
import type { WasmMemory } from './webassembly';

const alignment = 64;
const page = 65536;
/** Vector loads may read this far beyond an array. */
const slack = 256;

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Free blocks in order of their addresses; neighbours are always one. */
class FreeList {
  private readonly blocks: Block[] = [];

  take(bytes: number): number | null {
    let best = -1;
    for (let i = 0; i < this.blocks.length; i++) {
      const { bytes: size } = this.blocks[i] as Block;
      if (size >= bytes && (best < 0 || size < (this.blocks[best] as Block).bytes)) best = i;
    }
    if (best < 0) return null;
    const { address, bytes: size } = this.blocks[best] as Block;
    if (size === bytes) this.blocks.splice(best, 1);
    else this.blocks[best] = { address: address + bytes, bytes: size - bytes };
    return address;
  }

  give({ address, bytes }: Block): void {
    let [low, high] = [0, this.blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.blocks[middle] as Block).address < address) low = middle + 1;
      else high = middle;
    }
    const before = this.blocks[low - 1];
    const after = this.blocks[low];
    const joinsBefore = before !== undefined && before.address + before.bytes === address;
    const joinsAfter = after !== undefined && address + bytes === after.address;
    const start = joinsBefore ? before.address : address;
    const end = joinsAfter ? after.address + after.bytes : address + bytes;
    this.blocks.splice(low - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), {
      address: start,
      bytes: end - start,
    });
  }
}

const sized = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment);

export class Heap {
  readonly memory: WasmMemory;
  readonly isShared: boolean;
  private readonly free = new FreeList();
  private readonly largest: number;
  private end = alignment;
  /** Bytes handed out. */
  used = 0;

  constructor(linear: LinearMemory) {
    this.memory = linear.memory;
    this.isShared = linear.isShared;
    this.largest = linear.maximum;
    this.free.give({ address: alignment, bytes: page * memoryPages.initial - alignment - slack });
    this.end = page * memoryPages.initial - slack;
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** The address of a block, aligned to 64 bytes; null where there is none and the memory, within `limit`, cannot grow. */
  allocate(bytes: number, limit: number): number | null {
    const size = sized(bytes);
    const address = this.free.take(size) ?? (this.grow(size, limit) ? this.free.take(size) : null);
    if (address !== null) this.used += size;
    return address;
  }

  release(address: number, bytes: number): void {
    const size = sized(bytes);
    this.used -= size;
    this.free.give({ address, bytes: size });
  }

  /** The error for what cannot be allocated; `purpose` says what it was for. */
  exhausted(bytes: number, limit: number, purpose: string): OutOfMemoryError {
    const megabytes = (n: number): string => `${(n / 2 ** 20).toFixed(1)} MiB`;
    const largest = this.largest;
    const raise =
      limit < largest
        ? ', or raise the limit with configure({ memoryLimit })'
        : `; ${megabytes(largest)} are the most that WebAssembly programs can have here, configure({ target: 'js' }) has no such limit`;
    return new OutOfMemoryError(
      `out of memory: ${purpose} needs ${megabytes(bytes)}; ${megabytes(this.used)} of ${megabytes(this.end)} are in use ` +
        `and the limit is ${megabytes(limit)}. Keep fewer results, donate arguments that are no longer needed, use a smaller ` +
        `batch${raise}.`,
    );
  }

  private grow(bytes: number, limit: number): boolean {
    const needed = this.end + bytes + slack;
    if (needed > limit) return false;
    // By a quarter, so that a growing program does not grow its memory at every call.
    const wanted = Math.min(limit, Math.max(needed, this.end * 1.25));
    const reach = (to: number): boolean => {
      try {
        this.memory.grow(pagesFor(to) - this.bytes / page);
        return true;
      } catch {
        return false;
      }
    };
    if (!reach(wanted) && !reach(needed)) return false;
    const end = this.bytes - slack;
    this.free.give({ address: this.end, bytes: end - this.end });
    this.end = end;
    return true;
  }
}
