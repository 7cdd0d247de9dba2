// What each dtype is in WebAssembly: the type of its values, and how they are read and written. Narrow dtypes are values of i32: integers
// extended by their sign or by zeros, floats as their bits.
import type { DTypeName } from '../../../core/dtype';
import type { ValueType } from './encode';
import type { Instruction } from './opcodes';

/** Elements of 8 and 16 bits as vectors of four lanes: how they are widened as they are loaded. */
type Extension = 's' | 'u';

interface Machine {
  readonly type: ValueType;
  readonly load: Instruction;
  readonly store: Instruction;
  /** The vectors that its values fill. */
  readonly shape: 'f32x4' | 'f64x2' | 'i32x4';
  /** How values of fewer bits than a lane are extended. */
  readonly extension: Extension | null;
  readonly isSigned: boolean;
}
const float = (name: 'f32' | 'f64'): Machine => ({
  type: name,
  load: `${name}.load`,
  store: `${name}.store`,
  shape: floatShapes[name],
  extension: null,
  isSigned: true,
});
const integer = (facts: Pick<Machine, 'load' | 'store' | 'extension' | 'isSigned'>): Machine => ({
  type: 'i32',
  shape: 'i32x4',
  ...facts,
});
export const floatShapes = { f32: 'f32x4', f64: 'f64x2' } as const;
const word = { load: 'i32.load', store: 'i32.store', extension: null } as const;
const bits16 = integer({ load: 'i32.load16_u', store: 'i32.store16', extension: 'u', isSigned: true });

/** Values that are extended by zeros are compared as signed ones. */
export const machine: Readonly<Record<DTypeName, Machine>> = {
  f16: bits16,
  bf16: bits16,
  f32: float('f32'),
  f64: float('f64'),
  i8: integer({ load: 'i32.load8_s', store: 'i32.store8', extension: 's', isSigned: true }),
  u8: integer({ load: 'i32.load8_u', store: 'i32.store8', extension: 'u', isSigned: true }),
  i16: integer({ load: 'i32.load16_s', store: 'i32.store16', extension: 's', isSigned: true }),
  u16: bits16,
  i32: integer({ ...word, isSigned: true }),
  u32: integer({ ...word, isSigned: false }),
  bool: integer({ load: 'i32.load8_u', store: 'i32.store8', extension: 'u', isSigned: true }),
};
