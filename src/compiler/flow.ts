// What loops and branches consist of, and which of them the host has to run.
import type { Jaxpr } from '../core/jaxpr';
import type { Flow } from '../core/lowering';

/** The programs of a flow, in the order in which they are compiled: step, condition and body, branches. */
export const programsOf = (flow: Flow): readonly Jaxpr[] => {
  switch (flow.kind) {
    case 'scan':
      return [flow.step];
    case 'while':
      return [flow.condition, flow.body];
    case 'cond':
      return flow.branches;
  }
};

/** How often a program of a flow runs: at least once for a while, and every branch where the operands decide. */
export const timesOf = (flow: Flow): number => (flow.kind === 'scan' ? flow.length : 1);

/** The operand that a result becomes in the next step of a loop; null for others. */
export const feedsOf = (flow: Flow): readonly (number | null)[] => {
  switch (flow.kind) {
    case 'scan':
      return flow.feeds;
    case 'while':
      return flow.carry;
    case 'cond':
      return [];
  }
};

/** The program of a loop that computes what is carried; null for branches. */
export const stepOf = (flow: Flow): Jaxpr | null =>
  flow.kind === 'scan' ? flow.step : flow.kind === 'while' ? flow.body : null;

/** Operands and results of one program: their addresses are parameters of a function, and engines allow a thousand. */
const mostPlaces = 900;
const hosted = new WeakMap<Jaxpr, boolean>();
const isHosted = (jaxpr: Jaxpr): boolean => {
  const known = hosted.get(jaxpr);
  if (known !== undefined) return known;
  const found =
    jaxpr.inputs.length + jaxpr.outputs.length > mostPlaces ||
    jaxpr.equations.some(({ primitive: { lower }, params }) => {
      if (lower.kind === 'call') return true;
      if (lower.kind === 'control') return needsHost(lower.flow(params));
      const inner = lower.kind === 'inline' ? lower.program(params) : null;
      return inner !== null && isHosted(inner);
    });
  hosted.set(jaxpr, found);
  return found;
};
/** Whether a primitive that only the host computes lies somewhere inside: the host then runs the loops as well. */
export const needsHost = (flow: Flow): boolean => programsOf(flow).some(isHosted);
