// Labels of classes, checked where they are known.
import { type AnyTensor, AxisError, ShapeError } from '../index';
import { equal, greaterEqual, knownIndices, less, logicalAnd, logicalOr, where } from '../untyped';

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
  const { indices: own, known } = knownIndices(name, labels, 'labels');
  if (own.shape.join() !== scores.slice(0, -1).join())
    throw new ShapeError(
      `${name}: labels of shape [${own.shape.join(', ')}] do not go with scores of shape [${scores.join(', ')}]; expected one label for each row, shape [${scores.slice(0, -1).join(', ')}].`,
    );
  const bad = known?.find((i) => i !== ignoreIndex && (i < 0 || i >= classes));
  if (bad !== undefined)
    throw new AxisError(
      `${name}: label ${bad} is out of range for ${classes} classes (0..${classes - 1}), scores of shape [${scores.join(', ')}]. ` +
        `Rows that do not count are left out by { ignoreIndex: ${bad} } in crossEntropy and nll, or by reduceLoss(losses, { mask }).`,
    );
  const ignored: AnyTensor | null = ignoreIndex === undefined ? null : equal(own, ignoreIndex);
  const inside = (): AnyTensor => logicalAnd(greaterEqual(own, 0), less(own, classes));
  return {
    labels: ignored === null ? own : where(ignored, 0, own),
    ignored,
    valid: known !== null ? null : ignored === null ? inside() : logicalOr(ignored, inside()),
  };
};
