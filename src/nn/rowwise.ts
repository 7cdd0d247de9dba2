// Losses whose rows do not mix, with derivatives that a cotangent of 0 keeps at 0: the derivative of the losses by a row is multiplied by
// the cotangent of that row's loss, and where that is 0 (the row is masked, ignored or of weight 0) the product is 0 even where the row
// holds NaN or an infinity. Ordinary reverse mode would give 0 · NaN = NaN there, and spoil the gradient of every parameter before it.
import { type AnyTensor, customJvp, tensor, vjp } from '../index';
import { add, astype, broadcastArrays, mulNoNan, onesLike, sum } from '../untyped';

type Losses = (...xs: AnyTensor[]) => AnyTensor;

/** The operands as tensors of one shape; those of losses of one number for each row need not be. */
const together = (xs: readonly (AnyTensor | number)[]): AnyTensor[] => {
  const like = xs.find((x): x is AnyTensor => typeof x !== 'number');
  const tensors = xs.map((x): AnyTensor => (typeof x === 'number' ? tensor(x, like?.dtype) : x));
  const isSame = tensors.every((x) => x.shape.join() === tensors[0]?.shape.join());
  return isSame ? tensors : broadcastArrays(...tensors);
};

/** Losses as they are, with the derivative of rows: one number for each row of the operands, or for each element of them. */
const shielded = (losses: Losses): Losses =>
  customJvp(
    losses,
    (primals, tangents) => {
      const moving = primals.flatMap((_, i) => (tangents[i] === null ? [] : [i]));
      const [y, pull] = vjp(
        (...moved: AnyTensor[]): AnyTensor => losses(...primals.map((x, i) => moved[moving.indexOf(i)] ?? x)),
        ...primals.filter((_, i) => tangents[i] !== null),
      );
      // Rows do not mix, so the derivative of the sum of all losses holds the derivative of each of them.
      const slopes = pull(onesLike(y));
      const along = moving.map((at, i): AnyTensor => {
        const product = mulNoNan(slopes[i] as AnyTensor, tangents[at] as AnyTensor);
        const rows: AnyTensor = product.ndim === y.ndim ? product : sum(product, -1);
        return astype(rows, y.dtype);
      });
      return [y, along.length === 0 ? null : along.reduce((a, b): AnyTensor => add(a, b))];
    },
    { symbolicZeros: true },
  );

/** Losses of each element of operands that are broadcast. */
export const elementwise =
  (losses: Losses) =>
  (...xs: readonly (AnyTensor | number)[]): AnyTensor =>
    shielded(losses)(...together(xs));

/** Losses of each row along the last axis of operands that are broadcast; `labels`, integers of a row each, are not. */
export const rowwise =
  (losses: Losses) =>
  (xs: readonly (AnyTensor | number)[], labels: readonly AnyTensor[] = []): AnyTensor =>
    shielded(losses)(...together(xs), ...labels);
