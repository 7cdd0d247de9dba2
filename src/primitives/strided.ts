// Copies between row-major arrays and strided places in them: the reference for every view.
import { sizeOf } from '../core/aval';
import { allocate, type Data, type DType } from '../core/dtype';

/** Calls `visit` with the offset of every element of a strided view, in row-major order. */
const forEachOffset = (
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  visit: (offset: number, position: number) => void,
): void => {
  const rank = shape.length;
  const total = sizeOf(shape);
  if (total === 0) return;
  const inner = rank === 0 ? 1 : (shape[rank - 1] as number);
  const step = rank === 0 ? 0 : (strides[rank - 1] as number);
  const at = new Array<number>(rank).fill(0);
  let base = offset;
  for (let position = 0; position < total; ) {
    for (let i = 0, o = base; i < inner; i++, o += step) visit(o, position++);
    for (let d = rank - 2; d >= 0; d--) {
      at[d] = (at[d] as number) + 1;
      base += strides[d] as number;
      if ((at[d] as number) < (shape[d] as number)) break;
      base -= (strides[d] as number) * (shape[d] as number);
      at[d] = 0;
    }
  }
};

export const readStrided = (
  x: { readonly data: Data; readonly dtype: DType },
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Data => {
  const out = allocate(x.dtype, sizeOf(shape));
  const { data } = x;
  forEachOffset(shape, strides, offset, (o, i) => {
    out[i] = data[o] as number;
  });
  return out;
};

/** Writes the elements of `from`, row-major of this shape, to the strided places of `into`. */
export const writeStrided = (
  into: Data,
  from: Data,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): void =>
  forEachOffset(shape, strides, offset, (o, i) => {
    into[o] = from[i] as number;
  });

/** Every multi-index of a shape, in row-major order; the same array is reused. */
export const forEachIndex = (
  shape: readonly number[],
  visit: (at: readonly number[], position: number) => void,
): void => {
  const total = sizeOf(shape);
  const at = new Array<number>(shape.length).fill(0);
  for (let position = 0; position < total; position++) {
    visit(at, position);
    for (let d = shape.length - 1; d >= 0; d--) {
      at[d] = (at[d] as number) + 1;
      if ((at[d] as number) < (shape[d] as number)) break;
      at[d] = 0;
    }
  }
};
