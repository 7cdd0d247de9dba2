// The array language: tensors, dtypes, functions of tensors, errors.
export * from './array';
export { bf16, bool, dtypes, f16, f32, f64, i8, i16, i32, isDType, u8, u16, u32 } from './core/dtype';
export * from './core/errors';
export { ShapeError } from './core/errors';
// Transforms.
export type { Structure } from './core/traversal';
export * as tree from './core/traversal';
// How programs run.
export { configure, type Settings, type TargetName as Target } from './runtime/settings';
export * from './transforms';
// Every type that can be inferred must have a name for users who emit declarations.
export type * from './types';
// Those whose name is taken by a value or class of the same name.
export type {
  bf16 as BFloat16,
  bool as Bool,
  f16 as Float16,
  f32 as Float32,
  f64 as Float64,
  i8 as Int8,
  i16 as Int16,
  i32 as Int32,
  ShapeError as ShapeMistake,
  u8 as Uint8,
  u16 as Uint16,
  u32 as Uint32,
} from './types';
