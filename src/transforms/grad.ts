// grad and valueAndGrad: the derivative of one number by trees of parameters.
import { atMost, knownOptions } from '../core/arguments';
import { isFloat } from '../core/dtype';
import { ArgumentError, TransformError } from '../core/errors';
import { LinearOperand, type Tangent } from '../core/primitive';
import { flatten, leafPaths, type TreeDef, unflatten } from '../core/tree';
import { Value } from '../core/value';
import { fullLike, instantiate } from '../primitives/fill';
import type { Grad, ValueAndGrad } from '../types/transforms';
import { type AnyFunction, callFunction, nameOf } from './function';
import { linearizeFlat } from './linearize';
import { backwardPass } from './transpose';

export interface Options {
  readonly argnums?: number | readonly number[];
  readonly hasAux?: boolean;
}

/** The arguments to differentiate by, as one tree: the argument itself, or a tuple of them. */
export const chooseArguments = (
  transform: string,
  args: readonly unknown[],
  argnums: number | readonly number[] = 0,
) => {
  const position = (i: number): number => {
    const at = i < 0 ? i + args.length : i;
    if (!Number.isInteger(i) || at < 0 || at >= args.length)
      throw new ArgumentError(
        `${transform}: argnums ${i} is out of range; the function was called with ${args.length} argument${args.length === 1 ? '' : 's'}.`,
      );
    return at;
  };
  const chosen = typeof argnums === 'number' ? [position(argnums)] : argnums.map(position);
  if (new Set(chosen).size !== chosen.length)
    throw new ArgumentError(`${transform}: argnums (${chosen}) names an argument twice.`);
  const flats = chosen.map((i) => flatten(args[i]));
  flats.forEach(({ def, leaves }, k) => {
    checkDifferentiable(transform, chosen[k] as number, def, leaves);
  });
  const starts = [0];
  for (const flat of flats) starts.push((starts.at(-1) as number) + flat.leaves.length);
  return {
    leaves: flats.flatMap((flat) => flat.leaves),
    /** All arguments, with these leaves in the chosen ones. */
    rebuild: (leaves: readonly unknown[]): unknown[] => {
      const rebuilt = [...args];
      flats.forEach((flat, k) => {
        rebuilt[chosen[k] as number] = unflatten(flat.def, leaves.slice(starts[k], starts[k + 1]));
      });
      return rebuilt;
    },
    /** A tree like the chosen arguments, with these items at the leaves. */
    tree: (items: readonly unknown[]): unknown => {
      const trees = flats.map((flat, k) => unflatten(flat.def, items.slice(starts[k], starts[k + 1])));
      return typeof argnums === 'number' ? trees[0] : trees;
    },
  };
};

const numbersIn = (def: TreeDef, path: string): string[] =>
  def.kind === 'static'
    ? typeof def.value === 'number'
      ? [path]
      : []
    : def.kind === 'leaf'
      ? []
      : def.children.flatMap((d, i) =>
          numbersIn(d, def.kind === 'object' ? `${path}.${def.keys[i]}` : `${path}[${i}]`),
        );

/** Instances of classes that hold tensors. */
const instancesIn = (def: TreeDef, path: string): readonly { readonly path: string; readonly name: string }[] => {
  if (def.kind === 'static') {
    const { value } = def;
    return typeof value === 'object' && value !== null && Object.values(value).some((x) => x instanceof Value)
      ? [{ path, name: value.constructor.name }]
      : [];
  }
  return def.kind === 'leaf'
    ? []
    : def.children.flatMap((d, i) =>
        instancesIn(d, def.kind === 'object' ? `${path}.${def.keys[i]}` : `${path}[${i}]`),
      );
};

const checkDifferentiable = (transform: string, argument: number, def: TreeDef, leaves: readonly Value[]): void => {
  const where = (path: string): string =>
    path === '' ? `argument ${argument}` : `the leaf ${path} of argument ${argument}`;
  const numbers = numbersIn(def, '');
  if (numbers.length > 0)
    throw new TransformError(
      `${transform}: ${where(numbers[0] as string)} is a number, which has no derivative. Wrap it in tensor(...), or pass it as another argument.`,
    );
  const paths = leafPaths(def);
  leaves.forEach((x, i) => {
    if (!isFloat(x.dtype))
      throw new TransformError(
        `${transform}: ${where(paths[i] as string)} has dtype ${x.dtype.name}; derivatives are by f32 and f64. ` +
          'Convert it with astype(x, f32), or choose other arguments with argnums.',
      );
  });
  const instance = instancesIn(def, '')[0];
  if (instance !== undefined)
    throw new TransformError(
      `${transform}: ${where(instance.path)} is an instance of ${instance.name}, whose tensors are not seen: in a tree, class instances ` +
        'are static leaves. Keep parameters in a plain object, such as { w: p.w, b: p.b }.',
    );
  if (leaves.length === 0)
    throw new TransformError(
      `${transform}: argument ${argument} has no tensors to differentiate by. Choose another argument with argnums.`,
    );
};

const checkLoss = (transform: string, f: AnyFunction, loss: unknown): Value => {
  if (!(loss instanceof Value))
    throw new TransformError(
      `${transform}: ${nameOf(f)} must return a scalar tensor, got ${loss === null ? 'null' : Array.isArray(loss) ? 'an array' : typeof loss}. For [loss, aux] pass { hasAux: true }.`,
    );
  if (loss.ndim !== 0)
    throw new TransformError(
      `${transform}: ${nameOf(f)} must return a scalar, got shape [${loss.shape.join(', ')}]. Reduce it with sum or mean, or use jacrev for the derivative of every element.`,
    );
  if (!isFloat(loss.dtype))
    throw new TransformError(
      `${transform}: ${nameOf(f)} must return a float dtype, got ${loss.dtype.name}. Convert it with astype(loss, f32).`,
    );
  return loss;
};

/** Loss, aux and gradients as trees. */
const differentiate = (transform: string, f: AnyFunction, options: Options, args: readonly unknown[]) => {
  if (typeof f !== 'function') throw new ArgumentError(`${transform}: expected a function, got ${typeof f}.`);
  const chosen = chooseArguments(transform, args, options.argnums);
  let auxDef: TreeDef = { kind: 'static', value: undefined };
  const flat = (...leaves: readonly Value[]): readonly Value[] => {
    const result = callFunction(transform, f, chosen.rebuild(leaves));
    if (!options.hasAux) return [checkLoss(transform, f, result)];
    if (!Array.isArray(result) || result.length !== 2)
      throw new TransformError(`${transform}: with hasAux ${nameOf(f)} must return [loss, aux].`);
    const aux = flatten(result[1]);
    auxDef = aux.def;
    return [checkLoss(transform, f, result[0]), ...aux.leaves];
  };
  const { primals, program } = linearizeFlat(transform, flat, chosen.leaves, () => 1);
  const [loss, ...aux] = primals as readonly [Value, ...Value[]];
  const holes = program.jaxpr.inputs.slice(program.consts.length).map((v) => new LinearOperand(v.aval));
  const cotangents = backwardPass(program.jaxpr, [...program.consts, ...holes], [fullLike(loss, 1)]);
  const gradients = cotangents.slice(program.consts.length).map((t: Tangent) => instantiate(t));
  return { loss, aux: options.hasAux ? unflatten(auxDef, aux) : undefined, gradients: chosen.tree(gradients) };
};

/**
 * The gradient of a scalar function by its first argument (or by those in `argnums`): the same tree, filled with derivatives.
 *
 * With `hasAux` f returns [loss, aux] and the result is [gradients, aux].
 *
 * @throws TransformError for a result that is not a float scalar, and for inputs that are not floats
 * @example
 * grad((x: Tensor<[3]>) => sum(mul(x, x)))(tensor([1, 2, 3])).toArray() // => [2, 4, 6]
 */
export const grad = function (f: AnyFunction, options: Options = {}) {
  atMost('grad', arguments, 2);
  knownOptions('grad', options, ['hasAux', 'argnums']);
  return (...args: readonly unknown[]): unknown => {
    const { aux, gradients } = differentiate('grad', f, options, args);
    return options.hasAux ? [gradients, aux] : gradients;
  };
} as Grad;

/**
 * The value of a scalar function together with its gradient, from one run: [loss, gradients], or with `hasAux` [[loss, aux], gradients].
 *
 * @throws TransformError for a result that is not a float scalar, and for inputs that are not floats
 * @example
 * valueAndGrad((x: Tensor<[3]>) => sum(mul(x, x)))(tensor([1, 2, 3]))[0].item() // => 14
 */
export const valueAndGrad = function (f: AnyFunction, options: Options = {}) {
  atMost('valueAndGrad', arguments, 2);
  knownOptions('valueAndGrad', options, ['hasAux', 'argnums']);
  return (...args: readonly unknown[]): unknown => {
    const { loss, aux, gradients } = differentiate('valueAndGrad', f, options, args);
    return [options.hasAux ? [loss, aux] : loss, gradients];
  };
} as ValueAndGrad;
