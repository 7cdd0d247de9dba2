// Property tests for users: arbitraries of tensors, and the laws that functions and primitives are to keep. fast-check is
// needed here and nowhere else.
import type { Primitive } from '../src/core/primitive';
import type { Generator } from './call';
import { primitiveProperties } from './primitiveProperties';

export { type ShapeOptions, shape, type TensorOptions, tensor } from './arbitraries';
export { type Generator, type OperandSpec, operand, type Spec } from './call';
export * as collectiveLaws from './collectives';
export * as derivativeLaws from './derivatives';
export type { Domain } from './domains';
export * as domains from './domains';
export { GradientError, type GradientOptions, gradient } from './gradient';
export * as vmapLaws from './mapping';
export * as primitiveLaws from './primitive';
export type { LawName } from './primitiveProperties';
export * as stagingLaws from './staging';
export * as transformLaws from './transforms';
export * as treeLaws from './trees';

/**
 * The laws of a primitive, each a property: its shape rule, its jvp rule against central differences and linear in the
 * tangents, its transpose rule as the adjoint, its batch rule as a stack of examples, second derivatives, staging, jit, and that
 * every target there is, with one thread and with two, gives the bits of its implementation.
 *
 * @example
 * const generator: laws.Generator = {
 *   dtypes: [f32, f64],
 *   spec: (dtype) => laws.shape().map((s) => ({ args: [laws.operand(s, dtype, laws.domains.positive)], params: {} })),
 * };
 * for (const [name, property] of Object.entries(laws.primitive(softplusP, generator))) it(name, () => fc.assert(property));
 */
export const primitive = (p: Primitive, generator: Generator) => primitiveProperties(p, generator);
