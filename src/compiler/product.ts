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
import { chunkDepth, type Tiling, tilingOf } from './tiling';
import type { Tiles } from './traits';

const at = (n: number): Expr => constant(n, 'i32');
const loop = (name: string, from: number, to: number, body: readonly Statement[], parallel = false): Statement => ({
  kind: 'for',
  name,
  from: at(from),
  to: at(to),
  step: 1,
  body,
  independent: false,
  ...(parallel ? { parallel } : {}),
});

export const scheduleProduct = (kernel: ContractKernel, tiles: Tiles): Scheduled => {
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
  // Few columns leave lanes empty, which rows in their place would fill; rows that are computed, patches of an image, would all be packed.
  const isTall = columns < 4 && rows > columns && left.steps !== null;
  const writer = new ProductLoops(
    interner,
    kernel,
    isTall ? right : left,
    isTall ? left : right,
    target,
    isTall ? [1, rowStep] : [rowStep, 1],
    epilogue,
    arrays.dtypes.length,
    tiles,
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
  /** Whether it is a part of a block that goes on with the sums of the part before. */
  readonly resumes?: boolean;
}
/** Rows and columns that are done together for a block of terms. */
interface Area {
  readonly first: Expr;
  readonly height: number;
  /** The first column. */
  readonly corner: Expr;
  readonly width: number;
  readonly block: Block;
  /** Whether threads share the panels. */
  readonly sharesPanels: boolean;
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
  private readonly tiling: Tiling;
  private readonly alongRows: boolean;

  constructor(
    interner: Interner,
    private readonly kernel: ContractKernel,
    private readonly left: Side,
    private readonly right: Side,
    private readonly target: number,
    private readonly steps: readonly [row: number, column: number],
    private readonly epilogue: readonly Finished[],
    private readonly firstScratch: number,
    tiles: Tiles,
  ) {
    this.dtype = kernel.buffer.aval.dtype.name;
    this.tiling = tilingOf(kernel, left, right, tiles);
    const { packsLeft, packsRight, order, panel, blockRows, blockColumns, blockDepth } = this.tiling;
    this.alongRows = packsLeft && runsAlongLines(interner, left, kernel);
    this.packing = new Packing(interner, [
      { name: axisName(0), extent: kernel.groups },
      { name: 'kb', extent: Math.ceil(kernel.depth / blockDepth) },
      { name: 'cb', extent: Math.ceil(right.lines / blockColumns) },
      { name: 'ib', extent: Math.ceil(left.lines / blockRows) },
      { name: 'p', extent: Math.ceil(right.lines / panel) },
    ]);
    const deepest = Math.min(kernel.depth, blockDepth);
    const packedDepth = order === 'columns' ? kernel.depth : deepest;
    if (packsLeft) this.scratch.push({ dtype: this.dtype, size: Math.min(left.lines, blockRows) * packedDepth });
    if (packsRight) this.scratch.push({ dtype: this.dtype, size: this.widthOf(blockColumns) * deepest });
    if (order === 'terms') this.scratch.push({ dtype: this.dtype, size: this.widthOf(right.lines) });
  }
  /** Where the right side is packed, or the sums of a single row wait. */
  private get otherScratch(): number {
    return this.firstScratch + (this.tiling.packsLeft ? 1 : 0);
  }

  body(): readonly Statement[] {
    const { depth, groups } = this.kernel;
    const { order, shares } = this.tiling;
    const whole = { start: at(0), depth, accumulate: false, isLast: true };
    const all = order === 'columns' ? this.block(whole) : this.blocks((block) => this.block(block));
    return groups === 1 ? all : [loop(axisName(0), 0, groups, all, shares === 'groups')];
  }
  /** One block of the terms after the other. */
  private blocks(body: (block: Block) => readonly Statement[]): readonly Statement[] {
    const { depth } = this.kernel;
    const { blockDepth } = this.tiling;
    const count = Math.ceil(depth / blockDepth);
    const ending = depth - (count - 1) * blockDepth;
    const first = { start: at(0), depth: Math.min(depth, blockDepth), accumulate: false, isLast: count <= 1 };
    const blocks: Statement[] = [...body(first)];
    // The last block has an end of its own where it is shorter, or where something is done to the sums.
    const isApart = ending < blockDepth || this.epilogue.length > 0;
    const alike = isApart ? count - 1 : count;
    const next = {
      start: index.mul(variable('kb'), at(blockDepth)),
      depth: blockDepth,
      accumulate: true,
      isLast: false,
    };
    if (alike > 1) blocks.push(loop('kb', 1, alike, body(next)));
    if (isApart && count > 1)
      blocks.push(...body({ start: at((count - 1) * blockDepth), depth: ending, accumulate: true, isLast: true }));
    return blocks;
  }

  /** All results, for a block of the terms or for all of them. */
  private block(block: Block): readonly Statement[] {
    const { lines: columns } = this.right;
    const width = this.tiling.blockColumns;
    const shares = this.tiling.shares === 'columns';
    if (columns <= width) return this.columns(at(0), columns, block, shares);
    const whole = columns - (columns % width);
    const each = this.columns(index.mul(variable('cb'), at(width)), width, block, false);
    const rest = columns > whole ? this.columns(at(whole), columns - whole, block, false) : [];
    return [
      loop('cb', 0, whole / width, each, shares),
      ...(shares && rest.length > 0 ? [loop('rest', 0, 1, rest, true)] : rest),
    ];
  }

  /** `width` columns from `corner` on against all rows; threads may share their panels. */
  private columns(corner: Expr, width: number, block: Block, sharesPanels: boolean): readonly Statement[] {
    const { lines: rows } = this.left;
    const { packsRight, blockRows, shares } = this.tiling;
    const pack = packsRight ? this.packRight(corner, width, block, sharesPanels) : [];
    const height = Math.min(rows, blockRows);
    const sharesRows = shares === 'rows';
    const whole = rows - (rows % height);
    const statements = [...pack];
    const strips = (first: Expr, count: number): readonly Statement[] =>
      this.rows({ first, height: count, corner, width, block, sharesPanels });
    if (whole === height && !sharesRows) statements.push(...strips(at(0), height));
    else if (whole > 0)
      statements.push(loop('ib', 0, whole / height, strips(index.mul(variable('ib'), at(height)), height), sharesRows));
    if (rows > whole) {
      const rest = strips(at(whole), rows - whole);
      statements.push(...(sharesRows ? [loop('rest', 0, 1, rest, true)] : rest));
    }
    return statements;
  }

  /** Rows against columns, panel after panel. */
  private rows(area: Area): readonly Statement[] {
    const { first, height, corner, width, block, sharesPanels } = area;
    const { packsLeft, order, lanes } = this.tiling;
    const pack: readonly Statement[] = packsLeft ? this.packLeft(first, height, block) : [];
    const finish = (column: Expr, count: number): readonly Statement[] =>
      block.isLast && this.epilogue.length > 0 ? this.finish(first, height, column, count) : [];
    const finishPanel = (column: Expr, count: number): readonly Statement[] =>
      sharesPanels ? finish(index.add(corner, column), count) : [];
    const ending = sharesPanels ? [] : finish(corner, width);
    if (order === 'terms') return [...pack, ...this.stream(area, finishPanel), ...ending];
    const strip = (column: Expr, columns: number): readonly Statement[] => {
      // Narrow panels leave registers for more rows.
      const tile = Math.ceil(columns / lanes) > 2 ? 2 : 4;
      const full = height - (height % tile);
      const tiles = (terms: Block): readonly Statement[] => {
        const product = (row: Expr, count: number): Statement => this.product(area, row, count, column, columns, terms);
        return [
          ...(full > 0 ? [loop('i', 0, full / tile, [product(index.mul(variable('i'), at(tile)), tile)])] : []),
          ...(height > full ? [product(at(full), height - full)] : []),
        ];
      };
      return [...(order === 'columns' ? this.blocks(tiles) : tiles(block)), ...finishPanel(column, columns)];
    };
    return [...pack, ...this.panels(width, sharesPanels, strip), ...ending];
  }
  /** What is done for every panel, and for the columns that are left. */
  private panels(
    width: number,
    shares: boolean,
    strip: (column: Expr, columns: number) => readonly Statement[],
  ): readonly Statement[] {
    const { panel } = this.tiling;
    const whole = width - (width % panel);
    const statements: Statement[] = [];
    if (whole > 0)
      statements.push(loop('p', 0, whole / panel, strip(index.mul(variable('p'), at(panel)), panel), shares));
    if (width > whole) {
      const rest = strip(at(whole), width - whole);
      statements.push(...(shares ? [loop('rest', 0, 1, rest, true)] : rest));
    }
    return statements;
  }

  /** A few terms for all columns, then the next ones: the sums of the block wait in scratch memory. */
  private stream(
    area: Area,
    finishPanel: (column: Expr, columns: number) => readonly Statement[],
  ): readonly Statement[] {
    const { width, block, sharesPanels } = area;
    const count = Math.ceil(block.depth / chunkDepth);
    const chunk = (offset: Expr, depth: number, resumes: boolean, isLast: boolean): readonly Statement[] =>
      this.panels(width, sharesPanels, (column, columns) => [
        this.product(area, at(0), 1, column, columns, {
          start: index.add(block.start, offset),
          depth,
          accumulate: isLast && block.accumulate,
          isLast,
          resumes,
        }),
        ...(isLast ? finishPanel(column, columns) : []),
      ]);
    if (count === 1) return chunk(at(0), block.depth, false, true);
    const last = (count - 1) * chunkDepth;
    return [
      ...chunk(at(0), chunkDepth, false, false),
      ...(count > 2
        ? [loop('kc', 1, count - 1, chunk(index.mul(variable('kc'), at(chunkDepth)), chunkDepth, true, false))]
        : []),
      ...chunk(at(last), block.depth - last, true, true),
    ];
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
    { first, height, corner, width, block }: Area,
    row: Expr,
    rows: number,
    column: Expr,
    columns: number,
    { start, depth, accumulate, isLast, resumes = false }: Block,
  ): Product {
    const { packsLeft, packsRight, order } = this.tiling;
    const [rowStep, columnStep] = this.steps;
    const line = index.add(first, row);
    // What is packed begins with the first term of the area.
    const offset = order === 'blocks' ? at(0) : index.sub(start, block.start);
    const direct = ({ element }: Side, where: Expr): Expr =>
      element.op === 'load' ? substituted(element.at, where, start) : at(0);
    const arrayOf = ({ element }: Side): number => (element.op === 'load' ? element.buffer : 0);
    const [packedRow, packedTerm] = this.leftSteps(height, block.depth);
    const steps = this.right.steps;
    const sums = { array: this.otherScratch, at: column };
    return {
      kind: 'product',
      dtype: this.dtype,
      rows,
      columns,
      depth,
      left: packsLeft
        ? {
            array: this.firstScratch,
            at: index.add(index.mul(row, at(packedRow)), index.mul(offset, at(packedTerm))),
            rowStep: packedRow,
            termStep: packedTerm,
          }
        : {
            array: arrayOf(this.left),
            at: direct(this.left, line),
            rowStep: this.left.steps?.line ?? 0,
            termStep: this.left.steps?.term ?? 0,
          },
      right: packsRight
        ? {
            array: this.otherScratch,
            at: index.mul(column, at(block.depth)),
            termStep: this.widthOf(columns),
            columnStep: 1,
          }
        : {
            array: arrayOf(this.right),
            at: direct(this.right, index.add(corner, column)),
            termStep: steps?.term ?? 0,
            columnStep: width === 1 ? 1 : (steps?.line ?? 0),
          },
      ...(resumes ? { from: sums } : {}),
      target:
        order !== 'terms' || isLast
          ? { array: this.target, at: this.placeOf(line, index.add(corner, column)), rowStep, columnStep }
          : { ...sums, rowStep: 0, columnStep: 1 },
      accumulate,
    };
  }
  /** Columns of a packed panel: whole vectors. */
  private widthOf(columns: number): number {
    const { lanes } = this.tiling;
    return Math.ceil(columns / lanes) * lanes;
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
      { array: this.firstScratch, dtype: this.dtype, at: where, value },
    ]);
  }
  private leftSteps(height: number, depth: number): readonly [row: number, term: number] {
    return this.alongRows ? [1, height] : [depth, 1];
  }

  /** Panel after panel; in each the columns of a term lie together. */
  private packRight(corner: Expr, width: number, { start, depth }: Block, sharesPanels: boolean): readonly Statement[] {
    const [k, c] = [variable('k'), variable('c')];
    const panel = (first: Expr, count: number): readonly Statement[] => {
      const column = index.add(corner, index.add(first, c));
      const value = substituted(this.right.element, column, index.add(start, k));
      const where = index.add(index.add(index.mul(first, at(depth)), index.mul(k, at(this.widthOf(count)))), c);
      return this.packing.fill(
        [
          { name: 'k', extent: depth },
          { name: 'c', extent: count },
        ],
        [{ array: this.otherScratch, dtype: this.dtype, at: where, value }],
      );
    };
    // Of the same panels that the thread multiplies with.
    return this.panels(width, sharesPanels, panel);
  }
}
