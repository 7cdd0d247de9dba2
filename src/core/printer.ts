// Programs as text, in the notation of JAX.
import { showAval } from './aval';
import { isDType } from './dtype';
import { type Atom, type Equation, isJaxpr, type Jaxpr, Literal, type Var } from './jaxpr';
import { walking } from './nesting';

const letters = (n: number): string =>
  (n < 26 ? '' : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(97 + (n % 26));

const showNumber = (x: number, kind: string): string =>
  kind === 'bool'
    ? String(x !== 0)
    : kind === 'float' && Number.isInteger(x)
      ? Object.is(x, -0)
        ? '-0.0'
        : x.toFixed(1)
      : String(x);

const showParam = (value: unknown, indent: string): string => {
  if (isJaxpr(value)) return indented(value, `${indent}    `).trimStart();
  if (typeof value === 'function') return value.name || 'function';
  if (Array.isArray(value)) return `(${value.map((v) => showParam(v, indent)).join(', ')})`;
  if (isDType(value)) return value.name;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}: ${showParam(v, indent)}`)
      .join(', ')}}`;
  return String(value);
};

/**
 * A program as text, one equation a line:
 *
 *     { lambda a:f32[3]. let
 *         b:f32[3] = sin a
 *       in (b) }
 */
export const showJaxpr = (jaxpr: Jaxpr): string => walking('showing a program', jaxpr, () => indented(jaxpr, ''));
const indented = (jaxpr: Jaxpr, indent: string): string => {
  const names = new Map<Var, string>();
  const declare = (v: Var): string => {
    const name = letters(names.size);
    names.set(v, name);
    return `${name}:${showAval(v.aval)}`;
  };
  const show = (atom: Atom): string =>
    atom instanceof Literal
      ? `${showNumber(atom.value, atom.aval.dtype.kind)}:${showAval(atom.aval)}`
      : (names.get(atom) ?? '?');
  const line = ({ primitive, inputs, params, outputs }: Equation): string => {
    const args = inputs.map(show);
    const shown = Object.entries(params)
      .filter(([, v]) => v !== undefined && v !== null)
      .map(([k, v]) => `${k}=${showParam(v, `${indent}    `)}`);
    const heading = outputs.map(declare).join(' ');
    return `${indent}    ${heading} = ${[primitive.name + (shown.length ? `[${shown.join(' ')}]` : ''), ...args].join(' ')}`;
  };
  const heading = jaxpr.inputs.map(declare).join(' ');
  const lines = jaxpr.equations.map(line);
  return [
    `${indent}{ lambda ${heading}. let`,
    ...lines,
    `${indent}  in (${jaxpr.outputs.map(show).join(', ')}) }`,
  ].join('\n');
};
