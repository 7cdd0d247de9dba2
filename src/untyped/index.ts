// What the layers above are written with: the public functions at tensors whose types say nothing, and what makes a function
// one of the library's. Layers, optimisers and models use no core and no values.

export { atMost, knownOptions } from '../core/arguments';
export { composed } from '../core/composed';
export * from './array';
export * from './evened';
export * from './indices';
export * from './loops';
