// Loops over trees of tensors whose types say nothing of shapes.
import * as transforms from '../transforms';
import type { AnyTensor } from '../types';

/** The shapes of the carry do not change. */
export const scan = transforms.scan as <C, X, Y>(
  step: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options?: { readonly reverse?: boolean },
) => readonly [C, Y];
export const whileLoop = transforms.whileLoop as <C>(
  condition: (carry: C) => AnyTensor,
  body: (carry: C) => C,
  init: C,
) => C;
