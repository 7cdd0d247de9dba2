// gather and scatter.
import { aval } from '../../../src/core/aval';
import { bool, type DType, i32 } from '../../../src/core/dtype';
import type { Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { fullLike } from '../../../src/primitives/fill';
import { NotApplicable } from '../ledger';
import { integer, integers, type Op } from '../mlir/module';
import { type Combinator, combinatorOf } from './combinator';
import type { Rule } from './context';
import { toIndex } from './pointwise';

/** The index vector as the last axis, where the primitives want it. */
const vectorsLast = (indices: Value, axis: number): Value =>
  toIndex(
    axis === indices.ndim ? lax.reshape(indices, [...indices.shape, 1]) : lax.moveAxis(indices, axis, indices.ndim - 1),
  );

export const gather: Rule = (op, [x, indices]) => [
  lax.gather(x as Value, vectorsLast(indices as Value, integer(op, 'index_vector_dim') ?? 0), {
    offsetDims: integers(op, 'offset_dims') ?? [],
    collapsedDims: integers(op, 'collapsed_slice_dims') ?? [],
    indexMap: integers(op, 'start_index_map') ?? [],
    operandBatching: integers(op, 'operand_batching_dims') ?? [],
    indicesBatching: integers(op, 'start_indices_batching_dims') ?? [],
    windowSizes: integers(op, 'slice_sizes') ?? [],
    outside: 'clip',
  }),
];

const scatterParams = (op: Op, x: Value, updates: Value) => {
  const offsetDims = integers(op, 'update_window_dims') ?? [];
  const collapsedDims = integers(op, 'inserted_window_dims') ?? [];
  const operandBatching = integers(op, 'input_batching_dims') ?? [];
  let next = 0;
  return {
    offsetDims,
    collapsedDims,
    indexMap: integers(op, 'scatter_dims_to_operand_dims') ?? [],
    operandBatching,
    indicesBatching: integers(op, 'scatter_indices_batching_dims') ?? [],
    windowSizes: x.shape.map((_, d) =>
      collapsedDims.includes(d) || operandBatching.includes(d)
        ? 1
        : (updates.shape[offsetDims[next++] as number] as number),
    ),
    outside: 'fill' as const,
  };
};

type Merge = (x: Value, placed: Value) => Value;
const merging = (dtype: DType): Partial<Readonly<Record<Combinator, Merge>>> => ({
  replace: (_x, placed) => placed,
  max: lax.max,
  min: lax.min,
  mul: dtype === bool ? lax.and : lax.mul,
  ...(dtype === bool ? { add: lax.or, or: lax.or, and: lax.and } : {}),
});

/**
 * The only primitive adds. Where the file says that no place is written twice, the other combinators are compositions
 * of it: the updates added to zeros, combined with the operand where there is one.
 */
export const scatter: Rule = (op, args) => {
  if (args.length !== 3) throw new NotApplicable('scatter of several operands');
  const [x, indices, updates] = args as readonly [Value, Value, Value];
  const combinator = combinatorOf(op.regions[0]);
  const vectors = vectorsLast(indices, integer(op, 'index_vector_dim') ?? 0);
  const params = scatterParams(op, x, updates);
  if (combinator === 'add' && x.dtype !== bool) return [lax.scatterAdd(x, vectors, updates, params)];
  if (!/unique_indices\s*=\s*true/.test(op.text))
    throw new NotApplicable(`scatter by ${combinator ?? 'a region'} where places meet: only addition is a primitive`);
  const numeric = x.dtype === bool ? i32 : x.dtype;
  const zeros = fullLike({ aval: aval(x.shape, numeric) }, 0);
  const placed = lax.convert(lax.scatterAdd(zeros, vectors, lax.convert(updates, numeric), params), x.dtype);
  const ones = lax.scatterAdd(
    fullLike({ aval: aval(x.shape, i32) }, 0),
    vectors,
    fullLike({ aval: aval(updates.shape, i32) }, 1),
    params,
  );
  const combine = combinator === null ? null : merging(x.dtype)[combinator];
  if (!combine) throw new NotApplicable('scatter by a region that is no combinator');
  return [lax.selectN(lax.ne(ones, fullLike(ones, 0)), x, combine(x, placed))];
};
