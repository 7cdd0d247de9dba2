// Loops of a contraction for vector units: tiles of results stay in registers while panels of both sides pass by. Sums run over blocks
// of the depth, in order within a block and block after block, whatever the sizes of the other dimensions are.
import { sizeOf } from '../core/aval';
import type { DTypeName } from '../core/dtype';
import { constant, type Expr, index } from '../core/lowering';
import { Arrays, type Scheduled, variable } from './arrays';
import { Interner } from './indexing';
import { axisName, type ContractKernel } from './kernel';
import type { Product, Statement } from './loop';
import { Packing, runsAlongLines, type Side, sideOf, substituted } from './packing';
import { rewriteExpr } from './rewrite';

/** Terms of a block: a panel of sixteen columns by as many terms stays in the first cache. */
const blockDepth = 256;
/** Rows packed at a time: by a block of terms they stay in the second cache. */
const blockRows = 64;
/** Columns beside each other, from which on rows of the right side are packed: further apart than that they would share cache lines. */
const widestUnpacked = 64;

const at = (n: number): Expr => constant(n, 'i32');
/** Pieces of work from which on threads share the loop over them. */
const enoughPieces = 8;

const loop = (
  name: string,
  from: number,
  to: number,
  body: readonly Statement[],
  parallel: boolean = false,
): Statement => ({
  kind: 'for',
  name,
  from: at(from),
  to: at(to),
  step: 1,
  body,
  independent: false,
  ...(parallel ? { parallel } : {}),
});

export const scheduleProduct = (kernel: ContractKernel): Scheduled => {
  const { rows, columns, rowStep, buffer } = kernel;
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const [lhs, rhs] = [arrays.renumber(kernel.lhs), arrays.renumber(kernel.rhs)];
  const target = arrays.number(buffer.id, buffer.aval.dtype.name);
  const epilogue = kernel.epilogue.map(({ buffer: b, value }) => ({
    array: arrays.number(b.id, b.aval.dtype.name),
    dtype: b.aval.dtype.name,
    shape: b.aval.shape,
    value: arrays.renumber(value),
  }));
  const [left, right] = [sideOf(interner, lhs, rows), sideOf(interner, rhs, columns)];
  // A few columns leave lanes empty, which rows in their place would fill; but rows that do not lie beside each other would all have to be
  // packed: patches of an image, or a matrix whose terms lie beside each other.
  const isTall = columns < 4 && rows > columns && left.steps !== null && left.steps.term !== 1;
  const writer = new ProductLoops(
    interner,
    kernel,
    isTall ? right : left,
    isTall ? left : right,
    target,
    isTall ? [1, rowStep] : [rowStep, 1],
    epilogue,
    arrays.dtypes.length,
  );
  const body = writer.body();
  const isEmpty = kernel.groups === 0 || sizeOf(buffer.aval.shape) === 0;
  return {
    loops: { arrays: arrays.dtypes, scratch: writer.scratch, body: isEmpty ? [] : body },
    calls: [{ buffers: arrays.buffers }],
  };
};

/** Terms that are summed up in one go. */
interface Block {
  readonly start: Expr;
  readonly depth: number;
  /** Whether there are sums of earlier blocks. */
  readonly accumulate: boolean;
  readonly isLast: boolean;
}
/** What is made of the sums, in terms of the axes of the result. */
interface Finished {
  readonly array: number;
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly value: Expr;
}

class ProductLoops {
  readonly scratch: { readonly dtype: DTypeName; readonly size: number }[] = [];
  private readonly packing: Packing;
  private readonly dtype: DTypeName;
  private readonly panel: number;
  private readonly lanes: number;
  private readonly packsLeft: boolean;
  private readonly packsRight: boolean;
  private readonly deepest: number;
  private readonly alongRows: boolean;
  /** What threads share: every one packs what it needs itself. */
  private readonly shares: 'groups' | 'rows' | 'columns';
  private readonly blockRows: number;

  constructor(
    interner: Interner,
    private readonly kernel: ContractKernel,
    private readonly left: Side,
    private readonly right: Side,
    private readonly target: number,
    private readonly steps: readonly [row: number, column: number],
    private readonly epilogue: readonly Finished[],
    private readonly firstScratch: number,
  ) {
    this.dtype = kernel.buffer.aval.dtype.name;
    this.lanes = this.dtype === 'f64' ? 2 : 4;
    this.panel = 4 * this.lanes;
    this.deepest = Math.min(kernel.depth, blockDepth);
    this.packsLeft = left.steps === null || (left.steps.term !== 1 && right.lines > 2 * this.panel);
    this.packsRight =
      right.steps === null ||
      (right.steps.line !== 1 && right.lines > 1) ||
      (right.lines > widestUnpacked && left.lines >= 8);
    this.alongRows = this.packsLeft && runsAlongLines(interner, left, kernel);
    this.shares = this.sharedLoop();
    this.blockRows = this.heightOfBlocks();
    this.packing = new Packing(interner, [
      { name: axisName(0), extent: kernel.groups },
      { name: 'kb', extent: Math.ceil(kernel.depth / blockDepth) },
      { name: 'ib', extent: Math.ceil(left.lines / this.blockRows) },
      { name: 'p', extent: Math.ceil(right.lines / this.panel) },
    ]);
    const height = Math.min(left.lines, this.blockRows);
    if (this.packsLeft) this.scratch.push({ dtype: this.dtype, size: height * this.deepest });
    if (this.packsRight)
      this.scratch.push({ dtype: this.dtype, size: Math.ceil(right.lines / this.lanes) * this.lanes * this.deepest });
  }
  /** The loop of enough pieces before which the least is packed by every thread alike. */
  private sharedLoop(): 'groups' | 'rows' | 'columns' {
    const { groups } = this.kernel;
    if (groups >= enoughPieces) return 'groups';
    const packed = { rows: this.packsRight ? this.right.lines : 0, columns: this.packsLeft ? this.left.lines : 0 };
    const pieces = { rows: Math.floor(this.left.lines / 4), columns: Math.floor(this.right.lines / this.panel) };
    const order = packed.rows <= packed.columns ? (['rows', 'columns'] as const) : (['columns', 'rows'] as const);
    const found = order.find((which) => pieces[which] >= enoughPieces);
    return found ?? (groups > 1 ? 'groups' : pieces.rows > pieces.columns ? 'rows' : 'columns');
  }
  /** Rows that are packed at a time, and that go to a thread as a whole. */
  private heightOfBlocks(): number {
    const { lines } = this.left;
    if (this.shares !== 'rows') return this.packsLeft || this.packsRight ? blockRows : lines;
    return Math.max(4, Math.min(blockRows, 4 * Math.floor(lines / (4 * enoughPieces))));
  }
  private get leftScratch(): number {
    return this.firstScratch;
  }
  private get rightScratch(): number {
    return this.firstScratch + (this.packsLeft ? 1 : 0);
  }

  body(): readonly Statement[] {
    const { depth, groups } = this.kernel;
    const count = Math.ceil(depth / blockDepth);
    const ending = depth - (count - 1) * blockDepth;
    const first = { start: at(0), depth: this.deepest, accumulate: false, isLast: count <= 1 };
    const blocks: Statement[] = [...this.block(first)];
    // The last block has an end of its own where it is shorter, or where something is done to the sums.
    const isApart = ending < blockDepth || this.epilogue.length > 0;
    const alike = isApart ? count - 1 : count;
    const next = {
      start: index.mul(variable('kb'), at(blockDepth)),
      depth: blockDepth,
      accumulate: true,
      isLast: false,
    };
    if (alike > 1) blocks.push(loop('kb', 1, alike, this.block(next)));
    if (isApart && count > 1)
      blocks.push(
        ...this.block({ start: at((count - 1) * blockDepth), depth: ending, accumulate: true, isLast: true }),
      );
    return groups === 1 ? blocks : [loop(axisName(0), 0, groups, blocks, this.shares === 'groups')];
  }

  /** All results, for a block of the terms. */
  private block(block: Block): readonly Statement[] {
    const { lines: rows } = this.left;
    const pack = this.packsRight ? this.packRight(block) : [];
    const height = Math.min(rows, this.blockRows);
    const sharesRows = this.shares === 'rows';
    const whole = rows - (rows % height);
    const statements: Statement[] = [...pack];
    if (whole === height && !sharesRows) statements.push(...this.rows(at(0), height, block));
    else if (whole > 0)
      statements.push(
        loop('ib', 0, whole / height, this.rows(index.mul(variable('ib'), at(height)), height, block), sharesRows),
      );
    if (rows > whole) {
      const rest = this.rows(at(whole), rows - whole, block);
      statements.push(...(sharesRows ? [loop('rest', 0, 1, rest, true)] : rest));
    }
    return statements;
  }

  /** `height` rows from `first` on against all columns. */
  private rows(first: Expr, height: number, block: Block): readonly Statement[] {
    const { lines: columns } = this.right;
    const whole = columns - (columns % this.panel);
    const statements: Statement[] = this.packsLeft ? [...this.packLeft(first, height, block)] : [];
    const sharesColumns = this.shares === 'columns';
    const finish = (column: Expr, width: number): readonly Statement[] =>
      block.isLast && this.epilogue.length > 0 ? this.finish(first, height, column, width) : [];
    const strip = (column: Expr, width: number): readonly Statement[] => {
      // Narrow panels leave registers for more rows.
      const tile = Math.ceil(width / this.lanes) > 2 ? 2 : 4;
      const full = height - (height % tile);
      const product = (row: Expr, count: number): Statement =>
        this.product(first, height, row, count, column, width, block);
      return [
        ...(full > 0 ? [loop('i', 0, full / tile, [product(index.mul(variable('i'), at(tile)), tile)])] : []),
        ...(height > full ? [product(at(full), height - full)] : []),
        ...(sharesColumns ? finish(column, width) : []),
      ];
    };
    const panel = strip(index.mul(variable('p'), at(this.panel)), this.panel);
    if (whole > 0) statements.push(loop('p', 0, whole / this.panel, panel, sharesColumns));
    if (columns > whole) {
      const rest = strip(at(whole), columns - whole);
      statements.push(...(sharesColumns ? [loop('rest', 0, 1, rest, true)] : rest));
    }
    return sharesColumns ? statements : [...statements, ...finish(at(0), columns)];
  }

  /** The epilogue for `height` rows and `width` columns. */
  private finish(first: Expr, height: number, column: Expr, width: number): readonly Statement[] {
    const [r, c] = [
      { name: 'r', extent: height },
      { name: 'c', extent: width },
    ];
    const place = this.placeOf(index.add(first, variable('r')), index.add(column, variable('c')));
    const stores = this.epilogue.map(({ array, dtype, shape, value }) => {
      const axes = index.unflatten(place, shape);
      const here = rewriteExpr((e) =>
        e.op === 'index' ? axes[shape.findIndex((_, d) => axisName(d) === e.name)] : undefined,
      );
      return { array, dtype, at: place, value: here(value) };
    });
    return this.packing.fill(this.steps[1] === 1 ? [r, c] : [c, r], stores);
  }
  /** Where the sum of a row and column lies. */
  private placeOf(row: Expr, column: Expr): Expr {
    const { groups, groupStep } = this.kernel;
    const [rowStep, columnStep] = this.steps;
    const group = groups === 1 ? at(0) : index.mul(variable(axisName(0)), at(groupStep));
    return index.add(index.add(group, index.mul(row, at(rowStep))), index.mul(column, at(columnStep)));
  }

  private product(
    first: Expr,
    height: number,
    row: Expr,
    rows: number,
    column: Expr,
    columns: number,
    { start, depth, accumulate }: Block,
  ): Product {
    const [rowStep, columnStep] = this.steps;
    const line = index.add(first, row);
    const direct = ({ element }: Side, where: Expr): Expr =>
      element.op === 'load' ? substituted(element.at, where, start) : at(0);
    const arrayOf = ({ element }: Side): number => (element.op === 'load' ? element.buffer : 0);
    return {
      kind: 'product',
      dtype: this.dtype,
      rows,
      columns,
      depth,
      left: this.packsLeft
        ? {
            array: this.leftScratch,
            at: index.mul(row, at(this.leftSteps(height, depth)[0])),
            rowStep: this.leftSteps(height, depth)[0],
            termStep: this.leftSteps(height, depth)[1],
          }
        : {
            array: arrayOf(this.left),
            at: direct(this.left, line),
            rowStep: this.left.steps?.line ?? 0,
            termStep: this.left.steps?.term ?? 0,
          },
      right: this.packsRight
        ? { array: this.rightScratch, at: index.mul(column, at(depth)), termStep: this.widthOf(columns) }
        : { array: arrayOf(this.right), at: direct(this.right, column), termStep: this.right.steps?.term ?? 0 },
      target: {
        array: this.target,
        at: this.placeOf(line, column),
        rowStep,
        columnStep,
      },
      accumulate,
    };
  }
  /** Columns of a packed panel: whole vectors. */
  private widthOf(columns: number): number {
    return Math.ceil(columns / this.lanes) * this.lanes;
  }

  /** Rows side by side where memory runs along them, and terms side by side otherwise. */
  private packLeft(first: Expr, height: number, { start, depth }: Block): readonly Statement[] {
    const [r, k] = [
      { name: 'r', extent: height },
      { name: 'k', extent: depth },
    ];
    const value = substituted(this.left.element, index.add(first, variable('r')), index.add(start, variable('k')));
    const where = index.add(
      index.mul(variable('r'), at(this.leftSteps(height, depth)[0])),
      index.mul(variable('k'), at(this.leftSteps(height, depth)[1])),
    );
    return this.packing.fill(this.alongRows ? [k, r] : [r, k], [
      { array: this.leftScratch, dtype: this.dtype, at: where, value },
    ]);
  }
  private leftSteps(height: number, depth: number): readonly [row: number, term: number] {
    return this.alongRows ? [1, height] : [depth, 1];
  }

  /** Panel after panel; in each the columns of a term lie together. */
  private packRight({ start, depth }: Block): readonly Statement[] {
    const { lines } = this.right;
    const whole = lines - (lines % this.panel);
    const [k, c] = [variable('k'), variable('c')];
    const panel = (first: Expr, count: number): readonly Statement[] => {
      const value = substituted(this.right.element, index.add(first, c), index.add(start, k));
      const where = index.add(index.add(index.mul(first, at(depth)), index.mul(k, at(this.widthOf(count)))), c);
      return this.packing.fill(
        [
          { name: 'k', extent: depth },
          { name: 'c', extent: count },
        ],
        [{ array: this.rightScratch, dtype: this.dtype, at: where, value }],
      );
    };
    const panels = panel(index.mul(variable('p'), at(this.panel)), this.panel);
    // Of the same panels that the thread multiplies with.
    const isShared = this.shares === 'columns';
    return [
      ...(whole > 0 ? [loop('p', 0, whole / this.panel, panels, isShared)] : []),
      ...(lines > whole ? panel(at(whole), lines - whole) : []),
    ];
  }
}
