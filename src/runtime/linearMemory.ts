// The linear memory that all WebAssembly programs share: the largest that there is address space for.
import { memoryPages } from '../compiler/targets/wasm/encode';
import { canShare } from './platform';
import { type WasmMemory, webAssembly } from './webassembly';

export interface LinearMemory {
  readonly memory: WasmMemory;
  /** Whether other threads can have it too. */
  readonly isShared: boolean;
  /** Bytes that it may grow to at most. */
  readonly maximum: number;
}

/**
 * Parts of the most that programs can address, in the order in which they are tried. Engines may reserve the address space of all that a
 * shared memory can become; it is not worth having for less than a gibibyte.
 */
const parts = [1, 1 / 2, 1 / 4] as const;

const make = (): LinearMemory | null => {
  for (const shared of canShare() ? [true, false] : [false])
    for (const part of parts) {
      const maximum = memoryPages.maximum * part;
      try {
        const Memory = webAssembly?.Memory;
        if (Memory === undefined) return null;
        const memory = new Memory({ initial: memoryPages.initial, maximum, shared });
        return { memory, isShared: shared, maximum: maximum * memoryPages.bytes };
      } catch {
        // The next one may be small enough.
      }
    }
  return null;
};

export const noMemory =
  'this process has no address space for the memory of WebAssembly programs (10 GiB with V8; see ulimit -v)';

let made: LinearMemory | null | undefined;
/** Made when it is first asked for; null where there is no room for it. */
export const linearMemory = (): LinearMemory | null => {
  if (made === undefined) made = make();
  return made;
};
