// The array functions.

export * from './activations';
export * from './adaptivePooling';
export * from './analytic';
export {
  abs,
  add,
  clip,
  div,
  floorDivide,
  fmod,
  hypot,
  logaddexp,
  maximum,
  minimum,
  mul,
  mulNoNan,
  neg,
  pow,
  reciprocal,
  remainder,
  sign,
  square,
  sub,
} from './arithmetic';
export * from './arrange';
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  ceil,
  equal,
  floor,
  greater,
  greaterEqual,
  isfinite,
  isinf,
  isnan,
  leftShift,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  nanToNum,
  notEqual,
  rightShift,
  round,
  trunc,
  where,
} from './comparison';
export { dot, inner, matmul, outer, tensordot, vdot } from './contract';
export * from './convert';
export * from './convolution';
export {
  arange,
  eye,
  full,
  fullLike,
  linspace,
  meshgrid,
  ones,
  onesLike,
  tri,
  zeros,
  zerosLike,
} from './creation';
export * from './cumulative';
export { tensor } from './data';
export * from './dimensions';
export { einsum } from './einsum';
export { at, oneHot, scatterAdd, slice, take, takeAlongAxis } from './indexing';
export * from './join';
export { norm } from './norm';
export {
  type AvgPoolingOptions,
  avgPool,
  avgPool1d,
  avgPool3d,
  maxPool,
  maxPool1d,
  maxPool3d,
  type PoolingOptions,
  type PoolOf,
} from './pooling';
export * from './rank';
export * from './rearrange';
export {
  all,
  any,
  argmax,
  argmin,
  average,
  countNonzero,
  logsumexp,
  max,
  mean,
  min,
  prod,
  ptp,
  std,
  sum,
  variance,
} from './reduce';
export * from './resize';
export {
  broadcastArrays,
  broadcastTo,
  expandDims,
  matrixTranspose,
  moveaxis,
  ravel,
  reshape,
  squeeze,
  swapaxes,
  transpose,
} from './shape';
export { logSoftmax, softmax, standardize } from './softmax';
export * from './sort';
export * from './unpooling';
export { dynamicSlice, dynamicUpdateSlice } from './windows';
