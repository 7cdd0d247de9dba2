// What is done to every sum of a contraction, bias, activation, scale, is done while the sums are in the first cache.
import { sizeOf } from '../core/aval';
import type { Expr } from '../core/lowering';
import { onlyReadsHere, placeOf } from './elements';
import { type Buffer, type ContractKernel, type Kernel, type KernelProgram, type MapKernel, readsOf } from './kernel';
import { rewriteExpr } from './rewrite';

/** The map with its loads of one buffer made of another. */
const reading = (value: Expr, from: Buffer, to: Buffer): Expr =>
  rewriteExpr((e) => (e.op === 'load' && e.buffer === from.id ? { ...e, buffer: to.id } : undefined))(value);

/** The contraction with the map as its epilogue; null where the map needs other sums than the one at its own place. */
const joined = (contraction: ContractKernel, map: MapKernel): ContractKernel | null => {
  const sums = contraction.buffer;
  const here = placeOf(map.shape);
  const isElementwise =
    sizeOf(map.shape) === sizeOf(sums.aval.shape) && map.stores.every((s) => onlyReadsHere(s.value, sums.id, here));
  // The sums are kept where one of the results will be; it is stored last, because the others read them.
  const last = map.stores.find((s) => s.buffer.aval.dtype === sums.aval.dtype);
  if (!isElementwise || last === undefined) return null;
  const stores = [...map.stores.filter((s) => s !== last), last];
  return {
    ...contraction,
    buffer: last.buffer,
    epilogue: stores.map(({ buffer, value }) => ({ buffer, value: reading(value, sums, last.buffer) })),
  };
};

/** Contractions whose sums only one map reads take that map in; they run where the map did. */
export const fuseEpilogues = (program: KernelProgram): KernelProgram => {
  const { kernels } = program;
  const outputs = new Set(program.outputs.map((b) => b.id));
  const readers = new Map<number, number[]>();
  kernels.forEach((kernel, k) => {
    for (const id of readsOf(kernel)) readers.set(id, [...(readers.get(id) ?? []), k]);
  });
  const replaced = new Map<number, Kernel | null>();
  kernels.forEach((kernel, k) => {
    if (kernel.kind !== 'contract' || kernel.buffer.aval.dtype.kind === 'bool' || outputs.has(kernel.buffer.id)) return;
    const [reader, ...others] = readers.get(kernel.buffer.id) ?? [];
    const map = reader === undefined || others.length > 0 ? undefined : kernels[reader];
    if (reader === undefined || map?.kind !== 'map' || replaced.has(reader)) return;
    const whole = joined(kernel, map);
    if (whole === null) return;
    replaced.set(k, null);
    replaced.set(reader, whole);
  });
  return {
    ...program,
    kernels: kernels.flatMap((kernel, k) => {
      const other = replaced.get(k);
      return other === undefined ? [kernel] : other === null ? [] : [other];
    }),
  };
};
