// Functions to functions.
export { checkGrads, GradientError } from './checkGrads';
export { checkpoint, checkpointName } from './checkpoint';
export { closureConvert, linearTranspose } from './closures';
export { allGather, axisIndex, axisSize, pmax, pmean, pmin, ppermute, psum } from './collectives';
export { compileAsync } from './compileAsync';
export { customBatch } from './customBatch';
export { customJvp } from './customJvp';
export { customVjp } from './customVjp';
export { jvp, linearize, stopGradient, vjp } from './derivatives';
export { grad, valueAndGrad } from './grad';
export { customLinearSolve, customRoot } from './implicit';
export { compile, evalShape, LoweredProgram, lower, makeJaxpr, TracedProgram } from './inspect';
export { hessian, jacfwd, jacrev } from './jacobian';
export { jit } from './jit';
export { checkpointPolicies } from './policies';
export { ResidualReport, type SavedResidual, savedResiduals } from './savedResiduals';
export { over, overOut, vmap } from './vmap';
