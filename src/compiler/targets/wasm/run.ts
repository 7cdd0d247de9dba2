// The kernels of a program one after the other, in as many threads as there are: they meet where one needs what another wrote.
import { sizeOf } from '../../../core/aval';
import { type Buffer, type Kernel, readsOf, writesOf } from '../../kernel';
import type { Code } from './code';
import { layFlow, writeFlow } from './flow';
import { type Layout, rootIn } from './layout';
import { constantOf, storeScalar } from './scalar';

/** The locals of a function that runs a program. */
export interface Frame {
  readonly arena: number;
  readonly scratch: number;
  /** The thread, how many there are, and where they meet. */
  readonly thread: number;
  readonly threads: number;
  readonly sync: number;
  /** Puts the address of an operand or a result on the stack. */
  readonly address: (code: Code, id: number) => void;
}
/** The functions of the module that a program calls. */
export interface Callees {
  readonly kernel: (number: number) => number;
  readonly program: (layout: Layout) => number;
  /** Null where there is one thread. */
  readonly barrier: number | null;
}

/** What a kernel reads and writes, and whether the first thread runs it alone. */
interface Access {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  readonly isAlone: boolean;
}
const meet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((x) => b.has(x));
const mustWait = (before: Access, after: Access): boolean =>
  meet(before.writes, after.reads) || meet(before.writes, after.writes) || meet(before.reads, after.writes);

export class RunCode {
  private since: Access[] = [];
  /** Nanoseconds of work that the threads share. */
  shared = 0;

  constructor(
    readonly code: Code,
    private readonly layout: Layout,
    private readonly frame: Frame,
    private readonly callees: Callees,
  ) {}

  private readonly root = (id: number): number => rootIn(this.layout.compiled)(id);
  address(id: number): void {
    const { code, frame } = this;
    const place = this.layout.placeOf.get(this.root(id));
    if (place === undefined) frame.address(code, this.root(id));
    else code.get(frame.arena).i32(place).emit('i32.add');
  }

  /** Every thread stores the constants that it will read. */
  literals(): void {
    for (const { buffer, value } of this.layout.compiled.program.literals) {
      this.address(buffer.id);
      constantOf(this.code, value, buffer.aval.dtype.name);
      storeScalar(this.code, buffer.aval.dtype.name, 0);
    }
  }

  /** All threads wait for each other. */
  meet(): void {
    const { code, frame } = this;
    const { barrier } = this.callees;
    this.since = [];
    if (barrier === null) return;
    code.get(frame.threads).i32(1).emit('i32.ne');
    code.choose('none', () => code.get(frame.sync).get(frame.thread).get(frame.threads).call(barrier));
  }
  private firstThread(body: () => void): void {
    this.code.get(this.frame.thread).emit('i32.eqz');
    this.code.choose('none', body);
  }

  /** Slots are storage, too: what shares one must not be written before it was read. */
  private storage(id: number): string {
    const slot = this.layout.compiled.memory.slotOf.get(this.root(id));
    return slot === undefined ? `%${this.root(id)}` : `slot ${slot}`;
  }
  private await(access: Access): void {
    if (this.since.some((before) => !(before.isAlone && access.isAlone) && mustWait(before, access))) this.meet();
    this.since.push(access);
  }

  kernel(k: number): void {
    const { compiled, kernels } = this.layout;
    const kernel = compiled.program.kernels[k] as Kernel;
    const written = kernels[k];
    if (!written) return;
    const { isAlone, work, number } = written;
    this.await({
      reads: new Set([...readsOf(kernel)].map((id) => this.storage(id))),
      writes: new Set([
        ...writesOf(kernel).map((b) => this.storage(b.id)),
        ...(kernel.kind === 'control' ? ['control flow'] : []),
      ]),
      isAlone,
    });
    if (!isAlone) this.shared += work.shared;
    const run = (): void => (number === null ? this.flow(k, isAlone) : this.loops(k, number, isAlone));
    if (isAlone) this.firstThread(run);
    else run();
    // All threads have come to the end of control flow.
    if (number === null && !isAlone) this.since = [];
  }

  private who(isAlone: boolean): void {
    const { code, frame } = this;
    if (isAlone) code.i32(0).i32(1);
    else code.get(frame.thread).get(frame.threads);
  }
  private loops(k: number, number: number, isAlone: boolean): void {
    const { code, frame, layout } = this;
    for (const { buffers, extent } of layout.compiled.scheduled[k]?.calls ?? []) {
      for (const id of buffers) this.address(id);
      code.get(frame.scratch);
      this.who(isAlone);
      if (extent !== undefined) code.i32(extent);
      code.call(this.callees.kernel(number));
    }
  }

  private flow(k: number, isAlone: boolean): void {
    const { code, frame, layout, callees } = this;
    const kernel = layout.compiled.program.kernels[k] as Kernel;
    if (kernel.kind !== 'control') return;
    const memory = (offset: number): void => {
      code
        .get(frame.arena)
        .i32(layout.flowAt + offset)
        .emit('i32.add');
    };
    const arenaAt = layFlow(kernel.flow).bytes;
    writeFlow(
      {
        code,
        operand: (i) => this.address((kernel.inputs[i] as Buffer).id),
        result: (i) => this.address((kernel.outputs[i] as Buffer).id),
        memory,
        run: (program, operands, results) => {
          memory(arenaAt);
          code.get(frame.scratch);
          this.who(isAlone);
          code.get(frame.sync);
          for (const push of [...operands, ...results]) push();
          code.call(callees.program((layout.inner[k] as readonly Layout[])[program] as Layout));
        },
        alone: (body) => {
          if (isAlone) return body();
          this.firstThread(body);
          this.meet();
        },
      },
      kernel.flow,
    );
  }

  /** Results that are operands, or other results: nothing has written them. */
  copies(sources: readonly (number | null)[], result: (k: number) => void): void {
    const { code, layout } = this;
    if (sources.every((s) => s === null)) return;
    this.meet();
    this.firstThread(() => {
      sources.forEach((source, k) => {
        if (source === null) return;
        const { shape, dtype } = (layout.compiled.program.outputs[k] as Buffer).aval;
        result(k);
        this.address(source);
        code.i32(sizeOf(shape) * dtype.bytes).emit('memory.copy', 0, 0);
      });
    });
  }
}
