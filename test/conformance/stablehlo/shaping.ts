// Operations that make, move and repeat elements; products; convolutions.
import { bool, f64, isFloat } from '../../../src/core/dtype';
import type { Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { NotApplicable } from '../ledger';
import { dense, dtypeOf } from '../mlir/literal';
import { integer, integers, type Op, pairs } from '../mlir/module';
import { type Rule, type Rules, resultType } from './context';
import { toIndex } from './pointwise';

const need = (op: Op, ...keys: readonly string[]): number[] => {
  for (const key of keys) {
    const found = integers(op, key);
    if (found) return found;
  }
  throw new Error(`${op.name}: no attribute ${keys.join(' or ')} in ${op.text.slice(0, 200)}`);
};

const constant: Rule = (op) => {
  const content = /dense<((?:"[^"]*"|[^<>])*)>/.exec(op.text);
  if (!content) throw new NotApplicable(`constant that is not dense<>`);
  return [dense(content[1] as string, resultType(op))];
};

/** [0:4, 1:9:2] in the pretty form, three attributes in the generic one. */
const slice: Rule = (op, [x]) => {
  const list = /\[([\d:,\s]*)\]\s*$/.exec(op.text);
  if (!list) return [lax.slice(x as Value, need(op, 'start_indices'), need(op, 'limit_indices'), need(op, 'strides'))];
  const parts = (list[1] as string).split(',').filter((s) => s.trim() !== '');
  const triples = parts.map((part) => part.split(':').map(Number));
  return [
    lax.slice(
      x as Value,
      triples.map(([start]) => start as number),
      triples.map(([, limit]) => limit as number),
      triples.map(([, , stride]) => stride ?? 1),
    ),
  ];
};

const startVector = (starts: readonly Value[]): Value =>
  lax.concatenate(
    starts.map((s) => lax.reshape(toIndex(s), [1])),
    0,
  );

const axisPairs = (op: Op, key: string, longKeys: readonly [string, string]): readonly [number[], number[]] => {
  const found = new RegExp(`${key}\\s*=\\s*\\[([\\d,\\s]*)\\]\\s*x\\s*\\[([\\d,\\s]*)\\]`).exec(op.text);
  const list = (s: string): number[] => (s.match(/\d+/g) ?? []).map(Number);
  if (found) return [list(found[1] as string), list(found[2] as string)];
  return [integers(op, longKeys[0]) ?? [], integers(op, longKeys[1]) ?? []];
};

const dotGeneral: Rule = (op, [x, y]) => {
  const dtype = dtypeOf(resultType(op));
  if (dtype === bool) throw new NotApplicable('dot_general of truth values');
  const contract = axisPairs(op, 'contracting_dims', ['lhs_contracting_dimensions', 'rhs_contracting_dimensions']);
  const batch = axisPairs(op, 'batching_dims', ['lhs_batching_dimensions', 'rhs_batching_dimensions']);
  return [
    lax.dotGeneral(lax.convert(x as Value, dtype), lax.convert(y as Value, dtype), {
      lhsContract: contract[0],
      rhsContract: contract[1],
      lhsBatch: batch[0],
      rhsBatch: batch[1],
    }),
  ];
};

/** From the axes named in the file to batch, space, channels; and for the result the way back. */
const layout = (labels: string, first: string, last: string): { order: number[]; space: number } => {
  const names = labels.split(',').map((s) => s.trim());
  const space = names.length - 2;
  const spatial = Array.from({ length: space }, (_, i) => names.indexOf(String(i)));
  const order = first === '' ? spatial : [names.indexOf(first), ...spatial];
  return {
    order: [...order, ...(last === 'io' ? [names.indexOf('i'), names.indexOf('o')] : [names.indexOf(last)])],
    space,
  };
};

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, d) => permutation.indexOf(d));

/** Any layout is brought to channels last; integers are multiplied in f64, where their products are exact. */
const convolution: Rule = (op, [x, k]) => {
  const labels = /\[([\w,\s]*)\]\s*x\s*\[([\w,\s]*)\]\s*->\s*\[([\w,\s]*)\]/.exec(op.text) as RegExpExecArray;
  const lhs = layout(labels[1] as string, 'b', 'f');
  const kernel = layout(labels[2] as string, '', 'io');
  const result = layout(labels[3] as string, 'b', 'f');
  const ones = new Array<number>(lhs.space).fill(1);
  const reversal = integers(op, 'reverse') ?? integers(op, 'window_reversal') ?? [];
  const dtype = dtypeOf(resultType(op));
  const working = isFloat(dtype) ? dtype : f64;
  const turned = lax.rev(
    lax.transpose(lax.convert(k as Value, working), kernel.order),
    reversal.flatMap((r, d) => (r ? [d] : [])),
  );
  const out = lax.convGeneralDilated(lax.transpose(lax.convert(x as Value, working), lhs.order), turned, {
    strides: integers(op, 'stride') ?? integers(op, 'window_strides') ?? ones,
    padding: pairs(integers(op, 'pad') ?? integers(op, 'padding') ?? ones.flatMap(() => [0, 0])),
    lhsDilation: integers(op, 'lhs_dilate') ?? integers(op, 'lhs_dilation') ?? ones,
    rhsDilation: integers(op, 'rhs_dilate') ?? integers(op, 'rhs_dilation') ?? ones,
    featureGroups: integer(op, 'feature_group_count') ?? 1,
    batchGroups: integer(op, 'batch_group_count') ?? 1,
  });
  return [lax.convert(lax.transpose(out, inverse(result.order)), dtype)];
};

export const shaping: Rules = {
  'stablehlo.constant': constant,
  'stablehlo.iota': (op) => {
    const type = resultType(op);
    return [lax.iota(type.shape, integer(op, 'dim') ?? integer(op, 'iota_dimension') ?? 0, dtypeOf(type))];
  },
  'stablehlo.broadcast_in_dim': (op, [x]) => [
    lax.broadcastInDim(x as Value, resultType(op).shape, need(op, 'dims', 'broadcast_dimensions')),
  ],
  'stablehlo.dynamic_iota': (op) => {
    const type = resultType(op);
    return [lax.iota(type.shape, integer(op, 'dim') ?? 0, dtypeOf(type))];
  },
  'stablehlo.dynamic_broadcast_in_dim': (op, [x]) => [
    lax.broadcastInDim(x as Value, resultType(op).shape, need(op, 'dims', 'broadcast_dimensions')),
  ],
  'stablehlo.dynamic_reshape': (op, [x]) => [lax.reshape(x as Value, resultType(op).shape)],
  'stablehlo.optimization_barrier': (_op, xs) => xs,
  'stablehlo.reshape': (op, [x]) => [lax.reshape(x as Value, resultType(op).shape)],
  'stablehlo.transpose': (op, [x]) => [lax.transpose(x as Value, need(op, 'dims', 'permutation'))],
  'stablehlo.reverse': (op, [x]) => [lax.rev(x as Value, need(op, 'dims', 'dimensions'))],
  'stablehlo.concatenate': (op, xs) => [lax.concatenate(xs, integer(op, 'dim') ?? integer(op, 'dimension') ?? 0)],
  'stablehlo.pad': (op, [x, value]) => {
    const [low, high] = [need(op, 'low', 'edge_padding_low'), need(op, 'high', 'edge_padding_high')];
    const between = need(op, 'interior', 'interior_padding');
    return [
      lax.pad(
        x as Value,
        value as Value,
        low.map((n, d) => [n, high[d] as number, between[d] as number] as const),
      ),
    ];
  },
  'stablehlo.slice': slice,
  'stablehlo.dynamic_slice': (op, [x, ...starts]) => [
    starts.length === 0
      ? (x as Value)
      : lax.dynamicSlice(x as Value, startVector(starts), need(op, 'sizes', 'slice_sizes')),
  ],
  'stablehlo.dynamic_update_slice': (_op, [x, update, ...starts]) => [
    starts.length === 0 ? (update as Value) : lax.dynamicUpdateSlice(x as Value, update as Value, startVector(starts)),
  ],
  'stablehlo.dot_general': dotGeneral,
  'stablehlo.convolution': convolution,
};
