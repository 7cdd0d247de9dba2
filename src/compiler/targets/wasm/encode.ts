// The binary format of WebAssembly modules: numbers, sections and functions as bytes.
// Source: WebAssembly Core Specification, chapter 5 (binary format).

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';
const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

export const unsigned = (n: number): number[] => {
  const out: number[] = [];
  let rest = n >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return out;
};

/** The same in five bytes, whatever the number is. */
export const paddedUnsigned = (n: number): number[] =>
  Array.from({ length: 5 }, (_, i) => ((n >>> (7 * i)) & 0x7f) | (i < 4 ? 0x80 : 0));

export const signed = (n: number): number[] => {
  const out: number[] = [];
  let rest = n | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    out.push(done ? low : low | 0x80);
    if (done) return out;
  }
};

const scratch = new DataView(new ArrayBuffer(8));
export const f32Bytes = (x: number): number[] => {
  scratch.setFloat32(0, x, true);
  return [0, 1, 2, 3].map((i) => scratch.getUint8(i));
};
export const f64Bytes = (x: number): number[] => {
  scratch.setFloat64(0, x, true);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => scratch.getUint8(i));
};

const text = (s: string): number[] => {
  // Names are ASCII.
  const bytes = Array.from(s, (c) => c.charCodeAt(0));
  return [...unsigned(bytes.length), ...bytes];
};
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}
/** A place in the code of a function for the number of another one, counted without the imports. */
export interface Reference {
  readonly at: number;
  readonly number: number;
}
export interface FunctionBody {
  readonly signature: Signature;
  /** Locals beyond the parameters. */
  readonly locals: readonly ValueType[];
  readonly code: readonly number[];
  readonly references?: readonly Reference[];
  /** What profilers call it. */
  readonly name: string;
  readonly export?: string;
}
export interface Import {
  readonly name: string;
  readonly signature: Signature;
}

const signatureBytes = ({ parameters, results }: Signature): number[] => [
  0x60,
  ...vector(parameters.map((t) => [typeCodes[t]])),
  ...vector(results.map((t) => [typeCodes[t]])),
];

/** Neighbouring locals of one type are declared together. */
const localBytes = (locals: readonly ValueType[]): number[] => {
  const runs: { count: number; readonly type: ValueType }[] = [];
  for (const type of locals) {
    const last = runs[runs.length - 1];
    if (last?.type === type) last.count++;
    else runs.push({ count: 1, type });
  }
  return vector(runs.map(({ count, type }) => [...unsigned(count), typeCodes[type]]));
};

/** A growing sequence of bytes: spreading large arrays into push would overflow the stack. */
class Bytes {
  private data = new Uint8Array(1024);
  private length = 0;
  append(bytes: ArrayLike<number>): void {
    if (this.length + bytes.length > this.data.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length));
      larger.set(this.data);
      this.data = larger;
    }
    this.data.set(bytes, this.length);
    this.length += bytes.length;
  }
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.length);
  }
}

/** The code of a function in a module of so many imports. */
const linked = ({ code, references = [] }: FunctionBody, imports: number): readonly number[] => {
  if (references.length === 0) return code;
  const out = [...code];
  for (const { at, number } of references) out.splice(at, 5, ...paddedUnsigned(imports + number));
  return out;
};

const page = 65536;
/** Pages of memory as the modules declare it: 4 GiB at most; and the bytes of a page. */
export const memoryPages = { initial: 1, maximum: 65536, bytes: page } as const;

/** A module that imports its memory as `env.memory` and functions as `env.<name>`; functions are numbered with the imports first. */
export const encodeModule = (
  imports: readonly Import[],
  functions: readonly FunctionBody[],
  isShared: boolean,
): Uint8Array<ArrayBuffer> => {
  const signatures: string[] = [];
  const types: number[][] = [];
  const typeOf = (signature: Signature): number => {
    const key = JSON.stringify(signature);
    const known = signatures.indexOf(key);
    if (known >= 0) return known;
    types.push(signatureBytes(signature));
    return signatures.push(key) - 1;
  };
  const memory = [
    ...text('env'),
    ...text('memory'),
    0x02,
    isShared ? 0x03 : 0x01,
    ...unsigned(memoryPages.initial),
    ...unsigned(memoryPages.maximum),
  ];
  const imported = imports.map(({ name, signature }) => [
    ...text('env'),
    ...text(name),
    0x00,
    ...unsigned(typeOf(signature)),
  ]);
  const declared = functions.map(({ signature }) => unsigned(typeOf(signature)));
  const exported = functions.flatMap((f, i) =>
    f.export === undefined ? [] : [[...text(f.export), 0x00, ...unsigned(imports.length + i)]],
  );
  const out = new Bytes();
  const section = (id: number, bytes: ArrayLike<number>): void => {
    out.append([id, ...unsigned(bytes.length)]);
    out.append(bytes);
  };
  out.append([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  section(1, vector(types));
  section(2, vector([memory, ...imported]));
  section(3, vector(declared));
  section(7, vector(exported));
  const code = new Bytes();
  code.append(unsigned(functions.length));
  for (const f of functions) {
    const locals = localBytes(f.locals);
    code.append(unsigned(locals.length + f.code.length + 1));
    code.append(locals);
    code.append(linked(f, imports.length));
    code.append([0x0b]);
  }
  section(10, code.bytes);
  const names = vector(functions.map((f, i) => [...unsigned(imports.length + i), ...text(f.name)]));
  section(0, [...text('name'), 0x01, ...unsigned(names.length), ...names]);
  return out.bytes;
};

export const pagesFor = (bytes: number): number => Math.ceil(bytes / page);
