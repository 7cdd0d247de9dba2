// Rules of the user's own: customJvp and customVjp.
import { type Aval, sameAval, showAval } from '../core/aval';
import { isFloat } from '../core/dtype';
import { ArgumentError, ShapeError, TransformError, TreeError } from '../core/errors';
import { bind, evaluator, runUnder } from '../core/interpreter';
import { evalJaxpr, type Jaxpr } from '../core/jaxpr';
import {
  definePrimitive,
  isNonzero,
  LinearOperand,
  type Params,
  type Primitive,
  type Tangent,
  Zero,
} from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { difference, type Flat, flatten, leafPaths, type TreeDef, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import { reduceSum } from '../primitives/reduction';
import type { CustomJvp, CustomVjp } from '../types/transforms';
import { batchFlat } from './batch';
import { type AnyFunction, callFunction, type FlatFunction, flattenFunction, nameOf } from './function';

/** f with its results all mapped. */
const batchedAll =
  (f: FlatFunction, size: number, mapped: readonly boolean[]): FlatFunction =>
  (...args) => {
    const out = batchFlat('vmap', size, f, args, mapped);
    return out.values.map((x, i) => materialise(size, x, out.mapped[i] as boolean));
  };

/** `fun` computes; once recorded, `jaxpr` is what it computes and the first `consts` operands are what it closed over. */
type CallParams = {
  readonly name: string;
  readonly fun: FlatFunction;
  readonly jaxpr?: Jaxpr;
  readonly consts: number;
};
type JvpCallParams = CallParams & {
  readonly rule: (
    primals: readonly Value[],
    tangents: readonly Value[],
  ) => readonly [readonly Value[], readonly Value[]];
};
type VjpCallParams = CallParams & {
  readonly forward: (...primals: readonly Value[]) => readonly [results: readonly Value[], residuals: readonly Value[]];
  readonly backward: (residuals: readonly Value[], cotangents: readonly Value[]) => readonly Value[];
};

const closedOver = (name: string, rule: string): TransformError =>
  new TransformError(
    `${name}: differentiated with respect to a value that the function closes over, for which its ${rule} has no rule. Pass the value as an argument.`,
  );
const checkConsts = (params: CallParams, tangents: readonly Tangent[], rule: string): void => {
  if (tangents.slice(0, params.consts).some(isNonzero)) throw closedOver(params.name, rule);
};

/** Records the function as a program, so that the equation is a program too. */
const stageCall = <P extends CallParams>(
  args: readonly Value[],
  params: P,
): { readonly args: readonly Value[]; readonly params: P } => {
  if (params.jaxpr) return { args, params };
  const { jaxpr, consts } = traceToJaxpr(
    'jit',
    params.fun,
    args.map((x) => x.aval),
  );
  return {
    args: [...consts, ...args],
    params: {
      ...params,
      jaxpr,
      consts: consts.length + params.consts,
      fun: (...xs: readonly Value[]) => evalJaxpr(jaxpr, xs),
    },
  };
};

const callRules = {
  impl: (args: readonly Value[], { fun }: CallParams) =>
    runUnder(evaluator, () => fun(...args)).map((x) => x.concrete('a custom rule')),
  shape: (args: readonly Aval[], { fun, jaxpr }: CallParams) =>
    (jaxpr ?? traceToJaxpr('jit', fun, args).jaxpr).outputs.map((v) => v.aval),
  transpose: null,
  lower: { kind: 'inline' },
} as const;

const customJvpP: Primitive<JvpCallParams> = definePrimitive<JvpCallParams>('custom_jvp_call', {
  ...callRules,
  jvp: (primals, tangents, params) => {
    checkConsts(params, tangents, 'jvp');
    const [results, out] = params.rule(primals.slice(params.consts), tangents.slice(params.consts).map(instantiate));
    return {
      primals: results,
      tangents: out.map((t, i) => (isFloat((results[i] as Value).dtype) ? t : new Zero(t.aval))),
    };
  },
  batch: (size, args, mapped, params) => {
    const { rule, consts, fun } = params;
    const own = mapped.slice(consts);
    // The rule does not see what the function closes over, so only the function gets it.
    const batchedRule: JvpCallParams['rule'] = (primals, tangents) => {
      let split = 0;
      const flat: FlatFunction = (...xs) => {
        const [results, out] = rule(xs.slice(0, own.length), xs.slice(own.length));
        split = results.length;
        return [...results, ...out];
      };
      // Tangents may be mapped even where primals are not.
      const out = batchedAll(flat, size, [...own, ...own.map(() => true)])(
        ...primals,
        ...tangents.map((t, i) => materialise(size, t, own[i] as boolean)),
      );
      return [out.slice(0, split), out.slice(split)];
    };
    const values = bind(customJvpP, args, {
      name: params.name,
      fun: batchedAll(fun, size, mapped),
      rule: batchedRule,
      consts,
    } as Params);
    return { values, mapped: values.map(() => true) };
  },
  stage: stageCall,
});

const customVjpP: Primitive<VjpCallParams> = definePrimitive<VjpCallParams>('custom_vjp_call', {
  ...callRules,
  jvp: (primals, tangents, params) => {
    checkConsts(params, tangents, 'vjp');
    const { consts, forward, backward, name } = params;
    const [results, residuals] = forward(...primals.slice(consts));
    const avals = results.map((x) => x.aval);
    const directions = tangents.slice(consts);
    const isDirected = directions.map((t) => isFloat(t.aval.dtype));
    const out = bind(
      customLinP as Primitive,
      [...residuals, ...directions.filter((_, i) => isDirected[i]).map(instantiate)],
      {
        name,
        residuals: residuals.length,
        backward: (res: readonly Value[], cts: readonly Value[]) => backward(res, cts).filter((_, i) => isDirected[i]),
        avals,
      },
    );
    return {
      primals: results,
      tangents: out.map((t, i) => (isFloat((avals[i] as Aval).dtype) ? t : new Zero(t.aval))),
    };
  },
  batch: (size, args, mapped, params) => {
    const { consts, forward, backward, fun, name } = params;
    const own = mapped.slice(consts);
    let residualMapped: readonly boolean[] = [];
    const values = bind(customVjpP, args, {
      name,
      consts,
      fun: batchedAll(fun, size, mapped),
      forward: (...primals: readonly Value[]) => {
        let split = 0;
        const out = batchFlat(
          'vmap',
          size,
          (...xs) => {
            const [results, residuals] = forward(...xs);
            split = results.length;
            return [...results, ...residuals];
          },
          primals,
          own,
        );
        residualMapped = out.mapped.slice(split);
        return [
          out.values.slice(0, split).map((x, i) => materialise(size, x, out.mapped[i] as boolean)),
          out.values.slice(split),
        ] as const;
      },
      backward: (residuals: readonly Value[], cts: readonly Value[]) => {
        const flat: FlatFunction = (...xs) => backward(xs.slice(0, residuals.length), xs.slice(residuals.length));
        const out = batchedAll(flat, size, [...residualMapped, ...cts.map(() => true)])(...residuals, ...cts);
        // An argument that all examples share gets the sum of their cotangents.
        return out.map((ct, i) => (own[i] ? ct : reduceSum(ct, [0])));
      },
    });
    return { values, mapped: values.map(() => true) };
  },
  stage: stageCall,
});

/** The derivative of a customVjp function as a linear operation that only its transpose can run. */
type LinParams = {
  readonly name: string;
  readonly residuals: number;
  readonly backward: (residuals: readonly Value[], cotangents: readonly Value[]) => readonly Value[];
  readonly avals: readonly Aval[];
};
const forwardMode = (name: string): TransformError =>
  new TransformError(
    `${name}: forward-mode differentiation (jvp, jacfwd, hessian) of a function with a custom vjp rule. Use reverse mode (grad, vjp, jacrev), or customJvp.`,
  );

const customLinP: Primitive<LinParams> = definePrimitive<LinParams>('custom_lin', {
  impl: (_args, { name }) => {
    throw forwardMode(name);
  },
  shape: (_args, { avals }) => avals,
  jvp: (_primals, _tangents, { name }) => {
    throw forwardMode(name);
  },
  transpose: (cotangents, args, { residuals, backward }) => {
    const known = args.slice(0, residuals) as readonly Value[];
    const cts = backward(known, cotangents.map(instantiate));
    // Directions that are constants have cotangents too, which nobody wants.
    return args.map((x, i) => (x instanceof LinearOperand ? (cts[i - residuals] as Value) : null));
  },
  batch: (size, args, mapped, params) => {
    const { residuals, backward, avals } = params;
    const own = mapped.slice(residuals);
    const isShared = own.map((m) => !m);
    const values = bind(customLinP, args, {
      ...params,
      avals: avals.map((a) => ({ shape: [size, ...a.shape], dtype: a.dtype })),
      backward: (res: readonly Value[], cts: readonly Value[]) => {
        const flat: FlatFunction = (...xs) => backward(xs.slice(0, residuals), xs.slice(residuals));
        const out = batchedAll(flat, size, [...mapped.slice(0, residuals), ...cts.map(() => true)])(...res, ...cts);
        return out.map((ct, i) => (isShared[i] ? reduceSum(ct, [0]) : ct));
      },
    });
    return { values, mapped: values.map(() => true) };
  },
  lower: { kind: 'inline' },
});

const checkLike = (what: string, given: Flat, wanted: Flat): void => {
  const differs = difference(given.def, wanted.def);
  if (differs !== null) throw new TreeError(`${what} differ ${differs}.`);
  const paths = leafPaths(wanted.def);
  given.leaves.forEach((x, i) => {
    const like = wanted.leaves[i] as Value;
    if (!sameAval(x.aval, like.aval))
      throw new ShapeError(
        `${what} differ${paths[i] === '' ? '' : ` at ${paths[i]}`}: ${showAval(x.aval)} against ${showAval(like.aval)}.`,
      );
  });
};

/**
 * f with a jvp rule of your own: rule(primals, tangents) gives [f(primals), its tangent], linear in the tangents.
 * Reverse mode follows from it. Values that the rule needs are arguments: a derivative by what f closes over is an error.
 *
 * @throws TreeError when the rule's results do not have the structure of f's
 * @example
 * const clipped = customJvp((x: Tensor<[]>) => x, ([x], [t]) => [x, minimum(t, 1)]);
 * jvp(clipped, [tensor(2)], [tensor(5)])[1].item() // => 1
 */
export const customJvp = ((f: AnyFunction, rule: AnyFunction) => {
  if (typeof f !== 'function' || typeof rule !== 'function')
    throw new ArgumentError('customJvp: expected two functions: f and rule(primals, tangents).');
  return (...args: readonly unknown[]): unknown => {
    const name = nameOf(f);
    const { leaves, def } = flatten(args);
    const flat = flattenFunction('customJvp', f, def);
    let resultDef: TreeDef | undefined;
    const values = bind(customJvpP, leaves, {
      name,
      consts: 0,
      fun: flat.call,
      rule: (primals: readonly Value[], tangents: readonly Value[]) => {
        const result = callFunction('customJvp', rule, [unflatten(def, primals), unflatten(def, tangents)]);
        if (!Array.isArray(result) || result.length !== 2)
          throw new TreeError(`customJvp: the rule of ${name} must return [out, tangent].`);
        const [out, tangent] = [flatten(result[0]), flatten(result[1])];
        resultDef = out.def;
        checkLike(`customJvp: the result and the tangent from the rule of ${name}`, tangent, out);
        return [out.leaves, tangent.leaves] as const;
      },
    });
    return unflatten(resultDef ?? flat.resultDef(), values);
  };
}) as CustomJvp;

/**
 * f with a vjp rule of your own: forward(...args) gives [f(...args), residuals], backward(residuals, ct) a tuple of cotangents, one for each argument.
 *
 * @throws TransformError under forward mode; TreeError when the cotangents do not have the structure of the arguments
 * @example
 * const halved = customVjp((x: Tensor<[]>) => x, (x) => [x, null], (_, ct) => [mul(ct, 0.5)]);
 * grad(halved)(tensor(3)).item() // => 0.5
 */
export const customVjp = ((f: AnyFunction, forward: AnyFunction, backward: AnyFunction) => {
  if ([f, forward, backward].some((g) => typeof g !== 'function'))
    throw new ArgumentError(
      'customVjp: expected three functions: f, forward(...args) and backward(residuals, cotangent).',
    );
  return (...args: readonly unknown[]): unknown => {
    const name = nameOf(f);
    const { leaves, def } = flatten(args);
    const flat = flattenFunction('customVjp', f, def);
    let [resultDef, residualDef]: (TreeDef | undefined)[] = [undefined, undefined];
    const values = bind(customVjpP, leaves, {
      name,
      consts: 0,
      fun: flat.call,
      forward: (...primals: readonly Value[]) => {
        const result = callFunction('customVjp', forward, unflatten(def, primals) as readonly unknown[]);
        if (!Array.isArray(result) || result.length !== 2)
          throw new TreeError(`customVjp: forward of ${name} must return [out, residuals].`);
        const [out, residuals] = [flatten(result[0]), flatten(result[1])];
        [resultDef, residualDef] = [out.def, residuals.def];
        return [out.leaves, residuals.leaves] as const;
      },
      backward: (residuals: readonly Value[], cts: readonly Value[]) => {
        const result = callFunction('customVjp', backward, [
          unflatten(residualDef as TreeDef, residuals),
          unflatten(resultDef as TreeDef, cts),
        ]);
        const out = flatten(result);
        checkLike(`customVjp: the cotangents from backward of ${name} and its arguments`, out, { def, leaves });
        return out.leaves;
      },
    });
    return unflatten(resultDef ?? flat.resultDef(), values);
  };
}) as CustomVjp;
