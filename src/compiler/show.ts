// A compiled program as text: kernels, loops, and what a target makes of them.
import { showAval } from '../core/aval';
import type { Expr, Flow } from '../core/lowering';
import type { CompiledProgram } from './compile';
import { Interner } from './indexing';
import { type Buffer, type Kernel, type MapKernel, writesOf } from './kernel';
import { type LoopFunction, showExpr, showLoops } from './loop';
import { Names, place } from './place';

/** Expressions as text, what they share named once. */
const showValues = (labels: readonly string[], values: readonly Expr[]): readonly string[] => {
  const { lets, roots } = place(new Interner(), new Names(), [], values);
  const shared = (lets[0] ?? []).map((s) => (s.kind === 'let' ? `  ${s.name} = ${showExpr(s.value)}` : ''));
  return [...shared, ...roots.map((e, i) => `  ${labels[i]} ${showExpr(e)}`)];
};

const indented = (text: string): string => text.replace(/^/gm, '  ');
const listed = (buffers: readonly Buffer[]): string => buffers.map((b) => `%${b.id}`).join(' ');

const showFlow = (flow: Flow): string =>
  flow.kind === 'scan' ? `scan of ${flow.length} steps${flow.reverse ? ', last to first' : ''}` : flow.kind;
const titlesOf = (flow: Flow): readonly string[] => {
  switch (flow.kind) {
    case 'scan':
      return ['step'];
    case 'while':
      return ['condition', 'body'];
    case 'cond':
      return flow.branches.map((_, b) => `branch ${b}`);
  }
};

const describe = (kernel: Kernel, inner: readonly CompiledProgram[]): readonly string[] => {
  switch (kernel.kind) {
    case 'map':
      return [
        `map over [${kernel.shape}]`,
        ...showValues(
          kernel.stores.map((s) => `%${s.buffer.id} :=`),
          kernel.stores.map((s) => s.value),
        ),
      ];
    case 'maps': {
      const [{ stores }] = kernel.maps as readonly [MapKernel];
      return [
        `maps over ${kernel.maps.map((m) => `[${m.shape}]`).join(' ')}`,
        ...showValues(
          stores.map((s) => `%${s.buffer.id} :=`),
          stores.map((s) => s.value),
        ),
      ];
    }
    case 'reduce':
      return [
        `reduce ${kernel.combine} of ${kernel.length} terms in ${kernel.lanes} lanes`,
        ...showValues(['term'], [kernel.term]),
      ];
    case 'rows':
      return [`rows of [${kernel.shape}]`, ...kernel.parts.map((part) => indented(showKernel(part, [])))];
    case 'contract':
      return [
        `contract ${kernel.groups} x ${kernel.rows} x ${kernel.columns} x ${kernel.depth}`,
        ...showValues(
          ['lhs', 'rhs', ...kernel.epilogue.map((s) => `%${s.buffer.id} :=`)],
          [kernel.lhs, kernel.rhs, ...kernel.epilogue.map((s) => s.value)],
        ),
      ];
    case 'update':
      return [
        `update %${kernel.from.id} over [${kernel.shape}]`,
        ...showValues(['at', `%${kernel.buffer.id} :=`], [kernel.at, kernel.value]),
      ];
    case 'loops':
      return [
        `loops of ${kernel.primitive.name} ${kernel.operands.map((x) => (typeof x === 'number' ? x : `%${x.id}`)).join(' ')}`,
      ];
    case 'call':
      return [`call ${kernel.primitive.name} ${kernel.inputs.map((b) => `%${b.id}`).join(' ')}`];
    case 'control':
      return [
        `${showFlow(kernel.flow)} with ${listed(kernel.inputs)}`,
        ...titlesOf(kernel.flow).map((title, p) => indented(showProgram(title, inner[p] as CompiledProgram))),
      ];
    case 'alias':
      return [`alias %${kernel.from.id}`];
  }
};
const showProgram = (title: string, compiled: CompiledProgram): string => {
  const { inputs, outputs } = compiled.program;
  return `${title} (${listed(inputs)}) -> (${listed(outputs)})\n${indented(showKernels(compiled))}`;
};
const showKernel = (kernel: Kernel, inner: readonly CompiledProgram[]): string => {
  const results = writesOf(kernel).map((b) => `%${b.id}:${showAval(b.aval)}`);
  return `${results.join(' ')} = ${describe(kernel, inner).join('\n')}`;
};
export const showKernels = ({ program, inner }: CompiledProgram): string =>
  program.kernels.map((k, i) => showKernel(k, inner[i] ?? [])).join('\n');

/** A text of every kernel, those of inner programs after what stands for them. */
const showEach = (
  compiled: CompiledProgram,
  text: (loops: LoopFunction) => string,
  around: boolean,
): readonly string[] =>
  compiled.program.kernels.flatMap((kernel, k) => {
    const loops = compiled.scheduled[k]?.loops;
    if (loops !== undefined) return [text(loops)];
    if (kernel.kind !== 'control') return [];
    return titlesOf(kernel.flow).flatMap((title, p) => {
      const inner = showEach((compiled.inner[k] as readonly CompiledProgram[])[p] as CompiledProgram, text, around);
      return around ? [`${showFlow(kernel.flow)}: ${title}`, ...inner.map(indented)] : inner;
    });
  });
export const showLoopIr = (compiled: CompiledProgram): string => showEach(compiled, showLoops, true).join('\n');
/** The kernels as a target writes them. */
export const showSource = (compiled: CompiledProgram, render: (loops: LoopFunction) => string): string =>
  showEach(compiled, render, false).join('\n\n');
