// Loop IR: loops, scalar expressions, loads and stores. It knows no target.
import type { DTypeName } from '../core/dtype';
import type { Expr, ScalarOp } from '../core/lowering';

export type Statement =
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly from: Expr;
      readonly to: Expr;
      readonly step: number;
      readonly body: readonly Statement[];
      /** Whether the iterations may run in any order, or at once. */
      readonly independent: boolean;
      /** Whether threads share the iterations; they run everything outside of such loops each, and it writes to scratch only. */
      readonly parallel?: boolean;
    }
  | { readonly kind: 'while'; readonly condition: Expr; readonly body: readonly Statement[] }
  /** A value that does not change. */
  | { readonly kind: 'let'; readonly name: string; readonly value: Expr }
  /** An accumulator, and what it becomes. */
  | { readonly kind: 'var'; readonly name: string; readonly value: Expr }
  | { readonly kind: 'set'; readonly name: string; readonly value: Expr }
  | Fold
  | Product
  | { readonly kind: 'store'; readonly array: number; readonly at: Expr; readonly value: Expr };

/**
 * The value for `length` neighbouring values of a variable from `start` on, combined: the one at distance i goes to lane i mod `lanes`,
 * in order; then the lanes are folded in halves.
 */
export interface Fold {
  readonly kind: 'fold';
  readonly name: string;
  readonly dtype: DTypeName;
  readonly lanes: number;
  readonly combine: ScalarOp;
  readonly identity: number;
  readonly variable: string;
  readonly start: Expr;
  readonly length: number;
  readonly lets: readonly Statement[];
  readonly value: Expr;
}

/**
 * target[row, column] = Σ left[row, term] · right[term, column] for a tile of results, terms in order, added to what is there if
 * `accumulate`. Columns of the right side lie next to each other, and may be read up to 64 bytes beyond the last one, or else its terms do.
 * The sums of one row start from those of earlier terms where `from` has them, whole vectors of them. Only here may a target fuse a
 * multiplication with an addition.
 */
export interface Product {
  readonly kind: 'product';
  readonly dtype: DTypeName;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly left: { readonly array: number; readonly at: Expr; readonly rowStep: number; readonly termStep: number };
  readonly right: { readonly array: number; readonly at: Expr; readonly termStep: number; readonly columnStep: number };
  readonly from?: { readonly array: number; readonly at: Expr };
  readonly target: { readonly array: number; readonly at: Expr; readonly rowStep: number; readonly columnStep: number };
  readonly accumulate: boolean;
}

/** One kernel as a function of arrays: `arrays` in order of their numbers, then scratch that only it uses, which starts as zeros. */
export interface LoopFunction {
  readonly arrays: readonly DTypeName[];
  readonly scratch: readonly { readonly dtype: DTypeName; readonly size: number }[];
  /** Whether it is given the number of elements, as the local `extent`. */
  readonly takesExtent?: boolean;
  readonly body: readonly Statement[];
}

/** The local with the number of elements of a function that takes it. */
export const extentName = 'extent';

const showNumber = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));

export const showExpr = (e: Expr): string => {
  switch (e.op) {
    case 'const':
      return showNumber(e.value);
    case 'index':
    case 'local':
      return e.name;
    case 'load':
      return `%${e.buffer}[${showExpr(e.at)}]`;
    default:
      return `${e.op}.${e.dtype}(${e.args.map(showExpr).join(', ')})`;
  }
};

/** Loop IR as text. */
export const showLoops = (f: LoopFunction): string => {
  const line = (s: Statement, indent: string): string => {
    switch (s.kind) {
      case 'for':
        return [
          `${indent}for ${s.name} = ${showExpr(s.from)} to ${showExpr(s.to)} step ${s.step}${s.independent ? ' independent' : ''}${s.parallel ? ' parallel' : ''}`,
          ...s.body.map((b) => line(b, `${indent}  `)),
        ].join('\n');
      case 'while':
        return [`${indent}while ${showExpr(s.condition)}`, ...s.body.map((b) => line(b, `${indent}  `))].join('\n');
      case 'fold':
        return [
          `${indent}fold ${s.name} = ${s.combine} in ${s.lanes} lanes from ${s.identity}, ${s.variable} = ${showExpr(s.start)} for ${s.length}`,
          ...s.lets.map((b) => line(b, `${indent}  `)),
          `${indent}  ${showExpr(s.value)}`,
        ].join('\n');
      case 'product': {
        const { left, right, target, from } = s;
        const start = from === undefined ? '' : `%${from.array}[${showExpr(from.at)}] + `;
        const sign = s.accumulate ? '+=' : ':=';
        return (
          `${indent}product ${s.rows} x ${s.columns} x ${s.depth} %${target.array}[${showExpr(target.at)}; ${target.rowStep}, ${target.columnStep}] ${sign} ${start}` +
          `%${left.array}[${showExpr(left.at)}; ${left.rowStep}, ${left.termStep}] %${right.array}[${showExpr(right.at)}; ${right.termStep}, ${right.columnStep}]`
        );
      }
      case 'store':
        return `${indent}%${s.array}[${showExpr(s.at)}] := ${showExpr(s.value)}`;
      default:
        return `${indent}${s.kind} ${s.name} = ${showExpr(s.value)}`;
    }
  };
  const arrays = f.arrays.map((d, i) => `%${i}:${d}`);
  const scratch = f.scratch.map(({ dtype, size }, i) => `%${f.arrays.length + i}:${dtype}[${size}]`);
  return [
    `(${[...arrays, ...(f.takesExtent ? [extentName] : [])].join(', ')})${scratch.length ? ` scratch ${scratch.join(', ')}` : ''}`,
    ...f.body.map((s) => line(s, '  ')),
  ].join('\n');
};
