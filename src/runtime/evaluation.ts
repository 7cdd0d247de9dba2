// How an operation outside of jit is computed: by a compiled kernel where that pays, by the primitive's implementation elsewhere.
import type { Evaluation } from '../core/interpreter';
import { programFor } from './eager';
import { compiled } from './executable';
import { settings } from './settings';

export const evaluate: Evaluation = (primitive, args, params) => {
  const jaxpr = programFor(primitive, args, params);
  return jaxpr === null || settings().target !== 'wasm' ? primitive.impl(args, params) : compiled(jaxpr).run(args);
};
