// Abstract values: what is known of a tensor before it is computed.
import type { DType } from './dtype';

export interface Aval {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export const aval = (shape: readonly number[], dtype: DType): Aval => ({ shape, dtype });

export const sizeOf = (shape: readonly number[]): number => {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
};

/** Row-major strides, in elements. */
export const stridesOf = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] as number;
  }
  return strides;
};

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false;
  // Asked several times for each operation: without a closure.
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
};

export const sameAval = (a: Aval, b: Aval): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** `f32[2,3]`, as in a printed jaxpr. */
export const showAval = (a: Aval): string => `${a.dtype.name}[${a.shape.join(',')}]`;
