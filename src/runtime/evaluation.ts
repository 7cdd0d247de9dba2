// How an operation outside of jit is computed: by a compiled kernel where that pays, by the primitive's implementation elsewhere. The bits
// are the same.
import { needsHost } from '../compiler/flow';
import { sizeOf } from '../core/aval';
import { evaluate } from '../core/evaluate';
import { avalsOf, type Evaluation, isTransforming } from '../core/interpreter';
import type { Params, Primitive } from '../core/primitive';
import { allForced, ConcreteArray } from '../core/value';
import { defer, isDeferred, many, run } from './deferred';
import { addressOf, isResident, viewOf } from './resident';
import { settings } from './settings';

/** The most elements of an operand or, where views repeat them, of a result. */
const sizeFor = (primitive: Primitive, args: readonly ConcreteArray[], params: Params): number => {
  let size = 0;
  for (const x of args) if (x.size > size) size = x.size;
  const { lower } = primitive;
  if (size >= many || lower.kind !== 'map' || lower.cost !== 'view') return size;
  return Math.max(size, ...primitive.shape(avalsOf(args), params).map(({ shape }) => sizeOf(shape)));
};

/**
 * A small part of an array, such as a row: copied from where the array lies. Each place of a part would be a program of its own. Null for
 * other operations.
 */
const partOf = (
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
): readonly ConcreteArray[] | null => {
  const [whole] = args;
  const { lower } = primitive;
  const isView = lower.kind === 'map' && lower.cost === 'view' && args.length === 1;
  if (!isView || whole === undefined || whole.size < many) return null;
  const [part] = primitive.shape(avalsOf(args), params);
  if (part === undefined || sizeOf(part.shape) >= many) return null;
  const x = whole.forced;
  return primitive.impl([isResident(x) ? new ConcreteArray(x.aval, viewOf(x.dtype, addressOf(x), x.size)) : x], params);
};

export const evaluation: Evaluation = (primitive, args, params) => {
  const { lower } = primitive;
  const { kind } = lower;
  const isCalled = kind === 'inline' || kind === 'call' || (kind === 'control' && needsHost(lower.flow(params)));
  if (isCalled || settings().target !== 'wasm') return evaluate(primitive, allForced(args), params);
  if (kind === 'contract' || kind === 'control') return run(defer(primitive, args, params));
  const part = partOf(primitive, args, params);
  if (part !== null) return part;
  if (!args.some(isDeferred) && sizeFor(primitive, args, params) < many) return evaluate(primitive, args, params);
  const operation = defer(primitive, args, params);
  // Rules of transforms meet values again after a long time, in which an operand may have been given up.
  return kind === 'loops' || isTransforming() ? run(operation) : operation.outputs;
};
