// Training loops as folds.
export { fold, type Progress, take } from './fold';
