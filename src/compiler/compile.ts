// The passes in order: inline, simplify, fuse, drop, group, join, schedule, plan. The result knows no target.
import type { Jaxpr } from '../core/jaxpr';
import type { Scheduled } from './arrays';
import { fuseEpilogues } from './epilogue';
import { programsOf } from './flow';
import { fuse } from './fuse';
import { inlinePrograms } from './inline';
import { joinMaps } from './join';
import type { Buffer, KernelProgram } from './kernel';
import { type MemoryPlan, planMemory } from './memory';
import { scalarsFirst } from './order';
import { groupRows } from './rows';
import { type Arithmetic, scheduleAll } from './schedule';
import { simplify } from './simplify';
import { dropUnread } from './unread';
import { placeUpdates } from './update';

export interface CompiledProgram {
  readonly jaxpr: Jaxpr;
  readonly program: KernelProgram;
  /** Loops of each kernel; null for calls, control flow and aliases. */
  readonly scheduled: readonly (Scheduled | null)[];
  /** The programs that each kernel runs: control flow has some. */
  readonly inner: readonly (readonly CompiledProgram[])[];
  readonly memory: MemoryPlan;
}

/** The inputs whose numbers are `givenUp` may be overwritten. */
export const lowerProgram = (source: Jaxpr, arithmetic: Arithmetic, givenUp: readonly number[] = []): CompiledProgram =>
  lowerAll(source, arithmetic, new Map(), givenUp);

/** A program that is run in several places is one object. */
const lowerAll = (
  source: Jaxpr,
  arithmetic: Arithmetic,
  known: Map<Jaxpr, CompiledProgram>,
  givenUp: readonly number[],
): CompiledProgram => {
  const found = known.get(source);
  if (found) return found;
  const jaxpr = scalarsFirst(simplify(inlinePrograms(source)));
  const grouped = groupRows(dropUnread(fuse(jaxpr)));
  const joined = joinMaps(arithmetic === 'vectors' ? fuseEpilogues(grouped) : grouped);
  const program = placeUpdates(joined, new Set(givenUp.map((i) => (joined.inputs[i] as Buffer).id)));
  const scheduled = scheduleAll(program.kernels, arithmetic);
  const inner = program.kernels.map((k) =>
    k.kind === 'control' ? programsOf(k.flow).map((p) => lowerAll(p, arithmetic, known, [])) : [],
  );
  const compiled = { jaxpr, program, scheduled, inner, memory: planMemory(program) };
  known.set(source, compiled);
  return compiled;
};
