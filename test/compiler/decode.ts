// The instructions of a WebAssembly module, read independently of the encoder. Source: WebAssembly Core Specification, chapter 5.

class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
    private readonly end = bytes.length,
  ) {}
  get isAtEnd(): boolean {
    return this.at >= this.end;
  }
  byte(): number {
    if (this.isAtEnd) throw new RangeError(`the module ends at ${this.at}`);
    return this.bytes[this.at++] as number;
  }
  /** A number in LEB128; of a signed one only the length matters here. */
  number(): number {
    let [value, shift] = [0, 0];
    for (;;) {
      const b = this.byte();
      value += (b & 0x7f) * 2 ** shift;
      shift += 7;
      if (b < 0x80) return value;
    }
  }
  skip(count: number): void {
    this.at += count;
  }
  part(length: number): Reader {
    const part = new Reader(this.bytes, this.at, this.at + length);
    this.at += length;
    return part;
  }
}

export interface Decoded {
  /** The first byte of every instruction: 0xfd stands before those of vectors. */
  readonly instructions: ReadonlySet<number>;
  /** Types of parameters, results and locals. */
  readonly types: ReadonlySet<number>;
}

/** Numbers in LEB128 that follow an instruction; null for one that is not known here. */
const immediates = (opcode: number): number | null => {
  if (opcode >= 0x28 && opcode <= 0x3e) return 2;
  if (opcode >= 0x45 && opcode <= 0xc4) return 0;
  switch (opcode) {
    case 0x00: // unreachable
    case 0x05: // else
    case 0x0b: // end
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
      return 0;
    case 0x02: // block, loop, if: their type
    case 0x03:
    case 0x04:
    case 0x0c: // br, br_if, call
    case 0x0d:
    case 0x10:
    case 0x20: // local.get, local.set, local.tee
    case 0x21:
    case 0x22:
    case 0x41: // i32.const, i64.const
    case 0x42:
    case 0xfc: // conversions that saturate
      return 1;
    case 0xfe: // atomic accesses: which one, alignment, offset
      return 3;
    default:
      return null;
  }
};

/** Walks through a module; a vector instruction ends the walk of its function. */
export const decode = (module: Uint8Array): Decoded => {
  const [instructions, types] = [new Set<number>(), new Set<number>()];
  const reader = new Reader(module, 8);
  const walk = (body: Reader): void => {
    for (let groups = body.number(); groups > 0; groups--) {
      body.number();
      types.add(body.byte());
    }
    while (!body.isAtEnd) {
      const opcode = body.byte();
      instructions.add(opcode);
      if (opcode === 0xfd) return;
      if (opcode === 0x43) body.skip(4);
      else if (opcode === 0x44) body.skip(8);
      else {
        const count = immediates(opcode);
        if (count === null) throw new RangeError(`instruction 0x${opcode.toString(16)} at ${body.at - 1}`);
        for (let i = 0; i < count; i++) body.number();
      }
    }
  };
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const section = reader.part(reader.number());
    if (id === 1)
      for (let n = section.number(); n > 0; n--) {
        section.byte();
        for (const _ of ['parameters', 'results'])
          for (let count = section.number(); count > 0; count--) types.add(section.byte());
      }
    if (id === 10) for (let n = section.number(); n > 0; n--) walk(section.part(section.number()));
  }
  return { instructions, types };
};
