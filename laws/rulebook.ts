// Every primitive, the rules it has and the laws it keeps, as a table.
import * as fc from 'fast-check';
import { f64 } from '../src/core/dtype';
import { allPrimitives, type Primitive, Zero } from '../src/core/primitive';
import { argsOf, type Generator, tangentsOf } from './call';
import * as confusion from './confusion';
import * as derivatives from './derivatives';
import * as functions from './functions';
import * as mapping from './mapping';
import { lawNames, primitiveProperties } from './primitiveProperties';
import { checkedByTransforms, generators } from './primitives';
import * as staging from './staging';
import * as transforms from './transforms';
import * as trees from './trees';

const draw = <T>(arbitrary: fc.Arbitrary<T>, n: number): T[] => fc.sample(arbitrary, { numRuns: n, seed: 1 });

/** zero, or yes, or - where no operand can be a float. */
const jvpColumn = (p: Primitive, g: Generator): string => {
  if (!g.dtypes.includes(f64)) return '-';
  const tangents = draw(g.spec(f64), 20).flatMap((spec) => {
    const [[xs, ts]] = draw(fc.tuple(argsOf(spec), tangentsOf(spec.args)), 1) as [[never[], never[]]];
    return spec.args.some((a) => a.dtype === f64) ? p.jvp(xs, ts, spec.params).tangents : [];
  });
  return tangents.length === 0 ? '-' : tangents.every((t) => t instanceof Zero) ? 'zero' : 'yes';
};

/** In which operands it is linear: each alone, and together. */
const transposeColumn = (p: Primitive, g: Generator): string => {
  if (p.transpose === null) return '-';
  if (p.lower.kind === 'inline') return 'as its program';
  const sets = draw(g.spec(f64), 60).flatMap((spec) => g.linear?.(spec) ?? []);
  const single = [...new Set(sets.filter((s) => s.length === 1).flat())].sort((a, b) => a - b);
  const several = sets.some((s) => s.length > 1);
  return `${single.join(' ')}${several ? `${single.length > 0 ? ', ' : ''}together` : ''}`;
};
const lowerColumn = ({ lower }: Primitive): string => (lower.kind === 'map' ? `map ${lower.cost}` : lower.kind);

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] as readonly string[]).map((_, i) => Math.max(...rows.map((r) => (r[i] as string).length)));
  return rows
    .map((r) =>
      r
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const countOf = (module: object): number => Object.values(module).filter((law) => typeof law === 'function').length;

/** The table, and what is checked altogether. */
export const rulebook = (): string => {
  const primitives = [...allPrimitives()].sort((a, b) => (a.name < b.name ? -1 : 1));
  let checks = 0;
  const rows = primitives.map((p) => {
    const g = generators[p.name];
    if (g === undefined) return [p.name, '', '', 'yes', lowerColumn(p), checkedByTransforms[p.name] ?? 'none', ''];
    const laws = Object.keys(primitiveProperties(p, g));
    checks += laws.length;
    const own = lawNames.filter((name) => !laws.includes(name) && !name.startsWith('transpose'));
    const missing = own.includes('reverse') ? ['derivatives', ...own.filter((name) => name === 'batch')] : own;
    return [
      p.name,
      jvpColumn(p, g),
      transposeColumn(p, g),
      laws.includes('batch') ? 'yes' : '-',
      lowerColumn(p),
      String(laws.length),
      missing.join(', '),
    ];
  });
  const shared = [
    `${primitives.length} primitives; ${checks} laws of primitives checked (${lawNames.length} kinds of law).`,
    `${countOf(transforms)} laws of derivative transforms, ${countOf(staging)} of jit and programs, ${countOf(mapping)} of vmap, ${countOf(derivatives) - 1} of derivatives (at random programs), ${countOf(trees) - 1} of trees, ${countOf(functions)} of public functions;`,
    `nested derivatives in ${Object.keys(confusion.derivatives).length ** 2} combinations of modes.`,
  ];
  return [
    table([['primitive', 'jvp', 'transpose', 'batch', 'lower', 'laws', 'does not apply'], ...rows]),
    '',
    ...shared,
    '',
  ].join('\n');
};
