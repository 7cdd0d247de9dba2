// Procedures of Program IR as code of WebAssembly functions: regions are addresses.
import { bytesOf, type Carry, type Cursor, type Instruction, type Procedure, type Region } from '../../program/ir';
import type { Code } from './code';
import { constantOf, storeScalar } from './scalar';

/** The locals of a function that runs a procedure. */
export interface Frame {
  readonly arena: number;
  readonly scratch: number;
  /** The thread, how many there are, and where they meet. */
  readonly thread: number;
  readonly threads: number;
  readonly sync: number;
}
/** The functions of the module that a procedure calls. */
export interface Callees {
  readonly kernel: (number: number) => number;
  readonly procedure: (number: number) => number;
  /** Null where there is one thread. */
  readonly barrier: number | null;
}
/** Puts an address on the stack. */
type Push = () => void;

export class ProcedureCode {
  private readonly addresses = new Map<number, Push>();
  /** Whether the first thread alone runs what is written now. */
  private isAlone = false;

  constructor(
    readonly code: Code,
    private readonly frame: Frame,
    private readonly callees: Callees,
    parameters: Procedure['parameters'],
    parameter: (code: Code, i: number) => void,
  ) {
    parameters.forEach(({ id }, i) => {
      this.addresses.set(id, () => parameter(code, i));
    });
  }

  private allocate({ id }: Region, offset: number): void {
    this.addresses.set(id, () => {
      this.code.get(this.frame.arena).i32(offset).emit('i32.add');
    });
  }
  private address({ id }: Region): void {
    (this.addresses.get(id) as Push)();
  }
  private named({ id }: Region, local: number): void {
    this.addresses.set(id, () => {
      this.code.get(local);
    });
  }
  /** A local with the address that is put on the stack now. */
  private local(): number {
    const local = this.code.local('i32');
    this.code.set(local);
    return local;
  }

  write(body: readonly Instruction[]): void {
    for (const instruction of body) this.instruction(instruction);
  }
  private instruction(i: Instruction): void {
    const { code, frame, callees } = this;
    switch (i.op) {
      case 'allocate':
        return this.allocate(i.region, i.offset);
      case 'constant': {
        const { dtype, size } = i.region;
        for (let e = 0; e < size; e++) {
          this.address(i.region);
          constantOf(code, i.value, dtype.name);
          storeScalar(code, dtype.name, e * dtype.bytes);
        }
        return;
      }
      case 'kernel':
        for (const region of i.regions) this.address(region);
        code.get(frame.scratch);
        this.who();
        if (i.extent !== undefined) code.i32(i.extent);
        code.call(callees.kernel(i.kernel));
        return;
      case 'call':
        code.get(frame.arena).i32(i.arena).emit('i32.add').get(frame.scratch);
        this.who();
        code.get(frame.sync);
        for (const region of i.regions) this.address(region);
        code.call(callees.procedure(i.procedure));
        return;
      case 'loop':
        return this.loop(i.count, i.carries, i.cursors, i.body);
      case 'while':
        return this.whileLoop(i.condition, i.flag, i.carries, i.body);
      case 'branch':
        return this.branch(i.index, i.branches);
      case 'copy':
        return this.copy(i.from, i.to);
      case 'barrier':
        if (callees.barrier === null) return;
        code.get(frame.threads).i32(1).emit('i32.ne');
        code.choose('none', () => this.barrier(callees.barrier as number));
        return;
      case 'alone':
        code.get(frame.thread).emit('i32.eqz');
        this.isAlone = true;
        code.choose('none', () => this.write(i.body));
        this.isAlone = false;
        return;
      case 'host':
        throw new TypeError('internal: a call of the host inside a procedure');
    }
  }

  private barrier(number: number): void {
    const { code, frame } = this;
    code.get(frame.sync).get(frame.thread).get(frame.threads).call(number);
  }
  private who(): void {
    const { code, frame } = this;
    if (this.isAlone) code.i32(0).i32(1);
    else code.get(frame.thread).get(frame.threads);
  }
  /** A value that was carried may be in its place already. */
  private copy(from: Region, to: Region): void {
    const { code } = this;
    const move = (): void => {
      this.address(to);
      this.address(from);
      code.i32(bytesOf(to)).emit('memory.copy', 0, 0);
    };
    this.address(to);
    this.address(from);
    code.emit('i32.ne');
    code.choose('none', move);
  }

  /** The sum of the addresses of both buffers less the one is the other. */
  private carry({ current, next, from, buffers: [first, second] }: Carry): () => void {
    const { code } = this;
    this.address(first);
    const nextAt = this.local();
    this.address(from);
    const currentAt = this.local();
    this.address(first);
    this.address(second);
    code.emit('i32.add');
    const sum = this.local();
    this.named(current, currentAt);
    this.named(next, nextAt);
    return () => {
      code.get(nextAt).set(currentAt).get(sum).get(currentAt).emit('i32.sub').set(nextAt);
    };
  }
  private cursor({ region, of, start, step }: Cursor): () => void {
    const { code } = this;
    const { bytes } = region.dtype;
    this.address(of);
    if (start !== 0) code.i32(start * bytes).emit('i32.add');
    const local = this.local();
    this.named(region, local);
    return () => {
      if (step !== 0)
        code
          .get(local)
          .i32(step * bytes)
          .emit('i32.add')
          .set(local);
    };
  }
  private loop(
    count: number,
    carries: readonly Carry[],
    cursors: readonly Cursor[],
    body: readonly Instruction[],
  ): void {
    const { code } = this;
    const moves = [...carries.map((c) => this.carry(c)), ...cursors.map((c) => this.cursor(c))];
    const left = code.local('i32');
    code.i32(count).set(left);
    code.loop(() => {
      this.write(body);
      for (const move of moves) move();
      code.get(left).i32(1).emit('i32.sub').tee(left).emit('br_if', 0);
    });
  }
  private whileLoop(
    condition: readonly Instruction[],
    flag: Region,
    carries: readonly Carry[],
    body: readonly Instruction[],
  ): void {
    const { code } = this;
    const moves = carries.map((c) => this.carry(c));
    code.while(
      () => {
        this.write(condition);
        this.address(flag);
        code.memory('i32.load8_u', 0);
      },
      () => {
        this.write(body);
        for (const move of moves) move();
      },
    );
  }
  private branch(index: Region, branches: readonly (readonly Instruction[])[]): void {
    const { code } = this;
    this.address(index);
    code.memory('i32.load', 0);
    const which = this.local();
    const from = (b: number): void => {
      const body = branches[b] as readonly Instruction[];
      if (b === branches.length - 1) return this.write(body);
      code.get(which).i32(b).emit('i32.le_s');
      code.choose(
        'none',
        () => this.write(body),
        () => from(b + 1),
      );
    };
    from(0);
  }
}
