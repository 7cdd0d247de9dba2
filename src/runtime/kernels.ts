// Generated functions, one for each distinct source.
import type { Data } from '../core/dtype';
import { machine } from './machine';

export type KernelFunction = (...arraysAndExtent: readonly (Data | number)[]) => void;

const kernels = new Map<string, KernelFunction>();

/** The kernel of a source; the same source, whichever program asks for it, is compiled once. Calls do not nest, so scratch is shared. */
export const kernelOf = (source: string): KernelFunction => {
  const found = kernels.get(source);
  if (found) return found;
  const make = new Function('m', source) as (m: typeof machine) => KernelFunction;
  const kernel = make(machine);
  kernels.set(source, kernel);
  return kernel;
};
