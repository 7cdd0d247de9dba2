// Values are stored because others read them; maps that joined a map with their operands read them no more.
import { type Kernel, type KernelProgram, readsOf, writesOf } from './kernel';

/** The program without stores, and without kernels, of what no kernel reads and is no result. Calls may do more than write: they stay. */
export const dropUnread = (program: KernelProgram): KernelProgram => {
  const read = new Set(program.outputs.map((b) => b.id));
  const kept: Kernel[] = [];
  for (const kernel of [...program.kernels].reverse()) {
    const isRead = kernel.kind === 'call' || writesOf(kernel).some((b) => read.has(b.id));
    if (!isRead) continue;
    const needed =
      kernel.kind === 'map' ? { ...kernel, stores: kernel.stores.filter((s) => read.has(s.buffer.id)) } : kernel;
    for (const id of readsOf(needed)) read.add(id);
    kept.push(needed);
  }
  return { ...program, kernels: kept.reverse() };
};
