// Accumulation of a reduction's terms: blocks and the binary counter of partial results, as `primitives/summation` lays down.
import type { DTypeName } from '../core/dtype';
import { apply, constant, type Expr } from '../core/lowering';
import { blockLength } from '../primitives/summation';
import type { Loop } from './collapse';
import type { Interner } from './indexing';
import { type ReduceKernel, termName } from './kernel';
import type { Statement } from './loop';
import type { Names } from './place';

/** Pending partial results of the binary counter: one for each power of two. */
const levels = 32;
const at = (n: number): Expr => constant(n, 'i32');

/** A reduction as its loops are written: where each result is stored, and the value of a term. */
export interface Written {
  readonly interner: Interner;
  readonly reduction: Reduction;
  readonly target: number;
  readonly loops: readonly Loop[];
  readonly store: Expr;
  readonly value: Expr;
}

/** The combination of a reduction's terms. Sums of many blocks need scratch memory. */
export class Reduction {
  readonly dtype: DTypeName;
  scratch: readonly { readonly dtype: DTypeName; readonly size: number }[] = [];
  constructor(
    readonly kernel: ReduceKernel,
    readonly names: Names,
    /** The number of its scratch array. */
    readonly pending: number,
  ) {
    this.dtype = kernel.buffer.aval.dtype.name;
  }
  /** Scratch memory for the binary counter of `width` results at once. */
  reserve(width: number): void {
    this.scratch = [{ dtype: this.dtype, size: levels * width }];
  }

  combined(a: Expr, b: Expr): Expr {
    return apply(this.kernel.combine, this.dtype, a, b);
  }
  private local(name: string, dtype = this.dtype): Expr {
    return { op: 'local', dtype, name };
  }

  /** Emits the combination of all terms; gives the expression of the result. */
  total(lets: readonly Statement[], value: Expr, out: Statement[]): Expr {
    const { length, lanes } = this.kernel;
    const block = lanes * blockLength;
    if (length <= block) return this.block(lets, value, at(0), length, out);
    this.reserve(1);
    const [top, count, part, start, bits, sum, once] = Array.from({ length: 7 }, () => this.names.next()) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const full = Math.floor(length / block);
    const i32 = (name: string): Expr => this.local(name, 'i32');
    const pending = (e: Expr): Expr => ({ op: 'load', dtype: this.dtype, buffer: this.pending, at: e });
    const push = (statements: Statement[], block: Expr): void => {
      statements.push(
        { kind: 'var', name: part, value: block },
        { kind: 'set', name: count, value: apply('add', 'i32', i32(count), at(1)) },
        { kind: 'var', name: bits, value: i32(count) },
      );
      statements.push({
        kind: 'while',
        condition: apply('eq', 'bool', apply('and', 'i32', i32(bits), at(1)), at(0)),
        body: [
          { kind: 'set', name: top, value: apply('sub', 'i32', i32(top), at(1)) },
          { kind: 'set', name: part, value: this.combined(pending(i32(top)), this.local(part)) },
          { kind: 'set', name: bits, value: apply('shiftRightLogical', 'i32', i32(bits), at(1)) },
        ],
      });
      statements.push(
        { kind: 'store', array: this.pending, at: i32(top), value: this.local(part) },
        { kind: 'set', name: top, value: apply('add', 'i32', i32(top), at(1)) },
      );
    };
    out.push({ kind: 'var', name: top, value: at(0) }, { kind: 'var', name: count, value: at(0) });
    const body: Statement[] = [];
    push(body, this.block(lets, value, { op: 'index', dtype: 'i32', name: start }, block, body));
    out.push({ kind: 'for', name: start, from: at(0), to: at(full * block), step: block, body, independent: false });
    if (length > full * block) {
      const tail: Statement[] = [];
      push(tail, this.block(lets, value, at(full * block), length - full * block, tail));
      // A block of statements of its own, so that its names do not meet those of the others.
      out.push({ kind: 'for', name: once, from: at(0), to: at(1), step: 1, body: tail, independent: false });
    }
    out.push(
      { kind: 'set', name: top, value: apply('sub', 'i32', i32(top), at(1)) },
      { kind: 'var', name: sum, value: pending(i32(top)) },
      {
        kind: 'while',
        condition: apply('gt', 'bool', i32(top), at(0)),
        body: [
          { kind: 'set', name: top, value: apply('sub', 'i32', i32(top), at(1)) },
          { kind: 'set', name: sum, value: this.combined(pending(i32(top)), this.local(sum)) },
        ],
      },
    );
    return this.local(sum);
  }

  /** The terms from `start` on, `length` of them, lane by lane. */
  private block(lets: readonly Statement[], value: Expr, start: Expr, length: number, out: Statement[]): Expr {
    const { combine, identity, lanes } = this.kernel;
    const { dtype } = this;
    const name = this.names.next();
    out.push({ kind: 'fold', name, dtype, lanes, combine, identity, variable: termName, start, length, lets, value });
    return this.local(name);
  }
}
