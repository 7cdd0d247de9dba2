// Training loops as folds, and those who watch them.
export {
  type BestCheckpointOptions,
  bestCheckpoint,
  type CheckpointOptions,
  checkpoint,
  type Mode,
} from './checkpoint';
export { csv } from './csv';
export { type Batches, type FitOptions, fit } from './fit';
export { fold, type Progress, take } from './fold';
export { numbersOf } from './numbers';
export { type ObserverSpec, observer, type Remembering } from './observer';
export { type LossCurveOptions, lossCurve, lossCurvePng, sparkline } from './picture';
export type { Terminal } from './platform';
export { type ProgressBarOptions, progressBar } from './progressBar';
export { type Entry, type EvaluateOptions, evaluate, type Historian, history } from './recording';
export type { Effect, Moment, Numbers, Observer, Response, Run, Stop, TrainError, Watch } from './run';
export {
  type EarlyStoppingOptions,
  earlyStopping,
  type PlateauOptions,
  reduceOnPlateau,
  type ScheduleOptions,
  schedule,
  stopOnNaN,
} from './steering';
export { tensorboard } from './tensorboard';
