// From kernels to loops.
import { sizeOf } from '../core/aval';
import { type Expr, index } from '../core/lowering';
import { Arrays, type Call, loopsOf, type Scheduled, variable } from './arrays';
import { collapse } from './collapse';
import { scheduleContraction } from './contract';
import { expander, expandKernel } from './expand';
import { Interner } from './indexing';
import type { Kernel, LoopedKernel, MapKernel, MapsKernel, UpdateKernel } from './kernel';
import { extentName, type Statement } from './loop';
import { scheduleLoops } from './loops';
import { Names, nest, place } from './place';
import { scheduleProduct } from './product';
import { scheduleReduction } from './reduce';
import { scheduleRows } from './rowLoops';
import { formOf, structureOf } from './structure';
import type { Traits } from './traits';

const scheduleMap = (kernel: MapKernel): Scheduled => {
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const loops = loopsOf(kernel.shape);
  const here = index.flatten(
    loops.map((l) => variable(l.name)),
    kernel.shape,
  );
  const values = kernel.stores.map((s) => arrays.renumber(s.value));
  const targets = kernel.stores.map((s) => arrays.number(s.buffer.id, s.buffer.aval.dtype.name));
  const collapsed = collapse(interner, loops, [here, ...values]);
  const placed = place(
    interner,
    new Names(),
    collapsed.loops.map((l) => l.name),
    collapsed.expressions,
  );
  const body = nest(collapsed.loops, placed, ([at, ...rest]) =>
    rest.map((value, i) => ({ kind: 'store', array: targets[i] as number, at: at as Expr, value })),
  );
  return {
    loops: { arrays: arrays.dtypes, scratch: [], body: sizeOf(kernel.shape) === 0 ? [] : body },
    calls: [{ buffers: arrays.buffers }],
  };
};

/** Loops over the window alone. */
const scheduleUpdate = ({ shape, buffer, at, value }: UpdateKernel): Scheduled => {
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const loops = loopsOf(shape);
  const roots = [arrays.renumber(at), arrays.renumber(value)];
  const target = arrays.number(buffer.id, buffer.aval.dtype.name);
  const placed = place(
    interner,
    new Names(),
    loops.map((l) => l.name),
    roots,
  );
  const body = nest(loops, placed, ([where, stored]) => [
    { kind: 'store', array: target, at: where as Expr, value: stored as Expr },
  ]);
  return {
    loops: { arrays: arrays.dtypes, scratch: [], body: sizeOf(shape) === 0 ? [] : body },
    calls: [{ buffers: arrays.buffers }],
  };
};

/** The loop of the first map, up to an extent; the others run it on the buffers that stand where the first one's do. */
const scheduleMaps = ({ maps }: MapsKernel): Scheduled => {
  const [first] = maps as readonly [MapKernel];
  const forms = maps.map((m) => formOf(m).buffers);
  const { loops, calls } = scheduleMap(first);
  const [{ buffers }] = calls as readonly [Call];
  const places = buffers.map((id) => (forms[0] as readonly number[]).indexOf(id));
  const toExtent = (s: Statement): Statement =>
    s.kind === 'for' ? { ...s, to: { op: 'local', dtype: 'i32', name: extentName }, parallel: true } : s;
  return {
    loops: { ...loops, takesExtent: true, body: loops.body.map(toExtent) },
    calls: maps.map(({ shape }, m) => ({
      buffers: places.map((i) => (forms[m] as readonly number[])[i] as number),
      extent: sizeOf(shape),
    })),
  };
};

/** Loops for a kernel. */
export const schedule = (source: LoopedKernel, { formulas, tiles, accumulator }: Traits): Scheduled => {
  const kernel = formulas ? expandKernel(source) : source;
  switch (kernel.kind) {
    case 'map':
      return scheduleMap(kernel);
    case 'maps':
      return scheduleMaps(kernel);
    case 'update':
      return scheduleUpdate(kernel);
    case 'reduce':
      return scheduleReduction(kernel);
    case 'rows':
      return scheduleRows(kernel);
    case 'loops':
      return scheduleLoops(kernel, formulas ? expander() : (e) => e);
    case 'contract':
      return tiles !== null && kernel.buffer.aval.dtype.kind !== 'bool'
        ? scheduleProduct(kernel, tiles)
        : scheduleContraction(kernel, accumulator(kernel.buffer.aval.dtype));
  }
};

/** The loops of all kernels; null for those that have none. Kernels of one structure share the object. */
export const scheduleAll = (kernels: readonly Kernel[], traits: Traits): readonly (Scheduled | null)[] => {
  const known = new Map<string, { readonly loops: Scheduled['loops']; readonly places: readonly number[] }>();
  return kernels.map((kernel) => {
    if (kernel.kind === 'call' || kernel.kind === 'control' || kernel.kind === 'alias') return null;
    const structure = structureOf(kernel);
    if (structure === null) return schedule(kernel, traits);
    const { text, buffers } = structure;
    const found = known.get(text);
    if (found) return { loops: found.loops, calls: [{ buffers: found.places.map((i) => buffers[i] as number) }] };
    const scheduled = schedule(kernel, traits);
    const [call] = scheduled.calls as readonly [Call];
    known.set(text, { loops: scheduled.loops, places: call.buffers.map((id) => buffers.indexOf(id)) });
    return scheduled;
  });
};
