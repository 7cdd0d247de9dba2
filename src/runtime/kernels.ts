// Generated functions, one for each distinct source.
import type { Data } from '../core/dtype';
import { machine } from './machine';

export type KernelFunction = (...arraysAndExtent: readonly (Data | number)[]) => void;

/** Kernels that are kept for programs to come; programs keep their own. */
const mostKernels = 1024;
/** In the order of their last use. */
const kernels = new Map<string, KernelFunction>();
export const forgetKernels = (): void => kernels.clear();

/** The kernel of a source; the same source, whichever program asks for it, is compiled once. Calls do not nest, so scratch is shared. */
export const kernelOf = (source: string): KernelFunction => {
  const kernel = kernels.get(source) ?? (new Function('m', source) as (m: typeof machine) => KernelFunction)(machine);
  kernels.delete(source);
  kernels.set(source, kernel);
  const [oldest] = kernels.keys();
  if (kernels.size > mostKernels) kernels.delete(oldest as string);
  return kernel;
};
