// A program cut at its control flow: what lies between is straight-line, and compiled as ever.
import { type Atom, type Equation, type Jaxpr, Var, withoutDeadCode } from '../core/jaxpr';

/** One part of a program; nothing after it needs the variables in `last`. */
export type Piece = { readonly last: readonly Var[] } & (
  | { readonly kind: 'straight'; readonly jaxpr: Jaxpr }
  | { readonly kind: 'control'; readonly equation: Equation }
);

const variablesOf = (atoms: readonly Atom[]): Var[] => atoms.filter((a) => a instanceof Var);

/** The pieces in order. Equations wait for the control flow before them only if they come after it. */
export const piecesOf = (source: Jaxpr): readonly Piece[] => {
  const jaxpr = withoutDeadCode(source);
  const groups: Equation[][] = [];
  for (const equation of jaxpr.equations) {
    const isControl = equation.primitive.lower.kind === 'control';
    const open = groups.at(-1);
    if (isControl || open === undefined || open[0]?.primitive.lower.kind === 'control') groups.push([equation]);
    else open.push(equation);
  }
  const needed = new Set<Atom>(jaxpr.outputs);
  const pieces: Piece[] = [];
  for (const equations of groups.reverse()) {
    const written = equations.flatMap((e) => e.outputs);
    const isWritten = new Set(written);
    const read = [...new Set(equations.flatMap((e) => variablesOf(e.inputs)))].filter((v) => !isWritten.has(v));
    const last = [...read, ...written].filter((v) => !needed.has(v));
    const [first] = equations as [Equation];
    pieces.push(
      first.primitive.lower.kind === 'control'
        ? { kind: 'control', equation: first, last }
        : { kind: 'straight', last, jaxpr: { inputs: read, equations, outputs: written.filter((v) => needed.has(v)) } },
    );
    for (const v of read) needed.add(v);
  }
  return pieces.reverse();
};
