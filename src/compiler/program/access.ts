// Which memory instructions read and write.
import type { Expr } from '../../core/lowering';
import type { LoopFunction, Statement } from '../loop';
import { partsOf } from '../rewrite';
import { allInstructions, type Instruction, type Procedure, type Program, type Region } from './ir';

/** The numbers of the arrays that loops read, and of those that they write. */
export interface ArrayAccess {
  readonly reads: ReadonlySet<number>;
  readonly writes: ReadonlySet<number>;
}
const known = new WeakMap<LoopFunction, ArrayAccess>();
export const arrayAccess = (loops: LoopFunction): ArrayAccess => {
  const found = known.get(loops);
  if (found) return found;
  const [reads, writes] = [new Set<number>(), new Set<number>()];
  const load = (...roots: readonly Expr[]): void => {
    for (const e of partsOf(roots)) if (e.op === 'load') reads.add(e.buffer);
  };
  const visit = (s: Statement): void => {
    switch (s.kind) {
      case 'for':
        load(s.from, s.to);
        s.body.forEach(visit);
        return;
      case 'while':
        load(s.condition);
        s.body.forEach(visit);
        return;
      case 'fold':
        load(s.start, s.value);
        s.lets.forEach(visit);
        return;
      case 'product':
        load(s.left.at, s.right.at, s.target.at);
        for (const side of [s.left, s.right, ...(s.from === undefined ? [] : [s.from])]) reads.add(side.array);
        if (s.accumulate) reads.add(s.target.array);
        writes.add(s.target.array);
        return;
      case 'store':
        load(s.at, s.value);
        writes.add(s.array);
        return;
      default:
        load(s.value);
    }
  };
  loops.body.forEach(visit);
  const access = { reads, writes };
  known.set(loops, access);
  return access;
};

/** The regions that an instruction itself reads or writes; `written` says so of the parameters of procedures. */
export const regionsOf = (
  instruction: Instruction,
  program: Program,
  written: readonly ReadonlySet<number>[],
): { readonly reads: readonly Region[]; readonly writes: readonly Region[] } => {
  switch (instruction.op) {
    case 'constant':
      return { reads: [], writes: [instruction.region] };
    case 'kernel': {
      const { reads, writes } = arrayAccess((program.kernels[instruction.kernel] as Program['kernels'][number]).loops);
      return {
        // What loops write they may read again.
        reads: instruction.regions.filter((_, i) => reads.has(i) && !writes.has(i)),
        writes: instruction.regions.filter((_, i) => writes.has(i)),
      };
    }
    case 'call': {
      const { operands } = program.procedures[instruction.procedure] as Procedure;
      return {
        reads: instruction.regions.slice(0, operands),
        writes: instruction.regions.filter((_, i) => written[instruction.procedure]?.has(i)),
      };
    }
    case 'while':
      return { reads: [instruction.flag], writes: [] };
    case 'branch':
      return { reads: [instruction.index], writes: [] };
    case 'copy':
      return { reads: [instruction.from], writes: [instruction.to] };
    case 'host':
      return { reads: instruction.inputs.map((a) => a.region), writes: instruction.outputs.map((a) => a.region) };
    default:
      return { reads: [], writes: [] };
  }
};

/** The parameters that each procedure writes, by their numbers. */
export const writtenParameters = (program: Program): readonly ReadonlySet<number>[] => {
  const written: ReadonlySet<number>[] = [];
  for (const { parameters, body } of program.procedures) {
    const instructions = allInstructions(body);
    /** What a name of a loop may stand for. */
    const bases = new Map<number, readonly number[]>();
    const basesOf = ({ id }: Region): readonly number[] => bases.get(id) ?? [id];
    for (const i of instructions) {
      if (i.op === 'loop') for (const { region, of } of i.cursors) bases.set(region.id, basesOf(of));
      if (i.op === 'loop' || i.op === 'while')
        for (const { next, buffers } of i.carries) bases.set(next.id, buffers.flatMap(basesOf));
    }
    const ids = new Set(instructions.flatMap((i) => regionsOf(i, program, written).writes.flatMap(basesOf)));
    written.push(new Set(parameters.flatMap((p, i) => (ids.has(p.id) ? [i] : []))));
  }
  return written;
};
