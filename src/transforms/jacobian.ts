// Jacobians: the derivative of every output element by every input element, as trees of trees.

import { atMost, knownOptions } from '../core/arguments';
import { i32 } from '../core/dtype';
import { evalJaxpr } from '../core/evalJaxpr';
import { LinearOperand, type Tangent, Zero } from '../core/primitive';
import { flatten, type TreeDef, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { convert, eq, full, iota, moveAxis, reshape } from '../primitives';
import { instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import type { Hessian, Jacobian } from '../types/transforms';
import { batchFlat } from './batch';
import { type AnyFunction, callFunction } from './function';
import { chooseArguments, grad, type Options } from './grad';
import { linearizeFlat } from './linearize';
import { backwardPass } from './transpose';

/** The unit vectors of the space x lies in, stacked: [size, ...shape]. */
const basis = (x: Value): Value => {
  const n = x.size;
  const one = convert(eq(iota([n, n], 0, i32), iota([n, n], 1, i32)), x.dtype);
  return reshape(one, [n, ...x.shape]);
};

const prepare = (transform: string, f: AnyFunction, options: Options, args: readonly unknown[]) => {
  const chosen = chooseArguments(transform, args, options.argnums);
  let resultDef: TreeDef = { kind: 'leaf' };
  const { primals, program } = linearizeFlat(
    transform,
    (...leaves) => {
      const result = flatten(callFunction(transform, f, chosen.rebuild(leaves)));
      resultDef = result.def;
      return result.leaves;
    },
    chosen.leaves,
  );
  /** blocks[i][j] is the derivative of result i by input j. */
  const assemble = (blocks: readonly (readonly Value[])[]): unknown =>
    unflatten(
      resultDef,
      blocks.map((row) => chosen.tree(row)),
    );
  return { inputs: chosen.leaves, results: primals, program, assemble };
};

/**
 * The Jacobian in forward mode, one column at a time (all of them in one vmap): best for few inputs and many results.
 *
 * A tree of the results' structure, at each leaf the tree of the chosen argument, each leaf of shape [...result, ...input].
 *
 * @example
 * jacfwd((x: Tensor<[2]>) => mul(x, x))(tensor([1, 2])).toArray() // => [[2, 0], [0, 4]]
 */
export const jacfwd = function (f: AnyFunction, options: Options = {}) {
  atMost('jacfwd', arguments, 2);
  knownOptions('jacfwd', options, ['argnums']);
  return (...args: readonly unknown[]): unknown => {
    const { inputs, results, program, assemble } = prepare('jacfwd', f, options, args);
    const columns = inputs.map((x, j) => {
      const push = (t: Value): Value[] =>
        evalJaxpr(program.jaxpr, [
          ...program.consts,
          ...inputs.map((y, k) => (k === j ? t : full(y.shape, y.dtype, 0))),
        ]);
      const out = batchFlat('jacfwd', x.size, (t) => push(t as Value), [basis(x)], [true]);
      return out.values.map((v, i) => {
        const stacked = materialise(x.size, v, out.mapped[i] as boolean);
        return reshape(moveAxis(stacked, 0, stacked.ndim - 1), [...(results[i] as Value).shape, ...x.shape]);
      });
    });
    return assemble(results.map((_, i) => columns.map((column) => column[i] as Value)));
  };
} as Jacobian;

/**
 * The Jacobian in reverse mode, one row at a time (all of them in one vmap): best for many inputs and few results.
 *
 * A tree of the results' structure, at each leaf the tree of the chosen argument, each leaf of shape [...result, ...input].
 *
 * @example
 * jacrev((x: Tensor<[2]>) => mul(x, x))(tensor([1, 2])).toArray() // => [[2, 0], [0, 4]]
 */
export const jacrev = function (f: AnyFunction, options: Options = {}) {
  atMost('jacrev', arguments, 2);
  knownOptions('jacrev', options, ['argnums']);
  return (...args: readonly unknown[]): unknown => {
    const { inputs, results, program, assemble } = prepare('jacrev', f, options, args);
    const { jaxpr, consts } = program;
    const holes = jaxpr.inputs.slice(consts.length).map((v) => new LinearOperand(v.aval));
    const rows = results.map((y, i) => {
      const pull = (ct: Value): Value[] => {
        const cts = results.map((r, k): Tangent => (k === i ? ct : new Zero(r.aval)));
        return backwardPass(jaxpr, [...consts, ...holes], cts)
          .slice(consts.length)
          .map(instantiate);
      };
      const out = batchFlat('jacrev', y.size, (ct) => pull(ct as Value), [basis(y)], [true]);
      return out.values.map((v, j) =>
        reshape(materialise(y.size, v, out.mapped[j] as boolean), [...y.shape, ...(inputs[j] as Value).shape]),
      );
    });
    return assemble(rows);
  };
} as Jacobian;

/**
 * The matrix of second derivatives of a scalar function: jacfwd of grad. Leaf [...i, ...j] of a tree of trees.
 *
 * @example
 * hessian((x: Tensor<[2]>) => sum(mul(x, mul(x, x))))(tensor([1, 2])).toArray() // => [[6, 0], [0, 12]]
 */
export const hessian = function (f: AnyFunction, options: Options = {}) {
  atMost('hessian', arguments, 2);
  knownOptions('hessian', options, ['argnums']);
  return (jacfwd as (f: AnyFunction, options: Options) => unknown)(
    (grad as (f: AnyFunction, options: Options) => AnyFunction)(f, options),
    options,
  );
} as Hessian;
