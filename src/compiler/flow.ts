// What loops and branches consist of, and which of them the host has to run.
import type { Jaxpr } from '../core/jaxpr';
import type { Flow } from '../core/lowering';
import type { Traits } from './traits';

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

interface Size {
  /** Operands and results, the most of any program in it. */
  readonly parameters: number;
  /** Whether a primitive that only the host computes lies somewhere inside. */
  readonly isHosted: boolean;
}
const sizes = new WeakMap<Jaxpr, Size>();
const sizeIn = (jaxpr: Jaxpr): Size => {
  const known = sizes.get(jaxpr);
  if (known) return known;
  const inner = jaxpr.equations.flatMap(({ primitive: { lower }, params }): readonly Size[] => {
    if (lower.kind === 'call') return [{ parameters: 0, isHosted: true }];
    if (lower.kind === 'control') return programsOf(lower.flow(params)).map(sizeIn);
    const program = lower.kind === 'inline' ? lower.program(params) : null;
    return program === null ? [] : [sizeIn(program)];
  });
  const size = {
    parameters: inner.reduce((n, s) => Math.max(n, s.parameters), jaxpr.inputs.length + jaxpr.outputs.length),
    isHosted: inner.some((s) => s.isHosted),
  };
  sizes.set(jaxpr, size);
  return size;
};
/** Whether the host runs the loops: where it computes something inside, or a program takes more than the target's procedures can. */
export const needsHost = (flow: Flow, { mostParameters }: Traits): boolean =>
  programsOf(flow)
    .map(sizeIn)
    .some(({ parameters, isHosted }) => isHosted || parameters > mostParameters);
