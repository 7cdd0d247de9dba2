// The code of one function while it is written.
import { f32Bytes, f64Bytes, paddedUnsigned, type Reference, signed, unsigned, type ValueType } from './encode';
import { atomic, type Instruction, plain, saturating, simd } from './opcodes';

const opcodes: Readonly<Record<Instruction, readonly number[]>> = Object.fromEntries([
  ...Object.entries(plain).map(([name, code]) => [name, [code]]),
  ...Object.entries(saturating).map(([name, code]) => [name, [0xfc, ...unsigned(code)]]),
  ...Object.entries(simd).map(([name, code]) => [name, [0xfd, ...unsigned(code)]]),
  ...Object.entries(atomic).map(([name, code]) => [name, [0xfe, ...unsigned(code)]]),
]) as Record<Instruction, readonly number[]>;

const resultCodes = { none: 0x40, i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export class Code {
  readonly bytes: number[] = [];
  readonly locals: ValueType[] = [];
  /** Where the numbers of other kernels' functions are to stand, which depend on what the module imports. */
  readonly references: Reference[] = [];
  constructor(
    readonly parameters: readonly ValueType[],
    /** The functions of the host that a module uses, in the order of their numbers. */
    private readonly imports: string[] = [],
  ) {}

  local(type: ValueType): number {
    return this.parameters.length + this.locals.push(type) - 1;
  }
  typeOf(local: number): ValueType {
    const { parameters, locals } = this;
    return (parameters[local] ?? locals[local - parameters.length]) as ValueType;
  }
  emit(name: Instruction, ...immediates: readonly number[]): this {
    this.bytes.push(...opcodes[name], ...immediates);
    return this;
  }
  get(local: number): this {
    return this.emit('local.get', ...unsigned(local));
  }
  set(local: number): this {
    return this.emit('local.set', ...unsigned(local));
  }
  tee(local: number): this {
    return this.emit('local.tee', ...unsigned(local));
  }
  i32(n: number): this {
    return this.emit('i32.const', ...signed(n));
  }
  /** A number of 64 bits, from one that 32 hold. */
  i64(n: number): this {
    return this.emit('i64.const', ...signed(n));
  }
  f32(x: number): this {
    return this.emit('f32.const', ...f32Bytes(x));
  }
  f64(x: number): this {
    return this.emit('f64.const', ...f64Bytes(x));
  }
  bits(bytes: readonly number[]): this {
    return this.emit('v128.const', ...bytes);
  }
  call(index: number): this {
    return this.emit('call', ...unsigned(index));
  }
  /** Calls one of the module's own functions, counted without the imports. */
  callOwn(number: number): this {
    this.emit('call');
    this.references.push({ at: this.bytes.length, number });
    this.bytes.push(...paddedUnsigned(0));
    return this;
  }
  /** Calls a function of the host, which the module imports from now on. */
  callImport(name: string): this {
    const known = this.imports.indexOf(name);
    return this.call(known >= 0 ? known : this.imports.push(name) - 1);
  }
  /** A load or store at the address on the stack plus `offset`; `lane` for instructions that take one. */
  memory(name: Instruction, offset: number, lane?: number): this {
    return this.emit(name, 0, ...unsigned(offset), ...(lane === undefined ? [] : [lane]));
  }
  /** An atomic access has to state its alignment of four bytes. */
  atomic(name: Instruction, offset: number): this {
    return this.emit(name, 2, ...unsigned(offset));
  }

  block(body: () => void): void {
    this.bytes.push(0x02, resultCodes.none);
    body();
    this.emit('end');
  }
  loop(body: () => void): void {
    this.bytes.push(0x03, resultCodes.none);
    body();
    this.emit('end');
  }
  /** A branch on the condition on the stack. */
  choose(result: keyof typeof resultCodes, then: () => void, otherwise?: () => void): void {
    this.bytes.push(0x04, resultCodes[result]);
    then();
    if (otherwise) {
      this.bytes.push(0x05);
      otherwise();
    }
    this.emit('end');
  }
  /** Repeats the body while the condition, which is put on the stack first, holds. */
  while(condition: () => void, body: () => void): void {
    this.block(() => {
      this.loop(() => {
        condition();
        this.emit('i32.eqz').emit('br_if', 1);
        body();
        this.emit('br', 0);
      });
    });
  }
}
