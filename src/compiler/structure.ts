// Kernels that differ in nothing but their buffers have the same loops: layers of a network, parameters of one shape.
import type { Expr } from '../core/lowering';
import type { Buffer, LoopedKernel, MapKernel, ReduceKernel } from './kernel';

/** Writes kernels as text in which buffers are numbered as they appear. */
class Structure {
  readonly buffers: number[] = [];
  private readonly numbers = new Map<number, number>();
  private readonly parts = new Map<Expr, number>();
  private readonly lines: string[] = [];
  constructor(private readonly hasShapes: boolean) {}

  get text(): string {
    return this.lines.join('\n');
  }
  write(...words: readonly (string | number)[]): void {
    this.lines.push(words.join(' '));
  }
  private number(id: number): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    this.numbers.set(id, this.buffers.length);
    return this.buffers.push(id) - 1;
  }
  buffer({ id, aval }: Buffer): void {
    this.write('buffer', this.number(id), aval.dtype.name, this.hasShapes ? aval.shape.join() : '');
  }
  /** Every part once, after what it is made of; gives its number. */
  expression(e: Expr): number {
    const known = this.parts.get(e);
    if (known !== undefined) return known;
    let line: string;
    if (e.op === 'const') line = `${Object.is(e.value, -0) ? '-0' : e.value}:${e.dtype}`;
    else if (e.op === 'index' || e.op === 'local') line = `${e.op} ${e.name}:${e.dtype}`;
    else if (e.op === 'load') line = `load ${this.number(e.buffer)} ${e.dtype} ${this.expression(e.at)}`;
    else line = `${e.op} ${e.dtype} ${e.args.map((a) => this.expression(a)).join()}`;
    this.parts.set(e, this.parts.size);
    this.lines.push(line);
    return this.parts.size - 1;
  }
  stores(stores: MapKernel['stores']): void {
    for (const { buffer, value } of stores) {
      this.buffer(buffer);
      this.write('value', this.expression(value));
    }
  }
  part(part: MapKernel | ReduceKernel): void {
    this.write(part.kind, this.hasShapes ? part.shape.join() : '');
    if (part.kind === 'map') return this.stores(part.stores);
    this.buffer(part.buffer);
    this.write(part.length, part.lanes, part.combine, part.identity, this.expression(part.term));
  }
}

/** The structure of a kernel; null for those that write their own loops. */
export const structureOf = (kernel: LoopedKernel): Structure | null => {
  const structure = new Structure(true);
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
      structure.part(kernel);
      return structure;
    case 'rows':
      structure.write('rows', kernel.shape.join());
      kernel.parts.forEach((part) => {
        structure.part(part);
      });
      for (const b of kernel.results) structure.buffer(b);
      structure.write('internal');
      for (const b of kernel.internal) structure.buffer(b);
      return structure;
    case 'update':
      structure.write('update', kernel.shape.join());
      structure.buffer(kernel.buffer);
      structure.write('place', structure.expression(kernel.at), structure.expression(kernel.value));
      return structure;
    case 'contract': {
      const { groups, rows, columns, depth, groupStep, rowStep } = kernel;
      structure.write('contract', groups, rows, columns, depth, groupStep, rowStep);
      structure.buffer(kernel.buffer);
      structure.write('sides', structure.expression(kernel.lhs), structure.expression(kernel.rhs));
      structure.stores(kernel.epilogue);
      return structure;
    }
    case 'maps':
    case 'loops':
      return null;
  }
};

/** A map as text that does not tell its size, and the buffers in it as they appear. */
export const formOf = (map: MapKernel): { readonly text: string; readonly buffers: readonly number[] } => {
  const structure = new Structure(false);
  structure.part(map);
  return structure;
};
