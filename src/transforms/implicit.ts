// Solutions of equations, differentiated by the implicit function theorem and not through the iterations that find them.
import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError, TransformError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind } from '../core/interpreter';
import { isNonzero, LinearOperand, type Tangent, Zero } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { flatten, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { neg, sub } from '../primitives/arithmetic';
import { instantiate } from '../primitives/fill';
import { stopGradient } from '../primitives/stopGradient';
import type { CustomLinearSolve, CustomRoot, LinearSolveOptions } from '../types/custom';
import { closureOf } from './closures';
import { checkLike } from './customCall';
import { customJvpP } from './customJvp';
import { type AnyFunction, callFunction, type FlatFunction, flattenFunction, nameOf } from './function';
import { jvpFlat } from './jvp';
import { linearCall } from './linearCall';
import { backwardPass } from './transpose';

type Values = readonly Value[];
/** Solves matvec(x) = b. */
type Solver = (matvec: FlatFunction, b: Values) => Values;

/**
 * A linear system: `apply(coefficients, x)` is linear in x, and `solve(coefficients, b)` inverts it. None of them closes over what is traced.
 */
interface LinearSystem {
  readonly name: string;
  apply(coefficients: Values, x: Values): Values;
  solve(coefficients: Values, b: Values): Values;
  readonly transposeSolve: ((coefficients: Values, b: Values) => Values) | null;
}

/** xᵀ A for a system of matrix A. */
const applyTransposed = ({ apply }: Pick<LinearSystem, 'apply'>, coefficients: Values, cts: Values): Values => {
  const { jaxpr, consts } = traceToJaxpr(
    'customLinearSolve',
    (...x) => apply(coefficients, x),
    cts.map((x) => x.aval),
  );
  const holes = cts.map((x) => new LinearOperand(x.aval));
  return backwardPass(jaxpr, [...consts, ...holes], cts)
    .slice(consts.length)
    .map(instantiate);
};

/** The system of the transposed matrix. */
const transposed = (system: LinearSystem): LinearSystem => {
  const { name, solve, transposeSolve } = system;
  if (transposeSolve === null)
    throw new TransformError(
      `customLinearSolve: reverse-mode differentiation of ${name} needs the transposed system solved: pass { transposeSolve }, or { symmetric: true }.`,
    );
  return {
    name,
    apply: (coefficients, cts) => applyTransposed(system, coefficients, cts),
    solve: transposeSolve,
    transposeSolve: solve,
  };
};

/**
 * A system and its coefficients: those of the matrix, and behind them what the solvers close over, a factorisation perhaps, which has no part
 * in the derivative.
 */
const systemOf = (
  name: string,
  matrix: readonly Value['aval'][],
  b: readonly Value['aval'][],
  apply: LinearSystem['apply'],
  solver: Solver,
  transposeSolver: Solver | null,
): { readonly system: LinearSystem; readonly extra: Values } => {
  const count = matrix.length;
  const ofMatrix: LinearSystem['apply'] = (coefficients, x) => apply(coefficients.slice(0, count), x);
  const closure = (solve: Solver, product: LinearSystem['apply']) =>
    closureOf('customLinearSolve', (...xs) => solve((...x) => product(xs.slice(0, count), x), xs.slice(count)), [
      ...matrix,
      ...b,
    ]);
  const forward = closure(solver, apply);
  const back =
    transposeSolver === null ? null : closure(transposeSolver, (cs, cts) => applyTransposed({ apply }, cs, cts));
  const split = count + forward.consts.length;
  return {
    extra: [...forward.consts, ...(back?.consts ?? [])].map(stopGradient),
    system: {
      name,
      apply: ofMatrix,
      solve: (cs, y) => forward.call(...cs.slice(count, split), ...cs.slice(0, count), ...y),
      transposeSolve: back === null ? null : (cs, y) => back.call(...cs.slice(split), ...cs.slice(0, count), ...y),
    },
  };
};

const minus = (a: Tangent, b: Tangent): Tangent => (b instanceof Zero ? a : a instanceof Zero ? neg(b) : sub(a, b));

/**
 * x with apply(coefficients, x) = b. From A x = b follows A dx = db - dA x: one more system with the same matrix, linear in what it is
 * given.
 */
const solveSystem = (system: LinearSystem, coefficients: Values, b: Values): Values => {
  const { name, apply, solve } = system;
  const count = coefficients.length;
  return bind(customJvpP, [...coefficients, ...b], {
    name,
    consts: 0,
    fun: (...xs) => solve(xs.slice(0, count), xs.slice(count)),
    rule: (primals, tangents) => {
      const matrix = primals.slice(0, count);
      const x = solveSystem(system, matrix, primals.slice(count));
      const slopes = tangents.slice(0, count);
      const moved = slopes.some(isNonzero)
        ? jvpFlat(name, (...cs) => apply(cs, x), matrix, slopes).tangents
        : x.map((y) => new Zero(y.aval));
      const rest = tangents.slice(count).map((t, i) => minus(t, moved[i] as Tangent));
      return [...x, ...(rest.some(isNonzero) ? solveLinear(system, matrix, rest.map(instantiate)) : rest)];
    },
  });
};

/** The same as a linear function of b, whose transpose is the transposed system. */
const solveLinear = (system: LinearSystem, coefficients: Values, b: Values): Values =>
  linearCall(
    system.name,
    coefficients,
    b,
    b.map((x) => x.aval),
    (...xs) => solveSystem(system, xs.slice(0, coefficients.length), xs.slice(coefficients.length)),
    (res, cts) => solveSystem(transposed(system), res, cts.map(instantiate)),
  );

const flatSolver =
  (name: string, solve: AnyFunction, def: ReturnType<typeof flatten>['def']): Solver =>
  (matvec, b) => {
    const tree = (x: unknown): unknown => unflatten(def, matvec(...flatten(x).leaves));
    const out = flatten(callFunction(name, solve, [tree, unflatten(def, b)]));
    checkLike(`${name}: the solution and the right-hand side`, out, { def, leaves: b });
    return out.leaves;
  };

/**
 * The solution x of the linear system matvec(x) = b as `solve(matvec, b)` finds it, however that is done. Derivatives by b, and by
 * what matvec closes over, are solutions of systems with the same matrix, and with its transpose in reverse mode: `transposeSolve(vecmat, b)`,
 * or `solve` itself if the matrix is `symmetric`.
 *
 * b, and x like it, are trees. `solve` may loop over values, as long as what it closes over is not traced.
 *
 * @throws TransformError in reverse mode, without a way to solve the transposed system; ShapeError, TreeError when matvec(x) or the solution is not like b
 * @example
 * const solve = (a: Tensor<[]>, b: Tensor<[]>) =>
 *   customLinearSolve((x: Tensor<[]>) => mul(a, x), b, (matvec, y) => div(y, matvec(tensor(1))), { symmetric: true });
 * solve(tensor(2), tensor(6)).item() // => 3
 * grad(solve)(tensor(2), tensor(6)).item() // => -1.5
 */
export const customLinearSolve = function (
  matvec: AnyFunction,
  b: unknown,
  solve: AnyFunction,
  options: LinearSolveOptions<unknown> = {},
): unknown {
  atMost('customLinearSolve', arguments, 4);
  const { transposeSolve, symmetric = false } = knownOptions('customLinearSolve', options, [
    'transposeSolve',
    'symmetric',
  ]);
  if ([matvec, solve].some((f) => typeof f !== 'function'))
    throw new ArgumentError('customLinearSolve: expected matvec(x), the right-hand side b, and solve(matvec, b).');
  const { leaves, def } = flatten(b);
  const flat = flattenFunction('customLinearSolve', matvec, { kind: 'array', children: [def] });
  const { jaxpr, consts } = traceToJaxpr(
    'customLinearSolve',
    flat.call,
    leaves.map((x) => x.aval),
  );
  const product = { def: flat.resultDef(), leaves: jaxpr.outputs as unknown as Values };
  checkLike('customLinearSolve: matvec(x) and the right-hand side', product, { def, leaves });
  const back = symmetric ? solve : (transposeSolve as AnyFunction | undefined);
  const { system, extra } = systemOf(
    nameOf(solve),
    consts.map((x) => x.aval),
    leaves.map((x) => x.aval),
    (coefficients, x) => evalJaxpr(jaxpr, [...coefficients, ...x]),
    flatSolver('customLinearSolve', solve, def),
    back === undefined ? null : flatSolver('customLinearSolve', back, def),
  );
  return unflatten(def, solveSystem(system, [...consts, ...extra], leaves));
} as CustomLinearSolve;

/**
 * A root x of f(x) = 0 as `solve(f, start)` finds it, however that is done. From f(x, θ) = 0 follows ∂f/∂x dx = -∂f/∂θ dθ, where θ is what f
 * closes over: `tangentSolve(g, y)` solves the linear g(x) = y, of f's derivative and of its transpose.
 *
 * The start has no derivative. `solve` may loop over values, as long as what it closes over is not traced.
 *
 * @throws ShapeError, TreeError when f(x) or the root is not like the start
 * @example
 * const squareRoot = (a: Tensor<[]>) =>
 *   customRoot(
 *     (x: Tensor<[]>) => sub(mul(x, x), a),
 *     tensor(1),
 *     (f, x0) => Array.from({ length: 20 }).reduce((x: Tensor<[]>) => sub(x, div(f(x), mul(2, x))), x0),
 *     (g, y) => div(y, g(tensor(1))),
 *   );
 * squareRoot(tensor(4)).item() // => 2
 * grad(squareRoot)(tensor(4)).item() // => 0.25
 */
export const customRoot = function (
  f: AnyFunction,
  start: unknown,
  solve: AnyFunction,
  tangentSolve: AnyFunction,
): unknown {
  atMost('customRoot', arguments, 4);
  if ([f, solve, tangentSolve].some((g) => typeof g !== 'function'))
    throw new ArgumentError('customRoot: expected f(x), a start, solve(f, start) and tangentSolve(g, y).');
  const { leaves, def } = flatten(start);
  const flat = flattenFunction('customRoot', f, { kind: 'array', children: [def] });
  const { jaxpr, consts } = traceToJaxpr(
    'customRoot',
    flat.call,
    leaves.map((x) => x.aval),
  );
  const residual = { def: flat.resultDef(), leaves: jaxpr.outputs as unknown as Values };
  checkLike('customRoot: f(x) and the start', residual, { def, leaves });
  const count = consts.length;
  const find = flatSolver('customRoot', solve, def);
  const solveTangents = flatSolver('customRoot', tangentSolve, def);
  const avals = leaves.map((x) => x.aval);
  const coefficientAvals = consts.map((x) => x.aval);
  const solver = closureOf(
    'customRoot',
    (...xs) => find((...x) => evalJaxpr(jaxpr, [...xs.slice(0, count), ...x]), xs.slice(count)),
    [...coefficientAvals, ...avals],
  );
  const name = nameOf(solve);
  // The derivative of f by x: its coefficients are what f closes over, and the root.
  const derivative = systemOf(
    name,
    [...coefficientAvals, ...avals],
    avals,
    (coefficients, t) => {
      const [closedOver, x] = [coefficients.slice(0, count), coefficients.slice(count)];
      return jvpFlat(name, (...y) => evalJaxpr(jaxpr, [...closedOver, ...y]), x, t).tangents.map(instantiate);
    },
    solveTangents,
    solveTangents,
  );
  const parts = [consts, solver.consts.map(stopGradient), derivative.extra, leaves.map(stopGradient)];
  const bounds = parts.map((_, i) => parts.slice(0, i).reduce((n, p) => n + p.length, 0));
  const part = (xs: Values, i: number): Values => xs.slice(bounds[i], bounds[i + 1]);
  const root = (args: Values): Values =>
    bind(customJvpP, args, {
      name,
      consts: 0,
      fun: (...xs) => {
        const [closedOver, own, x0] = [part(xs, 0), part(xs, 1), part(xs, 3)];
        return solver.call(...own, ...closedOver, ...x0);
      },
      rule: (primals, tangents) => {
        const x = root(primals);
        const [closedOver, extra] = [part(primals, 0), part(primals, 2)];
        const slopes = tangents.slice(0, count);
        const zeros = x.map((y) => new Zero(y.aval));
        if (!slopes.some(isNonzero)) return [...x, ...zeros];
        const moved = jvpFlat(name, (...cs) => evalJaxpr(jaxpr, [...cs, ...x]), closedOver, slopes).tangents;
        if (!moved.some(isNonzero)) return [...x, ...zeros];
        const b = moved.map((t) => neg(instantiate(t)));
        return [...x, ...solveLinear(derivative.system, [...closedOver, ...x, ...extra], b)];
      },
    });
  return unflatten(def, root(parts.flat()));
} as CustomRoot;
