// einsum: sums of products by labels.
import { showShape } from '../core/aval';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AnyTensor, EinsumArg, EinsumD, EinsumS, Tensor } from '../types';
import { sumOfProducts } from './contract';
import { describe, publish, valueFrom } from './tensor';

/** A tensor with a label for every axis. A label is a letter, or a place counted from the end of '...'. */
interface Labelled {
  readonly value: Value;
  readonly labels: readonly string[];
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

const wrong = (spec: string, message: string): never => {
  throw new ShapeError(`einsum: ${message} in '${spec}'.`);
};

const parse = (spec: string): Equation => {
  const text = spec.replace(/ /g, '');
  const [left, right, more] = text.split('->');
  if (left === undefined || more !== undefined) return wrong(spec, "more than one '->'");
  const inputs = left.split(',');
  for (const term of [...inputs, right ?? ''])
    if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term))
      throw new ArgumentError(`einsum: '${term}' in '${spec}' must be letters, with at most one '...'.`);
  if (right !== undefined) return { inputs, output: right };
  // Without an output: the labels that occur once, in alphabetical order, after the batch dimensions.
  const all = inputs.join('').replace(/\./g, '');
  const once = [...new Set(all)].filter((c) => all.indexOf(c) === all.lastIndexOf(c)).sort();
  return { inputs, output: (left.includes('...') ? '...' : '') + once.join('') };
};

/** Labels for every axis; those that '...' stands for are numbered from its end: '1' is the last. */
const label = (spec: string, term: string, { shape }: Value): string[] => {
  const letters = term.replace('...', '');
  const batch = shape.length - letters.length;
  const operand = `for operand '${term}' of shape ${showShape(shape)}`;
  if (batch < 0) return wrong(spec, `too few dimensions for '${term}' (${operand})`);
  if (batch > 0 && !term.includes('...')) return wrong(spec, `too many dimensions (${operand})`);
  const dots = Array.from({ length: batch }, (_, i) => String(batch - i));
  const at = term.indexOf('...');
  return at < 0 ? [...letters] : [...letters.slice(0, at), ...dots, ...letters.slice(at)];
};

const isBatch = (c: string): boolean => /^\d/.test(c);

/** The size of every label, with an error where operands disagree. */
const sizesOf = (spec: string, operands: readonly Labelled[]): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>();
  for (const { value, labels } of operands)
    labels.forEach((c, d) => {
      const [known, n] = [sizes.get(c), value.shape[d] as number];
      if (known === undefined) sizes.set(c, n);
      else if (isBatch(c)) {
        if (known !== n && known !== 1 && n !== 1) wrong(spec, `batch dimensions do not broadcast: ${known} and ${n}`);
        sizes.set(c, known === 1 ? n : known);
      } else if (known !== n) wrong(spec, `dimension '${c}' differs: ${known} and ${n}`);
    });
  return sizes;
};

/** The diagonal of two axes, at the place of the first: row-major, its elements are n + 1 apart. */
export const diagonalOf = (x: Value, first: number, second: number): Value => {
  const n = x.shape[first] as number;
  const rest = x.shape.map((_, d) => d).filter((d) => d !== first && d !== second);
  const outer = rest.map((d) => x.shape[d] as number);
  const flat = P.reshape(P.transpose(x, [...rest, first, second]), [...outer, n * n]);
  const line = P.slice(flat, [...outer.map(() => 0), 0], [...outer, n * n], [...outer.map(() => 1), n + 1]);
  return P.moveAxis(line, outer.length, first);
};

/** Repeated labels are diagonals, and batch axes of size 1 that others stretch are dropped. */
const simplify = ({ value, labels }: Labelled, sizes: ReadonlyMap<string, number>): Labelled => {
  const second = labels.findIndex((c, d) => labels.indexOf(c) !== d);
  if (second >= 0) {
    const first = labels.indexOf(labels[second] as string);
    return simplify({ value: diagonalOf(value, first, second), labels: labels.filter((_, d) => d !== second) }, sizes);
  }
  const stretched = labels.map((c, d) => isBatch(c) && value.shape[d] === 1 && sizes.get(c) !== 1);
  if (!stretched.includes(true)) return { value, labels };
  const stays = (_: unknown, d: number): boolean => !stretched[d];
  return { value: P.reshape(value, value.shape.filter(stays)), labels: labels.filter(stays) };
};

/** Sums over the labels that nobody needs any more. */
const sumOut = ({ value, labels }: Labelled, needed: ReadonlySet<string>): Labelled => ({
  value: P.reduceSum(
    value,
    labels.flatMap((c, d) => (needed.has(c) ? [] : [d])),
  ),
  labels: labels.filter((c) => needed.has(c)),
});

const contractPair = (x: Labelled, y: Labelled, later: ReadonlySet<string>): Labelled => {
  const a = sumOut(x, new Set([...later, ...y.labels]));
  const b = sumOut(y, new Set([...later, ...x.labels]));
  const shared = a.labels.filter((c) => b.labels.includes(c));
  const batch = shared.filter((c) => later.has(c));
  const contracted = shared.filter((c) => !later.has(c));
  const places = ({ labels }: Labelled, which: readonly string[]): number[] => which.map((c) => labels.indexOf(c));
  const free = ({ labels }: Labelled): string[] => labels.filter((c) => !shared.includes(c));
  return {
    value: P.dotGeneral(a.value, b.value, {
      lhsContract: places(a, contracted),
      rhsContract: places(b, contracted),
      lhsBatch: places(a, batch),
      rhsBatch: places(b, batch),
    }),
    labels: [...batch, ...free(a), ...free(b)],
  };
};

const outputLabels = (spec: string, output: string, sizes: ReadonlyMap<string, number>, dotted: boolean): string[] => {
  const batch = [...sizes.keys()].filter(isBatch).sort((a, b) => Number(b) - Number(a));
  if (output.includes('...') && !dotted) return wrong(spec, "output '...' is not in the inputs");
  const labels = output.split(/(\.\.\.)/).flatMap((part) => (part === '...' ? batch : [...part]));
  labels.forEach((c, i) => {
    if (!sizes.has(c)) wrong(spec, `output label '${c}' is not in the inputs`);
    if (labels.indexOf(c) !== i) wrong(spec, `output label '${c}' is repeated`);
  });
  return labels;
};

const solve = (spec: string, equation: Equation, values: readonly Value[]): Value => {
  const labelled = values.map((value, i) => ({ value, labels: label(spec, equation.inputs[i] as string, value) }));
  const sizes = sizesOf(spec, labelled);
  const dotted = equation.inputs.some((term) => term.includes('...'));
  const output = outputLabels(spec, equation.output, sizes, dotted);
  const [first, ...rest] = labelled.map((x) => simplify(x, sizes)) as [Labelled, ...Labelled[]];
  const product = rest.reduce((done, next, i) => {
    const later = new Set([...output, ...rest.slice(i + 1).flatMap((x) => x.labels)]);
    return contractPair(done, next, later);
  }, first);
  const result = sumOut(product, new Set(output));
  return P.transpose(
    result.value,
    output.map((c) => result.labels.indexOf(c)),
  );
};

/**
 * Sums of products by labels: 'ij,jk->ik' multiplies matrices, 'ii->' is a trace, '...ij->...ji' a transpose.
 * Labels that are not in the output are summed over; a repeated label is a diagonal; '...' stands for batch axes, which
 * broadcast. Without '->' the output has the labels that occur once, in alphabetical order. Operands are multiplied from
 * left to right, so put small products first.
 *
 * @throws ShapeError when labels and shapes disagree; ArgumentError when the specification cannot be read
 * @example
 * einsum('ij,jk->ik', tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])).toArray() // => [[3, 2], [7, 4]]
 * einsum('ii->', tensor([[1, 2], [3, 4]])).item() // => 5
 * einsum('bhqd,bhkd->bhqk', zeros([2, 8, 5, 64]), zeros([2, 8, 7, 64])).shape // => [2, 8, 5, 7]
 */
export function einsum<const Spec extends string, const Xs extends readonly AnyTensor[]>(
  spec: EinsumArg<Spec, Xs>,
  ...operands: Xs
): Tensor<EinsumS<Spec, Xs>, EinsumD<Xs>> {
  const text: unknown = spec;
  if (typeof text !== 'string')
    throw new ArgumentError(
      `einsum: the specification comes first and is a string like 'ij,jk->ik', got ${describe(text)}.`,
    );
  const values = operands.map((x, i) => valueFrom(x, 'einsum', `operand ${i}`));
  const equation = parse(text);
  if (values.length !== equation.inputs.length)
    wrong(
      text,
      `${values.length < equation.inputs.length ? 'too few' : 'too many'} operands: ${values.length} given, ${equation.inputs.length} named`,
    );
  return publish(sumOfProducts(values, (xs) => solve(text, equation, xs)));
}
