// The array language: tensors, dtypes, functions of tensors, errors.
export * from './array';
export { bool, dtypes, f32, f64, i32, isDType, u32 } from './core/dtype';
export * from './core/errors';
// Transforms.
export type { Structure } from './core/traversal';
export * as tree from './core/traversal';
export * from './transforms';
export type { AnyTensor, Dim, DType, DTypeOf, JitOptions, Operand, Scalar, Shape, ShapeOf, Sym, Tensor } from './types';
