// What works element by element: seen in how a primitive is lowered, not in its name.
import type { Equation } from '../core/jaxpr';
import type { Expr } from '../core/lowering';
import { axisName } from './kernel';
import { partsOf } from './rewrite';

/** Whether every element of the result is made of the operands' elements at the same place, and of nothing else. */
export const isPointwise = ({ primitive, inputs, outputs, params }: Equation): boolean => {
  const { lower } = primitive;
  const [result] = outputs;
  if (lower.kind !== 'map' || lower.cost === 'view' || outputs.length !== 1 || result === undefined) return false;
  const at = result.aval.shape.map((_, d): Expr => ({ op: 'index', dtype: 'i32', name: axisName(d) }));
  let here = true;
  const value = lower.element({
    params,
    args: inputs.map((a) => a.aval),
    results: outputs.map((v) => v.aval),
    result: 0,
    at,
    read: (operand, place) => {
      here &&= place.length === at.length && place.every((e, d) => e === at[d]);
      return { op: 'local', dtype: inputs[operand]?.aval.dtype.name ?? 'f32', name: `x${operand}` };
    },
  });
  return here && ![...partsOf([value])].some((e) => e.op === 'index');
};
