// What the compiler has to know of WebAssembly: 128-bit vectors, sixteen registers of them, caches of a desktop processor.
import type { Traits } from '../../traits';

export const wasmTraits: Traits = {
  formulas: true,
  tiles: {
    vectorBytes: 16,
    blockDepth: 256,
    mostRows: 64,
    mostColumns: 512,
    widestUnpacked: 64,
    leastPacked: 8,
  },
  // Tiles add in the dtype of the result; truth values are counted.
  accumulator: ({ kind, name }) => (kind === 'bool' ? 'i32' : name),
  mostStores: 4,
  // Addresses are parameters of functions, and engines allow a thousand.
  mostParameters: 900,
  // Below, threads wait longer than they gain.
  sharing: { leastKernel: 20_000, leastStep: 50_000 },
  float64: true,
  compilesEagerly: true,
  overwritesArguments: true,
};
