// The mistakes a programmer can make, each a class of its own: catch by class, read the message.
// The world's failures (files, formats) are values and never come from here.

/** Every error that adjoint throws. */
export class AdjointError extends Error {
  override readonly name: string = 'AdjointError';
}

/** Shapes that do not fit; the message has the operation, the shapes, the axis and the fix. */
export class ShapeError extends AdjointError {
  override readonly name = 'ShapeError';
}

/** An element type that the operation does not take. */
export class DTypeError extends AdjointError {
  override readonly name = 'DTypeError';
}

/** An axis or index outside its range. */
export class AxisError extends AdjointError {
  override readonly name = 'AxisError';
}

/** An argument of the wrong kind or value. */
export class ArgumentError extends AdjointError {
  override readonly name = 'ArgumentError';
}

/** Trees of different structure, or a leaf that cannot be there; the message has the path. */
export class TreeError extends AdjointError {
  override readonly name = 'TreeError';
}

/** A function that cannot be transformed so: a non-scalar loss, an integer input to grad, a thenable result. */
export class TransformError extends AdjointError {
  override readonly name = 'TransformError';
}

/** A traced value was used where a number is needed: in `if`, `>`, `+`, a template, `item()`. */
export class ConcretizationError extends AdjointError {
  override readonly name = 'ConcretizationError';
}

/** A tracer outlived the transform that made it. */
export class LeakedTracerError extends AdjointError {
  override readonly name = 'LeakedTracerError';
}

/** A tracer of a transform that is still at work, used where that transform cannot see it. */
export class ClosedOverError extends LeakedTracerError {}

/** The elements of a tensor are asked for at once, and its device can only be read asynchronously. */
export class AsynchronousReadError extends AdjointError {
  override readonly name = 'AsynchronousReadError';
}
/** A jaxpr that is not well formed: a fault of a rule, found by checkJaxpr. */
export class JaxprError extends AdjointError {
  override readonly name = 'JaxprError';
}
/** Program IR that is not well formed: a fault of the compiler, found by checkProgram. */
export class ProgramError extends AdjointError {
  override readonly name = 'ProgramError';
}
/** A program or a value needs more memory than there is, or than was allowed. */
export class OutOfMemoryError extends AdjointError {
  override readonly name = 'OutOfMemoryError';
}

/** The engine refuses to compile a program in the middle of a call. */
export class CompilationError extends AdjointError {
  override readonly name = 'CompilationError';
}

/** A thread that shared the work of a program has failed; the next call starts new ones. */
export class ThreadError extends AdjointError {
  override readonly name = 'ThreadError';
}

/** A tensor was read after it had been donated to a jitted function. */
export class DonatedError extends AdjointError {
  override readonly name = 'DonatedError';
}

/** An operation made NaN of numbers, under debugNans; the message names it and the user's line. */
export class NanError extends AdjointError {
  override readonly name = 'NanError';
}

/** A check of the user's, or one that checkify was asked for, does not hold. */
export class CheckError extends AdjointError {
  override readonly name = 'CheckError';
}
