// Functions to functions.
export { checkGrads, GradientError } from './checkGrads';
export { compileAsync } from './compileAsync';
export { customJvp, customVjp } from './custom';
export { jvp, linearize, stopGradient, vjp } from './derivatives';
export { grad, valueAndGrad } from './grad';
export { evalShape, LoweredProgram, lower, makeJaxpr, TracedProgram } from './inspect';
export { hessian, jacfwd, jacrev } from './jacobian';
export { jit } from './jit';
export { over, overOut, vmap } from './vmap';
