// Branches: one of several functions runs, and the others do not.
import { bool, i32 } from '../core/dtype';
import { ArgumentError, DTypeError, ShapeError } from '../core/errors';
import { flatten, unflatten } from '../core/tree';
import { scalarArray, Value } from '../core/value';
import { convert } from '../primitives/convert';
import type { Cond, SwitchCase } from '../types/control';
import { checkAgrees, checkFunction, traceFunction } from './carry';
import { bindCond } from './condPrimitive';
import type { AnyFunction } from './function';

const choose = (name: string, which: Value, branches: readonly AnyFunction[], args: readonly unknown[]): unknown => {
  const { leaves, def } = flatten(args);
  const avals = leaves.map((x) => x.aval);
  const traced = branches.map((f) => traceFunction(name, f, def, avals));
  const results = traced.map(({ closed, resultDef }) => ({
    def: resultDef,
    avals: closed.jaxpr.outputs.map((v) => v.aval),
  }));
  const [model] = results as [(typeof results)[number]];
  results.slice(1).forEach((r, k) => {
    checkAgrees(name, `what branch ${k + 1} returns`, { ...model, is: 'what branch 0 returns' }, r);
  });
  return unflatten(
    model.def,
    bindCond(
      which,
      traced.map((t) => t.closed),
      leaves,
    ),
  );
};

/**
 * ifTrue(...args) where the predicate holds, else ifFalse(...args): only one of them runs.
 *
 * Both get the same arguments and give trees of the same structure, shapes and dtypes. Where the predicate is mapped by vmap both run and
 * the lanes are chosen, as `where` would; derivatives of what a lane did not choose do not reach it.
 *
 * @throws DTypeError or ShapeError for a predicate that is not one bool; ShapeError or TreeError when the branches differ, naming the leaf
 * @example
 * cond(greater(tensor(2), 1), (x: Tensor<[]>) => mul(x, 10), (x) => neg(x), tensor(3)).item() // => 30
 */
export const cond = ((
  predicate: Value | boolean,
  ifTrue: AnyFunction,
  ifFalse: AnyFunction,
  ...args: readonly unknown[]
): unknown => {
  checkFunction('cond', 'ifTrue', ifTrue);
  checkFunction('cond', 'ifFalse', ifFalse);
  const which = typeof predicate === 'boolean' ? scalarArray(predicate ? 1 : 0, bool) : predicate;
  if (!(which instanceof Value))
    throw new ArgumentError(`cond: the predicate must be a bool tensor, got ${typeof which}.`);
  if (which.dtype !== bool)
    throw new DTypeError(
      `cond: the predicate must be bool, got ${which.dtype.name}. Compare it: greater(x, 0), notEqual(x, 0).`,
    );
  if (which.ndim !== 0)
    throw new ShapeError(
      `cond: the predicate must have no axes, got shape [${which.shape.join(', ')}]. To choose element by element use where(condition, x, y).`,
    );
  return choose('cond', convert(which, i32), [ifFalse, ifTrue], args);
}) as unknown as Cond;

/**
 * branches[index](...args); an index outside of the branches takes the nearest.
 *
 * @throws ArgumentError without branches; DTypeError or ShapeError for an index that is not one int32; ShapeError or TreeError when the
 * branches differ, naming the leaf
 * @example
 * switchCase(tensor(2, i32), [(x: Tensor<[]>) => x, (x) => neg(x), (x) => mul(x, x)], tensor(3)).item() // => 9
 */
export const switchCase = ((index: Value, branches: readonly AnyFunction[], ...args: readonly unknown[]): unknown => {
  if (!Array.isArray(branches) || branches.length === 0)
    throw new ArgumentError('switchCase: expected a list of at least one branch.');
  branches.forEach((f, i) => {
    checkFunction('switchCase', `branch ${i}`, f);
  });
  if (!(index instanceof Value))
    throw new ArgumentError(`switchCase: the index must be an int32 tensor, got ${typeof index}.`);
  if (index.dtype !== i32) throw new DTypeError(`switchCase: the index must be int32, got ${index.dtype.name}.`);
  if (index.ndim !== 0)
    throw new ShapeError(`switchCase: the index must have no axes, got shape [${index.shape.join(', ')}].`);
  return choose('switchCase', index, branches, args);
}) as unknown as SwitchCase;
