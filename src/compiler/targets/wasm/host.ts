// What WebAssembly has no instruction for and no formula replaces: functions of the host, on doubles.
import type { ScalarOp } from '../../../core/lowering';
import { externals } from '../../../numerics/numbers';
import type { Import } from './encode';

interface HostFunction {
  readonly parameters: number;
  readonly run: (x: number, y: number) => number;
  /** The same for workers, which start from text. */
  readonly text: string;
}
const host: Partial<Record<ScalarOp, HostFunction>> = {
  sinOfHuge: { parameters: 1, run: externals.sinOfHuge, text: 'Math.sin' },
  cosOfHuge: { parameters: 1, run: externals.cosOfHuge, text: 'Math.cos' },
  tanOfHuge: { parameters: 1, run: externals.tanOfHuge, text: 'Math.tan' },
  rem: { parameters: 2, run: (x, y) => x % y, text: '(x, y) => x % y' },
};

/** The name of the imported function for an operation. */
export const hostName = (op: ScalarOp): string => {
  if (!(op in host)) throw new TypeError(`internal: no WebAssembly for ${op}`);
  return op;
};

export const hostImport = (name: string): Import => ({
  name,
  signature: {
    parameters: Array.from({ length: host[name as ScalarOp]?.parameters ?? 1 }, () => 'f64' as const),
    results: ['f64'],
  },
});
export const hostFunctions: Readonly<Record<string, HostFunction['run']>> = Object.fromEntries(
  Object.entries(host).map(([name, { run }]) => [name, run]),
);
/** An object of the functions, as text. */
export const hostSource = `{ ${Object.entries(host)
  .map(([name, { text }]) => `${name}: ${text}`)
  .join(', ')} }`;
