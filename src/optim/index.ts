// Optimisers as pure functions over trees of parameters.
export {
  type Accumulated,
  type AccumulateKind,
  accumulate,
  applyIfFinite,
  type Finite,
  type FiniteKind,
} from './accumulate';
export * from './adam';
export * from './adaptive';
export { applyUpdates } from './applyUpdates';
export * from './averages';
export * from './clipping';
export * from './constraints';
export type { Hyperparameter, LearningRate, Schedule } from './hyperparameter';
export * from './inject';
export * from './lbfgs';
export * from './lbfgsSolver';
export * from './matrices';
export * from './regularise';
export {
  type LearningRateKind,
  type StepKind,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
} from './scale';
export * from './schedules';
export * from './selected';
export {
  addMomentum,
  type LionKind,
  type LionOptions,
  lion,
  type Mean,
  type MeanKind,
  type MomentumOptions,
  type SgdKind,
  type SgdOptions,
  scaleByLion,
  sgd,
  type Velocity,
  type VelocityKind,
} from './sgd';
export {
  type ChainKind,
  chain,
  type GradientTransformation,
  identity,
  type Opaque,
  type Optimiser,
  type OptimiserOf,
  opaque,
  type StateFor,
  type StateKind,
  type Stateless,
  transformationMonoid,
} from './transformation';
