// What a program costs: operations, and bytes read and written.
import { type Aval, sizeOf } from '../core/aval';
import type { CompiledProgram } from './compile';
import { timesOf } from './flow';
import { type Kernel, readsOf, writesOf } from './kernel';

const bytesOf = ({ shape, dtype }: Aval): number => sizeOf(shape) * dtype.bytes;

export interface Cost {
  /** Additions and multiplications of contractions; other kernels count one for every element and term. */
  readonly flops: number;
  /** Bytes read and written once each by every kernel. */
  readonly bytes: number;
}
const dearest = (costs: readonly Cost[]): Cost =>
  costs.reduce((a, b) => (b.flops + b.bytes > a.flops + a.bytes ? b : a), { flops: 0, bytes: 0 });

/** Of a while one step is counted, of branches the dearest one. */
export const costOf = ({ program, inner }: CompiledProgram): Cost => {
  const avals = new Map(
    [...program.inputs, ...program.literals.map((l) => l.buffer), ...program.kernels.flatMap(writesOf)].map((b) => [
      b.id,
      b.aval,
    ]),
  );
  const bytesAt = (id: number): number => {
    const a = avals.get(id);
    return a === undefined ? 0 : bytesOf(a);
  };
  let [flops, bytes] = [0, 0];
  const flopsOf = (kernel: Kernel): number => {
    switch (kernel.kind) {
      case 'contract':
        return 2 * kernel.groups * kernel.rows * kernel.columns * kernel.depth;
      case 'update':
        return sizeOf(kernel.shape);
      case 'reduce':
        return sizeOf(kernel.shape) * kernel.length;
      case 'rows':
        return kernel.parts.reduce((n, part) => n + flopsOf(part), 0);
      default:
        return writesOf(kernel).reduce((n, b) => n + sizeOf(b.aval.shape), 0);
    }
  };
  for (const [k, kernel] of program.kernels.entries()) {
    if (kernel.kind === 'alias') continue;
    if (kernel.kind === 'control') {
      const costs = (inner[k] ?? []).map(costOf);
      const times = timesOf(kernel.flow);
      const parts = kernel.flow.kind === 'cond' ? [dearest(costs)] : costs;
      for (const part of parts) {
        flops += times * part.flops;
        bytes += times * part.bytes;
      }
      continue;
    }
    if (kernel.kind === 'update') bytes += 2 * sizeOf(kernel.shape) * kernel.buffer.aval.dtype.bytes;
    else for (const id of [...readsOf(kernel), ...writesOf(kernel).map((b) => b.id)]) bytes += bytesAt(id);
    flops += flopsOf(kernel);
  }
  return { flops, bytes };
};
