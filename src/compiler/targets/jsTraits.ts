// What the compiler has to know of JavaScript: numbers one after the other, in double precision, on one thread.
import type { Traits } from '../traits';

export const jsTraits: Traits = {
  formulas: false,
  tiles: null,
  accumulator: ({ kind }) => (kind === 'float' ? 'f64' : 'i32'),
  mostStores: 4,
  mostParameters: 900,
  sharing: null,
  float64: true,
  compilesEagerly: false,
  overwritesArguments: false,
};
