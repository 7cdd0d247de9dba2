// The passes in order: inline, simplify, fuse, drop, schedule, plan. The result knows no target.
import { showAval, sizeOf } from '../core/aval';
import type { Jaxpr } from '../core/jaxpr';
import type { Expr } from '../core/lowering';
import type { Scheduled } from './arrays';
import { fuseEpilogues } from './epilogue';
import { fuse } from './fuse';
import { Interner } from './indexing';
import { inlinePrograms } from './inline';
import { type Kernel, type KernelProgram, readsOf, writesOf } from './kernel';
import { showExpr, showLoops } from './loop';
import { type MemoryPlan, planMemory } from './memory';
import { scalarsFirst } from './order';
import { Names, place } from './place';
import { groupRows } from './rows';
import type { Arithmetic } from './schedule';
import { simplify } from './simplify';
import { scheduleAll } from './structure';
import { dropUnread } from './unread';

export interface CompiledProgram {
  readonly jaxpr: Jaxpr;
  readonly program: KernelProgram;
  /** Loops of each kernel; null for calls and aliases. */
  readonly scheduled: readonly (Scheduled | null)[];
  readonly memory: MemoryPlan;
}

export const lowerProgram = (source: Jaxpr, arithmetic: Arithmetic): CompiledProgram => {
  const jaxpr = scalarsFirst(simplify(inlinePrograms(source)));
  const grouped = groupRows(dropUnread(fuse(jaxpr)));
  const program = arithmetic === 'vectors' ? fuseEpilogues(grouped) : grouped;
  const scheduled = scheduleAll(program.kernels, arithmetic);
  return { jaxpr, program, scheduled, memory: planMemory(program) };
};

/** Expressions as text, what they share named once. */
const showValues = (labels: readonly string[], values: readonly Expr[]): readonly string[] => {
  const { lets, roots } = place(new Interner(), new Names(), [], values);
  const shared = (lets[0] ?? []).map((s) => (s.kind === 'let' ? `  ${s.name} = ${showExpr(s.value)}` : ''));
  return [...shared, ...roots.map((e, i) => `  ${labels[i]} ${showExpr(e)}`)];
};

const describe = (kernel: Kernel): readonly string[] => {
  switch (kernel.kind) {
    case 'map':
      return [
        `map over [${kernel.shape}]`,
        ...showValues(
          kernel.stores.map((s) => `%${s.buffer.id} :=`),
          kernel.stores.map((s) => s.value),
        ),
      ];
    case 'reduce':
      return [
        `reduce ${kernel.combine} of ${kernel.length} terms in ${kernel.lanes} lanes`,
        ...showValues(['term'], [kernel.term]),
      ];
    case 'rows':
      return [`rows of [${kernel.shape}]`, ...kernel.parts.map((part) => showKernel(part).replace(/^/gm, '  '))];
    case 'contract':
      return [
        `contract ${kernel.groups} x ${kernel.rows} x ${kernel.columns} x ${kernel.depth}`,
        ...showValues(
          ['lhs', 'rhs', ...kernel.epilogue.map((s) => `%${s.buffer.id} :=`)],
          [kernel.lhs, kernel.rhs, ...kernel.epilogue.map((s) => s.value)],
        ),
      ];
    case 'loops':
      return [
        `loops of ${kernel.primitive.name} ${kernel.operands.map((x) => (typeof x === 'number' ? x : `%${x.id}`)).join(' ')}`,
      ];
    case 'call':
      return [`call ${kernel.primitive.name} ${kernel.inputs.map((b) => `%${b.id}`).join(' ')}`];
    case 'alias':
      return [`alias %${kernel.from.id}`];
  }
};
const showKernel = (kernel: Kernel): string => {
  const results = writesOf(kernel).map((b) => `%${b.id}:${showAval(b.aval)}`);
  return `${results.join(' ')} = ${describe(kernel).join('\n')}`;
};
export const showKernels = ({ program }: CompiledProgram): string => program.kernels.map(showKernel).join('\n');
export const showLoopIr = ({ scheduled }: CompiledProgram): string =>
  scheduled.flatMap((s) => (s === null ? [] : [showLoops(s.loops)])).join('\n');

export interface Cost {
  /** Additions and multiplications of contractions; other kernels count one for every element and term. */
  readonly flops: number;
  /** Bytes read and written once each by every kernel. */
  readonly bytes: number;
}
export const costOf = ({ program }: CompiledProgram): Cost => {
  const avals = new Map(
    [...program.inputs, ...program.literals.map((l) => l.buffer), ...program.kernels.flatMap(writesOf)].map((b) => [
      b.id,
      b.aval,
    ]),
  );
  const bytesOf = (id: number): number => {
    const a = avals.get(id);
    return a === undefined ? 0 : sizeOf(a.shape) * a.dtype.bytes;
  };
  let [flops, bytes] = [0, 0];
  const flopsOf = (kernel: Kernel): number => {
    switch (kernel.kind) {
      case 'contract':
        return 2 * kernel.groups * kernel.rows * kernel.columns * kernel.depth;
      case 'reduce':
        return sizeOf(kernel.shape) * kernel.length;
      case 'rows':
        return kernel.parts.reduce((n, part) => n + flopsOf(part), 0);
      default:
        return writesOf(kernel).reduce((n, b) => n + sizeOf(b.aval.shape), 0);
    }
  };
  for (const kernel of program.kernels) {
    if (kernel.kind === 'alias') continue;
    for (const id of [...readsOf(kernel), ...writesOf(kernel).map((b) => b.id)]) bytes += bytesOf(id);
    flops += flopsOf(kernel);
  }
  return { flops, bytes };
};
