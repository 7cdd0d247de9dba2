// Labels of classes, checked where they are known.
import { indicesOf } from '../array/indexing';
import { publish } from '../array/tensor';
import { ConcreteArray } from '../core/value';
import {
  type AnyTensor,
  AxisError,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  ShapeError,
  where,
} from '../index';

export interface CheckedLabels {
  /** i32, with class 0 for those that are ignored. */
  readonly labels: AnyTensor;
  /** Where the label is the one to be ignored, or null where none is. */
  readonly ignored: AnyTensor | null;
  /** Where the label is a class or ignored, or null where all are known to be so. */
  readonly valid: AnyTensor | null;
}

/**
 * Integer labels for scores of a shape, classes last.
 *
 * @throws ShapeError when there is not one label for each row; AxisError when a known label is no class
 */
export const checkLabels = (
  name: string,
  labels: unknown,
  scores: readonly number[],
  ignoreIndex?: number,
): CheckedLabels => {
  const classes = scores[scores.length - 1] as number;
  const value = indicesOf(name, labels, 'labels');
  if (value.shape.join() !== scores.slice(0, -1).join())
    throw new ShapeError(
      `${name}: labels of shape [${value.shape.join(', ')}] do not go with scores of shape [${scores.join(', ')}]; expected one label for each row, shape [${scores.slice(0, -1).join(', ')}].`,
    );
  const known = value instanceof ConcreteArray ? value.data : null;
  const bad = known?.find((i) => i !== ignoreIndex && (i < 0 || i >= classes));
  if (bad !== undefined)
    throw new AxisError(
      `${name}: label ${bad} is out of range for ${classes} classes (0..${classes - 1}), scores of shape [${scores.join(', ')}]. ` +
        `Rows that do not count are left out by { ignoreIndex: ${bad} } in crossEntropy and nll, or by reduceLoss(losses, { mask }).`,
    );
  const own: AnyTensor = publish(value);
  const ignored: AnyTensor | null = ignoreIndex === undefined ? null : equal(own, ignoreIndex);
  const inside = (): AnyTensor => logicalAnd(greaterEqual(own, 0) as AnyTensor, less(own, classes) as AnyTensor);
  return {
    labels: ignored === null ? own : where(ignored, 0, own),
    ignored,
    valid: known !== null ? null : ignored === null ? inside() : logicalOr(ignored, inside()),
  };
};
