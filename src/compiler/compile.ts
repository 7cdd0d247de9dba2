// The passes in order: inline, legalise, simplify, fuse, drop, group, join, schedule. The result knows no target.
import type { Jaxpr } from '../core/jaxpr';
import type { Flow } from '../core/lowering';
import type { Scheduled } from './arrays';
import { fuseEpilogues } from './epilogue';
import { feedsOf, programsOf, stepOf } from './flow';
import { fuse } from './fuse';
import { inlinePrograms } from './inline';
import { joinMaps } from './join';
import type { Buffer, KernelProgram } from './kernel';
import { legalise } from './legalise';
import { scalarsFirst } from './order';
import { groupRows } from './rows';
import { scheduleAll } from './schedule';
import { simplify } from './simplify';
import type { Traits } from './traits';
import { dropUnread } from './unread';
import { hasUpdates, lostInputs, placeUpdates } from './update';

export interface CompiledProgram {
  readonly jaxpr: Jaxpr;
  readonly program: KernelProgram;
  /** Loops of each kernel; null for calls, control flow and aliases. */
  readonly scheduled: readonly (Scheduled | null)[];
  /** The programs that each kernel runs: control flow has some. */
  readonly inner: readonly (readonly CompiledProgram[])[];
}

/** The inputs whose numbers are `givenUp` may be overwritten. */
export const lowerProgram = (source: Jaxpr, traits: Traits, givenUp: readonly number[] = []): CompiledProgram =>
  new Lowering(traits).lower(source, givenUp);

class Lowering {
  /** A program that is run in several places is one object. */
  private readonly known = new Map<Jaxpr, Map<string, CompiledProgram>>();
  constructor(private readonly traits: Traits) {}

  lower(source: Jaxpr, givenUp: readonly number[]): CompiledProgram {
    const known = this.known.get(source) ?? new Map<string, CompiledProgram>();
    this.known.set(source, known);
    const key = givenUp.join();
    const found = known.get(key);
    if (found) return found;
    const jaxpr = scalarsFirst(simplify(legalise(inlinePrograms(source))));
    const grouped = groupRows(dropUnread(fuse(jaxpr, this.traits)));
    const joined = joinMaps(this.traits.tiles !== null ? fuseEpilogues(grouped) : grouped);
    const program = placeUpdates(joined, new Set(givenUp.map((i) => (joined.inputs[i] as Buffer).id)));
    const compiled = {
      jaxpr,
      program,
      scheduled: scheduleAll(program.kernels, this.traits),
      inner: program.kernels.map((k) => (k.kind === 'control' ? this.control(k.flow) : [])),
    };
    known.set(key, compiled);
    return compiled;
  }

  private control(flow: Flow): readonly CompiledProgram[] {
    const step = stepOf(flow);
    return programsOf(flow).map((p) => (p === step ? this.step(p, feedsOf(flow)) : this.lower(p, [])));
  }
  /** A step of a loop may overwrite what it is given if that is where the next step finds it. */
  private step(source: Jaxpr, feeds: readonly (number | null)[]): CompiledProgram {
    let compiled = this.lower(source, []);
    if (!hasUpdates(compiled.program)) return compiled;
    let givenUp = feeds.flatMap((feed) => (feed === null ? [] : [feed]));
    for (;;) {
      compiled = this.lower(source, givenUp);
      const lost = new Set(lostInputs(compiled.program, feeds));
      if (lost.size === 0) return compiled;
      givenUp = givenUp.filter((i) => !lost.has(i));
    }
  }
}
