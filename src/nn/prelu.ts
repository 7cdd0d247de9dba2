// A rectifier that learns its slope.

import type { AnyTensor, Dim, Shape, Tensor } from '../index';
import { atMost, composed, full, greaterEqual, knownOptions, mul, where } from '../untyped';

/** A slope for each feature. */
export interface Prelu<C extends Dim> {
  readonly slope: Tensor<[C]>;
}
/**
 * Slopes of 0.25.
 *
 * @example
 * initPrelu({ features: 2 }).slope.toArray() // => [0.25, 0.25]
 */
export const initPrelu = /* @__PURE__ */ composed(function <const C extends Dim>(options: {
  readonly features: C;
}): Prelu<C> {
  atMost('initPrelu', arguments, 1);
  const { features } = knownOptions('initPrelu', options, ['features']);
  return {
    slope: full([features], 0.25),
  };
});
/**
 * x from 0 on, slope · x below, with a slope for each feature of the last axis (He et al., 2015).
 *
 * @example
 * prelu(initPrelu({ features: 2 }))(tensor([-4, 4])).toArray() // => [-1, 4]
 */
export const prelu = /* @__PURE__ */ composed(function <C extends Dim>({ slope }: Prelu<C>) {
  atMost('prelu', arguments, 1);
  return <N extends Shape>(x: Tensor<[...N, C]>): Tensor<[...N, C]> => {
    const v: AnyTensor = x;
    return where(greaterEqual(v, 0), v, mul(v, slope));
  };
});
