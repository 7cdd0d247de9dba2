// What weights start with: functions from a key and a shape. Axes are [...window, inputs, outputs].

import { type AnyTensor, type Shape, ShapeError, type Tensor } from '../index';
import {
  type Key,
  normal as normalNumbers,
  truncatedNormal as truncatedNumbers,
  uniform as uniformNumbers,
} from '../random';
import {
  add,
  atMost,
  composed,
  div,
  eye,
  full as filled,
  knownOptions,
  matmul,
  matrixTranspose,
  mul,
  reshape,
  sqrt,
  square,
  sum,
} from '../untyped';

export type Initialiser = <const S extends Shape>(key: Key, shape: readonly [...S]) => Tensor<S>;

/**
 * The same number everywhere.
 *
 * @example
 * initialisers.constant(2)(random.key(0), [2]).toArray() // => [2, 2]
 */
export const constant = /* @__PURE__ */ composed(function (value: number): Initialiser {
  atMost('constant', arguments, 1);
  return (_key, shape) => filled(shape, value);
});
/** 0 everywhere. */
export const zeros: Initialiser = constant(0);
/** 1 everywhere. */
export const ones: Initialiser = constant(1);

/** Normal with a standard deviation, 0.01 unless given. */
export const normal = /* @__PURE__ */ composed(function (deviation = 0.01): Initialiser {
  atMost('normal', arguments, 1);
  return <const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S> =>
    mul(normalNumbers(key, shape), deviation);
});
/** Normal within two standard deviations. */
export const truncatedNormal = /* @__PURE__ */ composed(function (deviation = 0.01): Initialiser {
  atMost('truncatedNormal', arguments, 1);
  return <const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S> =>
    mul(truncatedNumbers(key, shape), deviation);
});
/** Uniform in [-limit, limit), the limit 0.05 unless given. */
export const uniform = /* @__PURE__ */ composed(function (limit = 0.05): Initialiser {
  atMost('uniform', arguments, 1);
  return (key, shape) => uniformNumbers(key, shape, { min: -limit, max: limit });
});

/** How many inputs an output has, and how many outputs an input. */
const fansOf = (shape: readonly number[]): readonly [inputs: number, outputs: number] => {
  const [inputs, outputs] = [shape.at(-2) ?? shape.at(-1) ?? 1, shape.at(-1) ?? 1];
  const window = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return [inputs * window, outputs * window];
};

export interface VarianceScalingOptions {
  /** 1 by default. */
  readonly scale?: number;
  /** What the variance is divided by: the inputs of an output (the default), the outputs of an input, or their mean. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAverage';
  readonly distribution?: 'normal' | 'truncatedNormal' | 'uniform';
}
/** The standard deviation of a normal distribution cut at two of its deviations. */
const truncatedDeviation = 0.8796256610342398;

/**
 * Variance scale / fan, so that the size of activations (or of gradients) stays the same from layer to layer.
 *
 * @example
 * initialisers.varianceScaling({ scale: 2, mode: 'fanOut' })(random.key(0), [3, 3, 8, 16]).shape // => [3, 3, 8, 16]
 */
export const varianceScaling = /* @__PURE__ */ composed(function (options: VarianceScalingOptions = {}): Initialiser {
  atMost('varianceScaling', arguments, 1);
  const {
    scale = 1,
    mode = 'fanIn',
    distribution = 'truncatedNormal',
  } = knownOptions('varianceScaling', options, ['scale', 'mode', 'distribution']);
  return (key, shape) => {
    const [inputs, outputs] = fansOf(shape);
    const fan = mode === 'fanIn' ? inputs : mode === 'fanOut' ? outputs : (inputs + outputs) / 2;
    const deviation = Math.sqrt(scale / Math.max(1, fan));
    if (distribution === 'normal') return normal(deviation)(key, shape);
    if (distribution === 'uniform') return uniform(Math.sqrt(3) * deviation)(key, shape);
    return truncatedNormal(deviation / truncatedDeviation)(key, shape);
  };
});
/** Variance 2 / (inputs + outputs) (Glorot and Bengio, 2010): for symmetric activations. */
export const glorotNormal: Initialiser = varianceScaling({ mode: 'fanAverage' });
export const glorotUniform: Initialiser = varianceScaling({ mode: 'fanAverage', distribution: 'uniform' });
/** Variance 2 / inputs (He et al., 2015): for ReLUs. */
export const heNormal: Initialiser = varianceScaling({ scale: 2 });
export const heUniform: Initialiser = varianceScaling({ scale: 2, distribution: 'uniform' });
/** Variance 1 / inputs (LeCun et al., 1998): for SELUs. */
export const lecunNormal: Initialiser = varianceScaling();
export const lecunUniform: Initialiser = varianceScaling({ distribution: 'uniform' });

/** The polar factor of a matrix by Newton and Schulz: a polynomial that grows small singular values, then one that converges. */
const polarFactor = (wide: AnyTensor): AnyTensor => {
  let x: AnyTensor = div(wide, sqrt(sum(square(wide))));
  for (let i = 0; i < 14; i++) {
    const a = matmul(x, matrixTranspose(x));
    x = add(mul(x, 3.4445), matmul(add(mul(a, -4.775), mul(matmul(a, a), 2.0315)), x));
  }
  for (let i = 0; i < 6; i++) {
    const a = matmul(x, matrixTranspose(x));
    x = add(mul(x, 1.5), mul(matmul(a, x), -0.5));
  }
  return x;
};
/**
 * A random orthogonal matrix times `gain`: of the product of all axes but the last, times the last. Rows or columns,
 * whichever are fewer, are orthonormal (Saxe et al., 2014). The polar factor of a normal matrix is uniform (Haar).
 *
 * @throws ShapeError for fewer than two axes
 * @example
 * initialisers.orthogonal()(random.key(0), [3, 5]).shape // => [3, 5]
 */
export const orthogonal = /* @__PURE__ */ composed(function (gain = 1): Initialiser {
  atMost('orthogonal', arguments, 1);
  return <const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S> => {
    if (shape.length < 2) throw new ShapeError(`orthogonal: expected two axes or more, got shape [${shape}].`);
    const columns = shape[shape.length - 1] as number;
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const isWide = rows <= columns;
    const q = polarFactor(normalNumbers(key, isWide ? [rows, columns] : [columns, rows]));
    return reshape(mul(isWide ? q : matrixTranspose(q), gain), [...shape] as number[]);
  };
});
/**
 * The identity in the last two axes, times `gain`; for a window of odd size in its middle, 0 elsewhere (Dirac).
 *
 * @example
 * initialisers.identity()(random.key(0), [2, 2]).toArray() // => [[1, 0], [0, 1]]
 */
export const identity = /* @__PURE__ */ composed(function (gain = 1): Initialiser {
  atMost('identity', arguments, 1);
  return <const S extends Shape>(_key: Key, shape: readonly [...S]): Tensor<S> => {
    if (shape.length < 2) throw new ShapeError(`identity: expected two axes or more, got shape [${shape}].`);
    const [inputs, outputs] = shape.slice(-2) as [number, number];
    const middle = mul(eye(inputs, outputs), gain);
    return inMiddle(middle, shape);
  };
});
/** A matrix at the middle of a window, zeros around it. */
const inMiddle = (matrix: AnyTensor, shape: readonly number[]): AnyTensor => {
  const window = shape.slice(0, -2);
  const size = window.reduce((a, b) => a * b, 1);
  const middle = window.reduce((at, n) => at * n + Math.floor(n / 2), 0);
  const here = reshape(filled([size], 0).add(eyeRow(size, middle)), [size, 1, 1]);
  return reshape(mul(here, matrix), [...shape]);
};
const eyeRow = (n: number, at: number): AnyTensor => eye(n).at(at);
/**
 * An orthogonal matrix in the middle of a window, 0 elsewhere: a convolution that keeps norms (Xiao et al., 2018).
 *
 * @throws ShapeError for fewer than three axes
 * @example
 * initialisers.deltaOrthogonal()(random.key(0), [3, 2, 2]).at(0).toArray() // => [[0, 0], [0, 0]]
 */
export const deltaOrthogonal = /* @__PURE__ */ composed(function (gain = 1): Initialiser {
  atMost('deltaOrthogonal', arguments, 1);
  return <const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S> => {
    if (shape.length < 3) throw new ShapeError(`deltaOrthogonal: expected three axes or more, got shape [${shape}].`);
    return inMiddle(orthogonal(gain)(key, shape.slice(-2) as [number, number]), shape);
  };
});
