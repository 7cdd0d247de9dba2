// The while primitive: a program run on carried values as long as another says so.
import { type Aval, aval, sameAval } from '../core/aval';
import { bool, i32 } from '../core/dtype';
import { JaxprError, TransformError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind } from '../core/interpreter';
import { avalsIn, type ClosedJaxpr, type Jaxpr } from '../core/jaxpr';
import { definePrimitive, isKnown, isNonzero, type Primitive } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import type { Value } from '../core/value';
import { convert } from '../primitives/convert';
import { fullLike, instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import { reduceMax } from '../primitives/reduction';
import { ne, selectN } from '../primitives/select';
import { broadcastInDim } from '../primitives/views';
import { runCompiled } from '../runtime/executable';
import { jitP } from './jit';
import {
  batchJaxprWhereMapped,
  jvpJaxpr,
  neededResults,
  placesOf,
  pruneJaxpr,
  putWhere,
  splitJaxpr,
  splitTangents,
  takeWhere,
} from './program';

export type WhileParams = {
  /** All operands -> whether there is another step. */
  readonly condition: Jaxpr;
  /** All operands -> the carried ones in the next step. */
  readonly body: Jaxpr;
  /** The operand that each result of the body becomes. */
  readonly carry: readonly number[];
};

/** Masks of operands, grown until the results of the body that they imply are in them. */
const fixpoint = (
  start: readonly boolean[],
  carry: readonly number[],
  resultsOf: (mask: readonly boolean[]) => readonly boolean[],
): readonly boolean[] => {
  const results = resultsOf(start);
  const next = start.map((x, i) => x || results[carry.indexOf(i)] === true);
  return next.every((x, i) => x === start[i]) ? start : fixpoint(next, carry, resultsOf);
};
const carried = (mask: readonly boolean[], carry: readonly number[]): boolean[] => carry.map((i) => mask[i] as boolean);

/** Two programs of the same operands, each closed over constants of its own. */
const bindWhile = (
  condition: ClosedJaxpr,
  body: ClosedJaxpr,
  args: readonly Value[],
  carry: readonly number[],
): readonly Value[] => {
  const [a, b] = [condition.consts.length, body.consts.length];
  const avals = avalsIn(body.jaxpr).slice(b);
  const widened = ({ jaxpr, consts }: ClosedJaxpr, from: number): ClosedJaxpr =>
    a + b === 0
      ? { jaxpr, consts }
      : traceToJaxpr(
          'while',
          (...xs) => evalJaxpr(jaxpr, [...xs.slice(from, from + consts.length), ...xs.slice(a + b)]),
          [...[...condition.consts, ...body.consts].map((x) => x.aval), ...avals],
        );
  return bind(whileP, [...condition.consts, ...body.consts, ...args], {
    condition: widened(condition, 0).jaxpr,
    body: widened(body, a).jaxpr,
    carry: carry.map((i) => i + a + b),
  });
};

/** The same program with more operands, which it does not use. */
const ignoring = (jaxpr: Jaxpr, more: readonly Aval[]): ClosedJaxpr =>
  traceToJaxpr('while', (...xs) => evalJaxpr(jaxpr, xs.slice(0, jaxpr.inputs.length)), [...avalsIn(jaxpr), ...more]);

const irreversible = (): TransformError =>
  new TransformError(
    'whileLoop: reverse-mode differentiation needs to know how many steps there can be, to keep what it needs of each. ' +
      'Give whileLoop the option { maxSteps }, use scan or foriLoop with static bounds, or differentiate in forward mode (jvp, jacfwd).',
  );

export const whileP: Primitive<WhileParams> = definePrimitive<WhileParams>('while', {
  impl: (args, { condition, body, carry }, run = runCompiled) => {
    const current = [...args];
    for (let n = 0; run(condition, current, `condition ${n} of while`)[0]?.data[0]; n++) {
      const out = run(body, current, `step ${n} of while`);
      carry.forEach((i, k) => {
        current[i] = out[k] as (typeof args)[number];
      });
    }
    return carry.map((i) => current[i] as (typeof args)[number]);
  },
  shape: (args, { condition, body, carry }) => {
    const fits = [condition, body].every(
      ({ inputs }) => inputs.length === args.length && inputs.every((v, i) => sameAval(v.aval, args[i] as Aval)),
    );
    const [goesOn] = condition.outputs;
    if (
      !fits ||
      goesOn === undefined ||
      !sameAval(goesOn.aval, aval([], bool)) ||
      carry.length !== body.outputs.length ||
      carry.some((i, k) => !sameAval(args[i] as Aval, body.outputs[k]?.aval as Aval))
    )
      throw new JaxprError('while: the operands do not fit the programs of condition and body.');
    return carry.map((i) => args[i] as Aval);
  },
  jvp: (primals, tangents, { condition, body, carry }) => {
    const live = fixpoint(tangents.map(isNonzero), carry, (mask) => jvpJaxpr(body, mask).resultNonzero);
    const { closed, resultNonzero } = jvpJaxpr(body, live, carried(live, carry));
    const directions = takeWhere(tangents, live).map(instantiate);
    const positions = placesOf(live, primals.length);
    const out = bindWhile(
      ignoring(
        condition,
        directions.map((t) => t.aval),
      ),
      closed,
      [...primals, ...directions],
      [...carry, ...takeWhere(carry, resultNonzero).map((i) => positions[i] as number)],
    );
    return splitTangents(out, resultNonzero);
  },
  transpose: () => {
    throw irreversible();
  },
  batch: (size, args, mapped, { condition, body, carry }) => {
    const isMappedCondition = (mask: readonly boolean[]): boolean =>
      batchJaxprWhereMapped(condition, mask, [], size).resultMapped[0] === true;
    const whole = fixpoint(mapped, carry, (mask) => {
      const { resultMapped } = batchJaxprWhereMapped(body, mask, [], size);
      return isMappedCondition(mask) ? resultMapped.map(() => true) : resultMapped;
    });
    const operands = args.map((x, i) => (whole[i] ? materialise(size, x, mapped[i] as boolean) : x));
    const lanes = carried(whole, carry);
    const goesOn = batchJaxprWhereMapped(condition, whole, [], size);
    const step = batchJaxprWhereMapped(body, whole, lanes, size);
    if (!isMappedCondition(whole))
      return { values: bindWhile(goesOn.closed, step.closed, operands, carry), mapped: lanes };
    // As long as any lane goes on; those that do not keep what they have.
    const avals = operands.map((x) => x.aval);
    const lanesGoOn = ({ jaxpr, consts }: ClosedJaxpr, xs: readonly Value[]): Value =>
      evalJaxpr(jaxpr, [...consts, ...xs])[0] as Value;
    const any = traceToJaxpr(
      'while',
      (...xs) => {
        const count = reduceMax(convert(lanesGoOn(goesOn.closed, xs), i32), [0]);
        // No lanes: the maximum of nothing is the least number.
        return [size === 0 ? convert(fullLike(count, 0), bool) : ne(count, fullLike(count, 0))];
      },
      avals,
    );
    const stepped = traceToJaxpr(
      'while',
      (...xs) => {
        const isOn = lanesGoOn(goesOn.closed, xs);
        const out = evalJaxpr(step.closed.jaxpr, [...step.closed.consts, ...xs]);
        return out.map((y, k) => selectN(broadcastInDim(isOn, y.shape, [0]), xs[carry[k] as number] as Value, y));
      },
      avals,
    );
    return { values: bindWhile(any, stepped, operands, carry), mapped: lanes };
  },
  partialEval: (args, params) => {
    const { condition, body, carry } = params;
    const unknown = fixpoint(
      args.map((x) => !isKnown(x)),
      carry,
      (mask) => splitJaxpr(body, mask).unknownResults,
    );
    const isKnownInput = unknown.map((u) => !u);
    const isKnownResult = carry.map((i) => isKnownInput[i] as boolean);
    const known = takeWhere(args, isKnownInput) as readonly Value[];
    // Known values are computed now, and again beside the unknown ones, which need those of every step.
    const alone = (jaxpr: Jaxpr, forced: readonly boolean[]): ClosedJaxpr => {
      const { closed } = splitJaxpr(jaxpr, unknown, forced);
      return {
        ...closed,
        jaxpr: { ...closed.jaxpr, outputs: closed.jaxpr.outputs.slice(0, forced.filter((f) => !f).length) },
      };
    };
    const positions = placesOf(isKnownInput);
    const out = isKnownResult.includes(true)
      ? bindWhile(
          alone(condition, [false]),
          alone(
            body,
            isKnownResult.map((k) => !k),
          ),
          known,
          takeWhere(carry, isKnownResult).map((i) => positions[i] as number),
        )
      : [];
    const isGiven = args.map(isKnown);
    const rest = traceToJaxpr(
      'while',
      (...xs) => {
        const count = isGiven.filter(Boolean).length;
        let next = count;
        const operands = putWhere(isGiven, xs.slice(0, count), () => xs[next++] as Value);
        return bind(whileP, operands, params).filter((_, k) => !isKnownResult[k]);
      },
      [...takeWhere(args, isGiven), ...args.filter((x) => !isKnown(x))].map((x) => x.aval),
    );
    return {
      known: putWhere<Value | null>(isKnownResult, out, () => null),
      staged: {
        primitive: jitP as Primitive,
        residuals: [...rest.consts, ...(takeWhere(args, isGiven) as readonly Value[])],
        params: { name: 'while', jaxpr: rest.jaxpr },
        avals: rest.jaxpr.outputs.map((v) => v.aval),
      },
    };
  },
  prune: (isUsed, params) => {
    const { condition, body, carry } = params;
    const asked = pruneJaxpr(condition, [true]).inputs;
    const results = neededResults(
      body,
      carry.map((i, k) => isUsed[k] === true || asked[i] === true),
      carry,
    );
    const live = takeWhere(carry, results);
    const kept = asked.map((a, i) => a || live.includes(i));
    const { jaxpr: program, inputs: operands } = pruneJaxpr(body, results, kept);
    const goesOn = pruneJaxpr(condition, [true], operands).jaxpr;
    if (program === body && goesOn === condition) return { operands, results, params };
    const places = placesOf(operands);
    return {
      operands,
      results,
      params: { condition: goesOn, body: program, carry: live.map((i) => places[i] as number) },
    };
  },
  lower: { kind: 'control', flow: (params) => ({ kind: 'while', ...params }) },
});
