// Horizontal fusion: results of one form are one kernel, whatever their shapes. An optimiser's update of a hundred parameters is one
// function, threads share the work of all, and it is written and compiled once.
//
// Cost model. Only maps that nobody reads are joined: they wait for the last of them, and so do their operands, which therefore live
// longer. From `large` elements on that costs memory and saves nothing.
import { sizeOf } from '../core/aval';
import type { Expr } from '../core/lowering';
import { placeOf } from './elements';
import { axisName, type Kernel, type KernelProgram, type MapKernel, readsOf, writesOf } from './kernel';
import { rewriteExpr, sameExpr } from './rewrite';
import { formOf } from './structure';

const large = 2 ** 20;
const flat: Expr = { op: 'index', dtype: 'i32', name: axisName(0) };

/** The map over one axis; null where it reads other elements than those at its own place, and single ones. */
const flattened = (map: MapKernel): MapKernel | null => {
  const here = placeOf(map.shape);
  let fits = true;
  const visit = rewriteExpr((e) => {
    if (e.op === 'index') fits = false;
    if (e.op !== 'load') return undefined;
    if (sameExpr(e.at, here)) return { ...e, at: flat };
    fits &&= e.at.op === 'const';
    return e;
  });
  const stores = map.stores.map(({ buffer, value }) => ({ buffer, value: visit(value) }));
  return fits ? { kind: 'map', shape: [sizeOf(map.shape)], stores } : null;
};

export const joinMaps = (program: KernelProgram): KernelProgram => {
  const { kernels } = program;
  const read = new Set(kernels.flatMap((k) => [...readsOf(k)]));
  const groups = new Map<string, { readonly at: number; readonly map: MapKernel }[]>();
  kernels.forEach((kernel, at) => {
    if (kernel.kind !== 'map') return;
    const size = sizeOf(kernel.shape);
    if (size < 2 || size >= large || writesOf(kernel).some((b) => read.has(b.id))) return;
    const map = flattened(kernel);
    if (map === null) return;
    const { text } = formOf(map);
    groups.set(text, [...(groups.get(text) ?? []), { at, map }]);
  });
  const replaced = new Map<number, Kernel | null>();
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    for (const { at } of group) replaced.set(at, null);
    const last = group[group.length - 1] as (typeof group)[number];
    replaced.set(last.at, { kind: 'maps', maps: group.map((g) => g.map) });
  }
  return {
    ...program,
    kernels: kernels.flatMap((kernel, k) => {
      const other = replaced.get(k);
      return other === undefined ? [kernel] : other === null ? [] : [other];
    }),
  };
};
