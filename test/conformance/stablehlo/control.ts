// Calls, loops, conditionals, and the checks that are the oracle.
import type { Value } from '../../../src/core/value';
import { NotApplicable } from '../ledger';
import { dense } from '../mlir/literal';
import type { Func, Op, Region } from '../mlir/module';
import type { Check, Rule, Rules, runner, Scope } from './context';

type Runner = ReturnType<typeof runner>;
const mostTrips = 100;

const numberOf = (x: Value, op: Op): number => {
  if (x.dtype.kind !== 'bool' && x.dtype.kind !== 'int') throw new NotApplicable(`${op.name} on ${x.dtype.name}`);
  return x.concrete(op.name).data[0] as number;
};

/** A decision: taken by looking in the eager run, remembered for the traced one. */
const decide = ({ run: { trips } }: Scope, look: () => number): number => {
  if (trips.replay) return trips.counted[trips.next++] as number;
  const n = look();
  trips.counted.push(n);
  return n;
};

const loop =
  ({ callRegion }: Runner): Rule =>
  (op, args, scope) => {
    const [condition, body] = op.regions as readonly [Region, Region];
    let state = args;
    for (let trip = 0; ; trip++) {
      const go = decide(scope, () => numberOf(callRegion(condition, state, scope)[0] as Value, op));
      if (go === 0) return state;
      if (trip >= mostTrips) throw new NotApplicable(`loops of more than ${mostTrips} trips`);
      state = callRegion(body, state, scope);
    }
  };

const branch =
  ({ callRegion }: Runner, firstIsTrue: boolean): Rule =>
  (op, [which], scope) => {
    const n = decide(scope, () => numberOf(which as Value, op));
    const last = op.regions.length - 1;
    const at = firstIsTrue ? (n !== 0 ? 0 : 1) : n < 0 || n > last ? last : n;
    return callRegion(op.regions[at] as Region, [], scope);
  };

const call =
  ({ callFunction }: Runner): Rule =>
  (op, args, { run }) => {
    const [, plain, quoted] = /@(?:([\w.]+)|"([^"]*)")/.exec(op.text) ?? [];
    const name = plain ?? quoted ?? '';
    return callFunction(run.module.get(name) as Func, args, run);
  };

const ofKind = (name: string): Check['kind'] =>
  name.includes('close') ? 'close' : name.includes('almost') ? 'almost' : 'eq';
const toleranceOf = (kind: Check['kind'], text: string): number => {
  const given = /(?:tolerance|max_ulp_difference)\s*=\s*([\d.eE+-]+)/.exec(text)?.[1];
  return given ? Number(given) : kind === 'almost' ? 1e-4 : kind === 'close' ? 3 : 0;
};

const check: Rule = (op, [actual, expected], { run }) => {
  const kind = ofKind(op.text);
  run.checks.push({
    kind,
    actual: actual as Value,
    expected: expected as Value,
    tolerance: toleranceOf(kind, op.text),
  });
  return [];
};

const checkConstant: Rule = (op, [actual], { run }) => {
  const kind = ofKind(op.name);
  const content = /dense<((?:"[^"]*"|[^<>])*)>/.exec(op.text)?.[1] ?? '';
  const type = op.resultTypes[0];
  if (!type) throw new Error(`check without type: ${op.text}`);
  const tolerance = toleranceOf(kind, op.text.replace(/dense<.*>/s, ''));
  run.checks.push({ kind, actual: actual as Value, expected: dense(content, type), tolerance });
  return [];
};

export const control = (run: Runner): Rules => ({
  call: call(run),
  'func.call': call(run),
  'stablehlo.composite': (op, args, { run: r }) => {
    const name = /decomposition\s*=\s*@([\w.]+)/.exec(op.text)?.[1] ?? '';
    return run.callFunction(r.module.get(name) as Func, args, r);
  },
  'stablehlo.while': loop(run),
  'stablehlo.if': branch(run, true),
  'stablehlo.case': branch(run, false),
  'stablehlo.custom_call': (op, args, scope) => {
    if (!/@check\./.test(op.text)) throw new NotApplicable(`custom call ${/@([\w.]+)/.exec(op.text)?.[1]}`);
    return check(op, args, scope);
  },
  'check.expect_eq': check,
  'check.expect_close': check,
  'check.expect_almost_eq': check,
  'check.expect_eq_const': checkConstant,
  'check.expect_almost_eq_const': checkConstant,
});
