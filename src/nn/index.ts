// Layers and losses as plain functions.
export { type Dense, dense, linear } from './dense';
export { crossEntropy, squaredError } from './losses';
