// Derived programs of a scan: steps with other inputs and outputs, and transposed ones that add to sums. Each is made once, so that it is
// compiled once.

import { evalJaxpr } from '../core/evalJaxpr';
import { type Atom, type ClosedJaxpr, type Jaxpr, type Var, withoutDeadCode } from '../core/jaxpr';
import { traceToJaxpr } from '../core/stage';
import type { Value } from '../core/value';
import { add } from '../primitives/arithmetic';
import { takeWhere } from './program';

/** Programs made of others by choosing inputs or outputs: the same object for the same choice, so that it is compiled once. */
const variants = new WeakMap<Jaxpr, Jaxpr[]>();
const variant = (jaxpr: Jaxpr, made: Jaxpr): Jaxpr => {
  const known = variants.get(jaxpr) ?? [];
  variants.set(jaxpr, known);
  const same = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
  const found = [jaxpr, ...known].find((k) => same(k.inputs, made.inputs) && same(k.outputs, made.outputs));
  if (found === undefined) known.push(made);
  return found ?? made;
};
export const trimmed = (jaxpr: Jaxpr, outputs: readonly Atom[]): Jaxpr =>
  variant(jaxpr, withoutDeadCode({ ...jaxpr, outputs }));
export const withInputs = (jaxpr: Jaxpr, inputs: readonly Var[]): Jaxpr => variant(jaxpr, { ...jaxpr, inputs });

/** The transposed step of a program: known operands, cotangents, sums so far -> cotangents, those of constants added to the sums. */
const accumulating = new WeakMap<Jaxpr, Map<string, ClosedJaxpr>>();
export const withSums = ({ jaxpr, consts }: ClosedJaxpr, isSummed: readonly boolean[]): ClosedJaxpr => {
  const entries = accumulating.get(jaxpr) ?? new Map<string, ClosedJaxpr>();
  accumulating.set(jaxpr, entries);
  const key = isSummed.join();
  const found = entries.get(key);
  if (found) return { jaxpr: found.jaxpr, consts: [...found.consts, ...consts] };
  const sums = takeWhere(jaxpr.outputs, isSummed).map((v) => v.aval);
  const own = jaxpr.inputs.length;
  const made = traceToJaxpr(
    'jit',
    (...xs) => {
      let next = own;
      return evalJaxpr(jaxpr, xs.slice(0, own)).map((ct, i) => (isSummed[i] ? add(xs[next++] as Value, ct) : ct));
    },
    [...jaxpr.inputs.map((v) => v.aval), ...sums],
  );
  entries.set(key, made);
  return { jaxpr: made.jaxpr, consts: [...made.consts, ...consts] };
};
