// The arrays of a kernel, numbered in order of appearance, so that kernels of one structure have one text.
import type { DTypeName } from '../core/dtype';
import type { Expr } from '../core/lowering';
import type { Loop } from './collapse';
import type { Interner } from './indexing';
import { axisName } from './kernel';
import type { LoopFunction } from './loop';
import { rewriteExpr } from './rewrite';

/** The buffers that the arrays of loops are, and the number of elements where the loops take it. */
export interface Call {
  readonly buffers: readonly number[];
  readonly extent?: number;
}
/** A kernel's loops, and what they are called with. */
export interface Scheduled {
  readonly loops: LoopFunction;
  readonly calls: readonly Call[];
}

export class Arrays {
  readonly buffers: number[] = [];
  readonly dtypes: DTypeName[] = [];
  constructor(private readonly interner: Interner) {}

  number(buffer: number, dtype: DTypeName): number {
    const known = this.buffers.indexOf(buffer);
    if (known >= 0) return known;
    this.buffers.push(buffer);
    this.dtypes.push(dtype);
    return this.buffers.length - 1;
  }
  /** The expression with loads from numbered arrays. */
  renumber(e: Expr): Expr {
    const visit = rewriteExpr((x) =>
      x.op === 'load' ? { ...x, buffer: this.number(x.buffer, x.dtype), at: visit(x.at) } : undefined,
    );
    return this.interner.intern(visit(e));
  }
}

export const loopsOf = (shape: readonly number[]): readonly Loop[] =>
  shape.map((extent, d) => ({ name: axisName(d), extent }));
export const variable = (name: string): Expr => ({ op: 'index', dtype: 'i32', name });
