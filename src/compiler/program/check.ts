// Program IR checker: abstract interpretation of regions. It sees names, types and bounds that do not fit, values that are read before they
// are written or after something else was stored in their memory, and races of threads.
import { ProgramError } from '../../core/errors';
import { regionsOf, writtenParameters } from './access';
import {
  alignment,
  allInstructions,
  bytesOf,
  type Carry,
  type Instruction,
  mainOf,
  type Procedure,
  type Program,
  type Region,
} from './ir';
import { type Access, conflict, type Interval } from './share';
import { showProgram } from './show';

/** Where a region is: a part of a parameter or of an allocation, which is known by its own number. */
interface Location extends Interval {
  readonly base: number;
}
const arena = -1;
const overlaps = (a: Interval, b: Interval): boolean => a.space === b.space && a.start < b.end && b.start < a.end;
/** Iterations after which those of a loop repeat themselves: the buffers of a carry take turns. */
const enough = 3;

class ProcedureChecker {
  private locations = new Map<number, Location>();
  /** The parameters and allocations that hold what was written to them. */
  private intact = new Set<number>();
  /** What threads did since they last waited for each other. */
  private since: Access[] = [];
  private readonly constants: Location[] = [];
  private isAlone = false;

  constructor(
    private readonly program: Program,
    private readonly number: number,
    private readonly written: readonly ReadonlySet<number>[],
    private readonly isThreaded: boolean,
  ) {}

  private get procedure(): Procedure {
    return this.program.procedures[this.number] as Procedure;
  }
  private fail(why: string): never {
    throw new ProgramError(`checkProgram: ${why} in ${this.procedure.name} of\n${showProgram(this.program)}`);
  }

  check(): void {
    const { parameters, operands, body } = this.procedure;
    parameters.forEach((region, i) => {
      this.define(region, { base: region.id, space: i, start: 0, end: bytesOf(region) });
      if (i < operands) this.intact.add(region.id);
    });
    this.block(body);
    for (const region of parameters) this.read(region, 'a result');
    const isCalled = this.number < this.program.procedures.length - 1;
    if (this.isThreaded && isCalled && body[body.length - 1]?.op !== 'barrier')
      this.fail('threads do not wait for each other at the end');
  }

  private define(region: Region, location: Location): void {
    if (this.locations.has(region.id)) this.fail(`%${region.id} is defined twice`);
    this.locations.set(region.id, location);
  }
  private locate({ id, dtype, size }: Region): Location {
    const found = this.locations.get(id);
    if (found === undefined) return this.fail(`%${id} is used and not defined before`);
    if (found.end - found.start !== size * dtype.bytes) this.fail(`%${id} is not of the size that it was defined with`);
    return found;
  }
  private read(region: Region, what: string): void {
    const { base, start, end } = this.locate(region);
    if (start < end && !this.intact.has(base))
      this.fail(`${what} reads %${region.id}, which was not written, or in whose memory something else was stored`);
  }
  /** What lies in the memory that is written, and does not belong to the value, is lost. */
  private lose(interval: Interval, base: number | null): void {
    for (const other of [...this.intact]) {
      const location = this.locations.get(other) as Location;
      if (other !== base && overlaps(location, interval)) this.intact.delete(other);
    }
  }
  private write(region: Region): void {
    const location = this.locate(region);
    this.lose(location, location.base);
    this.intact.add(location.base);
  }
  private access(reads: readonly Interval[], writes: readonly Interval[]): void {
    if (writes.some((w) => this.constants.some((c) => overlaps(c, w))))
      this.fail('a constant, which every thread stores when it comes to it, is overwritten');
    if (!this.isThreaded) return;
    const access = { reads, writes, isAlone: this.isAlone };
    if (this.since.some((before) => conflict(before, access)))
      this.fail('threads do not wait between two instructions of which one writes what the other one reads or writes');
    this.since.push(access);
  }
  private sameType(a: Region, b: Region, what: string): void {
    if (a.dtype.name !== b.dtype.name || a.size !== b.size)
      this.fail(`${what}: %${a.id} is ${a.dtype.name}[${a.size}], %${b.id} is ${b.dtype.name}[${b.size}]`);
  }

  private block(body: readonly Instruction[]): void {
    for (const instruction of body) this.instruction(instruction);
  }
  private instruction(i: Instruction): void {
    switch (i.op) {
      case 'allocate': {
        const end = i.offset + bytesOf(i.region);
        if (i.offset < 0 || i.offset % alignment !== 0 || end > this.procedure.arena)
          this.fail(`%${i.region.id} does not lie in the arena`);
        return this.define(i.region, { base: i.region.id, space: arena, start: i.offset, end });
      }
      case 'constant': {
        const location = this.locate(i.region);
        this.lose(location, location.base);
        this.intact.add(location.base);
        this.constants.push(location);
        return;
      }
      case 'kernel':
        this.kernel(i);
        return;
      case 'call':
        return this.call(i);
      case 'loop': {
        if (!Number.isInteger(i.count) || i.count < 1) this.fail(`a loop runs ${i.count} times`);
        for (const { region, of, start, step } of i.cursors) {
          const last = start + (i.count - 1) * step;
          const isInside = Math.min(start, last) >= 0 && Math.max(start, last) + region.size <= of.size;
          if (!isInside || region.dtype.name !== of.dtype.name) this.fail(`%${region.id} leaves %${of.id}`);
        }
        return this.repeat(i.carries, Math.min(i.count, enough), (n) => {
          for (const { region, of, start, step } of i.cursors) {
            const { base, space, start: from } = this.locate(of);
            const at = from + (start + n * step) * region.dtype.bytes;
            this.locations.set(region.id, { base, space, start: at, end: at + bytesOf(region) });
          }
          this.block(i.body);
          return true;
        });
      }
      case 'while':
        if (i.flag.dtype.name !== 'bool' || i.flag.size !== 1) this.fail('the flag of a while is no bool');
        return this.repeat(i.carries, enough, (n) => {
          this.block(i.condition);
          this.own(i);
          if (n === enough - 1) return false;
          this.block(i.body);
          return true;
        });
      case 'branch': {
        if (i.branches.length === 0 || i.index.dtype.name !== 'i32') this.fail('a branch has no index or no branches');
        this.own(i);
        const [before, since] = [this.intact, this.since];
        const ends = i.branches.map((body) => {
          [this.intact, this.since] = [new Set(before), [...since]];
          this.block(body);
          return [this.intact, this.since] as const;
        });
        this.intact = new Set([...(ends[0]?.[0] ?? [])].filter((id) => ends.every(([intact]) => intact.has(id))));
        this.since = ends.flatMap(([, after]) => after);
        return;
      }
      case 'copy':
        this.sameType(i.from, i.to, 'a copy');
        return this.own(i);
      case 'barrier':
        if (this.isAlone) this.fail('a thread that is alone waits for others');
        this.since = [];
        return;
      case 'alone':
        if (this.isAlone) this.fail('a thread is alone twice');
        this.isAlone = true;
        this.block(i.body);
        this.isAlone = false;
        return;
      case 'host':
        if (mainOf(this.program) !== this.procedure || !this.procedure.body.includes(i))
          this.fail('the host is called inside of a loop or a procedure');
        if (this.since.length > 0) this.fail('the host is called before all threads have come so far');
        this.own(i);
        this.since = [];
    }
  }

  /** What an instruction itself reads and writes. */
  private own(i: Instruction): void {
    const { reads, writes } = regionsOf(i, this.program, this.written);
    for (const region of reads) this.read(region, `the instruction ${i.op}`);
    this.access(
      reads.map((r) => this.locate(r)),
      writes.map((r) => this.locate(r)),
    );
    for (const region of writes) this.write(region);
  }
  private kernel(i: Extract<Instruction, { readonly op: 'kernel' }>): void {
    const kernel = this.program.kernels[i.kernel];
    if (kernel === undefined) return this.fail(`there is no kernel ${i.kernel}`);
    const { arrays, takesExtent } = kernel.loops;
    const fits = arrays.length === i.regions.length && arrays.every((d, a) => i.regions[a]?.dtype.name === d);
    if (!fits) this.fail(`the regions are not the arrays of kernel ${i.kernel}`);
    if ((takesExtent === true) !== (i.extent !== undefined))
      this.fail(`kernel ${i.kernel} and its call differ on the extent`);
    const { reads, writes } = regionsOf(i, this.program, this.written);
    // An element may be written where another one was read, if they are the same element.
    for (const [w, r] of writes.flatMap((x) =>
      [...reads, ...writes].map((y) => [this.locate(x), this.locate(y)] as const),
    ))
      if (w.base !== r.base && overlaps(w, r) && w.start !== r.start)
        this.fail(`kernel ${i.kernel} overwrites what it reads`);
    this.own(i);
  }
  private call(i: Extract<Instruction, { readonly op: 'call' }>): void {
    if (i.procedure < 0 || i.procedure >= this.number)
      return this.fail(`there is no procedure ${i.procedure} before this one`);
    const callee = this.program.procedures[i.procedure] as Procedure;
    if (callee.parameters.length !== i.regions.length) this.fail(`${callee.name} takes other parameters`);
    callee.parameters.forEach((p, k) => {
      this.sameType(p, i.regions[k] as Region, `parameter ${k} of ${callee.name}`);
    });
    const own: Interval = { space: arena, start: i.arena, end: i.arena + callee.arena };
    if (i.arena < 0 || i.arena % alignment !== 0 || own.end > this.procedure.arena)
      this.fail(`the arena of ${callee.name} does not lie in the caller's`);
    const places = i.regions.map((r) => this.locate(r));
    const isWritten = (k: number): boolean => this.written[i.procedure]?.has(k) === true;
    if (places.some((p) => overlaps(p, own))) this.fail(`a parameter of ${callee.name} lies in its arena`);
    if (places.some((p, k) => isWritten(k) && places.some((q, j) => j !== k && overlaps(p, q))))
      this.fail(`${callee.name} writes a parameter that lies where another one does`);
    for (const region of i.regions.slice(0, callee.operands)) this.read(region, `the call of ${callee.name}`);
    const { writes } = regionsOf(i, this.program, this.written);
    this.access(places.slice(0, callee.operands), [...writes.map((r) => this.locate(r)), own]);
    this.lose(own, null);
    for (const region of writes) this.write(region);
    // All threads come to the end of a procedure.
    if (!this.isAlone) this.since = [];
  }

  /** Runs iterations until one is the last, with what is carried between them. */
  private repeat(carries: readonly Carry[], count: number, iteration: (n: number) => boolean): void {
    for (const { current, next, from, buffers } of carries) {
      for (const region of [next, from, ...buffers]) this.sameType(current, region, 'what is carried');
      const [first, second] = buffers.map((b) => this.locate(b));
      if (first && second && overlaps(first, second)) this.fail(`the buffers of %${current.id} overlap`);
    }
    for (let n = 0; n < count; n++) {
      for (const { current, next, from, buffers } of carries) {
        this.locations.set(current.id, this.locate(n === 0 ? from : (buffers[(n + 1) % 2] as Region)));
        this.locations.set(next.id, this.locate(buffers[n % 2] as Region));
      }
      if (!iteration(n)) return;
    }
    for (const { current, buffers } of carries)
      this.locations.set(current.id, this.locate(buffers[(count + 1) % 2] as Region));
  }
}

/**
 * Checks a program: whether every region is defined once and before its use, fits what is done with it, lies in its arena, and holds what
 * was written to it when it is read; where `isThreaded`, whether threads wait for each other where they must.
 *
 * @throws ProgramError naming the region and the procedure
 */
export const checkProgram = (program: Program, isThreaded: boolean): void => {
  const { procedures, outputs } = program;
  const main = mainOf(program);
  const calls = procedures.flatMap((p, n) => allInstructions(p.body).map((i) => [i, n] as const));
  const isForward = calls.some(([i, n]) => i.op === 'call' && !(i.procedure >= 0 && i.procedure < n));
  if (main === undefined || isForward)
    throw new ProgramError('checkProgram: a procedure is called that comes later, or is not there');
  if (calls.some(([i]) => i.op === 'kernel' && program.kernels[i.kernel] === undefined))
    throw new ProgramError('checkProgram: a kernel is called that is not there');
  const written = writtenParameters(program);
  procedures.forEach((_, n) => {
    new ProcedureChecker(program, n, written, isThreaded).check();
  });
  if (outputs.some((i) => main.parameters[i] === undefined))
    throw new ProgramError('checkProgram: a result is none of the parameters');
};
