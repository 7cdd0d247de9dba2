// Loops of a contraction: both sides are packed in double precision, where products of single-precision numbers are exact, and a tile of
// results is accumulated over the whole depth before it is rounded once.
import type { DTypeName } from '../core/dtype';
import { apply, constant, type Expr, index } from '../core/lowering';
import { Arrays, type Scheduled, variable } from './arrays';
import { coefficients, Interner, simplifyIndex } from './indexing';
import { axisName, type ContractKernel, termName } from './kernel';
import type { Statement } from './loop';
import { Names, nest, place } from './place';
import { partsOf, rewriteExpr } from './rewrite';

const at = (n: number): Expr => constant(n, 'i32');
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Rows and columns of the tile: 4 x 2 accumulators stay in registers (measured: 4.5 GFLOP/s, 4 x 4 3.8, 2 x 2 2.4). */
const tileOf = (rows: number, columns: number): readonly [number, number] =>
  rows === 1 ? [1, 4] : columns === 1 ? [4, 1] : [4, 2];

/** The contraction with its sides exchanged, so that rows are columns. */
interface Oriented {
  readonly rows: number;
  readonly columns: number;
  readonly left: Expr;
  readonly right: Expr;
  readonly rowStep: number;
  readonly columnStep: number;
}
/** The side with fewer lines is packed whole and kept; the other passes by in panels. */
const orient = ({ rows, columns, lhs, rhs, rowStep }: ContractKernel): Oriented =>
  rows > 2 * columns
    ? { rows: columns, columns: rows, left: rhs, right: lhs, rowStep: 1, columnStep: rowStep }
    : { rows, columns, left: lhs, right: rhs, rowStep, columnStep: 1 };

export const scheduleContraction = (kernel: ContractKernel, accumulator: DTypeName): Scheduled => {
  const { groups, depth, buffer } = kernel;
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const oriented = orient(kernel);
  const { rows, columns } = oriented;
  const [left, right] = [arrays.renumber(oriented.left), arrays.renumber(oriented.right)];
  const target = arrays.number(buffer.id, buffer.aval.dtype.name);
  const [tileRows, tileColumns] = tileOf(rows, columns);
  const panels = Math.ceil(rows / tileRows);
  const scratch = [
    { dtype: accumulator, size: panels * tileRows * depth },
    { dtype: accumulator, size: tileColumns * depth },
  ];
  const tile = new Tile(interner, kernel, {
    ...oriented,
    left,
    right,
    target,
    leftPanel: arrays.dtypes.length,
    rightPanel: arrays.dtypes.length + 1,
    tileRows,
    tileColumns,
    accumulator,
  });
  const body: Statement[] = [...tile.packLeft()];
  const whole = columns - (columns % tileColumns);
  if (whole > 0) body.push(loop('j', whole, tileColumns, tile.columns(variable('j'), tileColumns)));
  if (columns > whole) body.push(loop('once', 1, 1, tile.columns(at(whole), columns - whole)));
  const isEmpty = groups === 0 || rows === 0 || columns === 0;
  const all: readonly Statement[] = groups === 1 ? body : [loop(axisName(0), groups, 1, body)];
  return { loops: { arrays: arrays.dtypes, scratch, body: isEmpty ? [] : all }, calls: [{ buffers: arrays.buffers }] };
};

const loop = (name: string, to: number, step: number, body: readonly Statement[]): Statement => ({
  kind: 'for',
  name,
  from: at(0),
  to: at(to),
  step,
  body,
  independent: false,
});

interface Sides extends Oriented {
  readonly target: number;
  readonly leftPanel: number;
  readonly rightPanel: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly accumulator: DTypeName;
}

class Tile {
  private readonly names = new Names();
  constructor(
    private readonly interner: Interner,
    private readonly kernel: ContractKernel,
    private readonly sides: Sides,
  ) {}

  private converted(e: Expr): Expr {
    const { accumulator } = this.sides;
    return e.dtype === accumulator ? e : apply('convert', accumulator, e);
  }
  /** One side with its row (or column) and term given by these indices. */
  private element(side: Expr, row: Expr, term: Expr): Expr {
    const visit = rewriteExpr((e) =>
      e.op !== 'index' ? undefined : e.name === axisName(1) ? row : e.name === termName ? term : e,
    );
    return this.converted(visit(side));
  }

  /** All rows of the left side, in panels: for every term the tile's rows lie together. The loop inside runs where the memory does. */
  packLeft(): readonly Statement[] {
    const { depth } = this.kernel;
    const { rows, left, leftPanel, tileRows } = this.sides;
    const [row, term] = [
      { name: 'i', extent: rows },
      { name: termName, extent: depth },
    ];
    const loops =
      stepOf(this.interner, left, axisName(1)) === 1 && stepOf(this.interner, left, termName) !== 1
        ? [term, row]
        : [row, term];
    const [i, k] = [variable('i'), variable(termName)];
    const panel = index.mul(index.div(i, tileRows), at(depth * tileRows));
    const where = index.add(index.add(panel, index.mul(k, at(tileRows))), index.mod(i, tileRows));
    const extents = new Map(loops.map((l) => [l.name, l.extent]));
    const placed = place(
      this.interner,
      this.names,
      [axisName(0), ...loops.map((l) => l.name)],
      [simplifyIndex(this.interner, where, extents), this.element(left, i, k)],
    );
    const [outer, ...inner] = placed.lets;
    const batchLets = inner[0] ?? [];
    return nest(
      loops,
      { lets: [[...(outer ?? []), ...batchLets], ...inner.slice(1)], roots: placed.roots },
      ([position, value]) => [{ kind: 'store', array: leftPanel, at: position as Expr, value: value as Expr }],
    );
  }

  /** `count` columns from `first` on, against all rows. */
  columns(first: Expr, count: number): readonly Statement[] {
    const { rows, tileRows } = this.sides;
    const statements: Statement[] = [...this.packRight(first, count)];
    const whole = rows - (rows % tileRows);
    if (whole > 0) statements.push(loop('i', whole, tileRows, this.tile(variable('i'), first, tileRows, count)));
    if (rows > whole) statements.push(loop('last', 1, 1, this.tile(at(whole), first, rows - whole, count)));
    return statements;
  }

  private packRight(first: Expr, count: number): readonly Statement[] {
    const { right, rightPanel, tileColumns } = this.sides;
    const k = variable(termName);
    const values = range(count).map((c) => this.element(right, index.add(first, at(c)), k));
    const variables = [axisName(0), 'j', termName];
    const placed = place(this.interner, this.names, variables, values);
    const lets = placed.lets;
    return nest(
      [{ name: termName, extent: this.kernel.depth }],
      { lets: [[...(lets[0] ?? []), ...(lets[1] ?? []), ...(lets[2] ?? [])], lets[3] ?? []], roots: placed.roots },
      (roots) =>
        roots.map((value, c) => ({
          kind: 'store',
          array: rightPanel,
          at: index.add(index.mul(k, at(tileColumns)), at(c)),
          value,
        })),
    );
  }

  /** `height` rows from `row` on by `width` columns: accumulate over the depth, then store. */
  private tile(row: Expr, column: Expr, height: number, width: number): readonly Statement[] {
    const { groups, groupStep, depth } = this.kernel;
    const { leftPanel, rightPanel, target, tileRows, tileColumns, rowStep, columnStep, accumulator } = this.sides;
    const load = (array: number, e: Expr): Expr => ({ op: 'load', dtype: accumulator, buffer: array, at: e });
    const local = (name: string): Expr => ({ op: 'local', dtype: accumulator, name });
    const index32 = (name: string): Expr => ({ op: 'local', dtype: 'i32', name });
    const sum = (a: number, b: number): string => `s${a}_${b}`;
    const tiles = range(height).flatMap((a) => range(width).map((b) => [a, b] as const));
    const start: Statement[] = tiles.map(([a, b]) => ({
      kind: 'var',
      name: sum(a, b),
      value: constant(0, accumulator),
    }));
    const k = variable(termName);
    const body: Statement[] = [
      { kind: 'let', name: 'p', value: apply('add', 'i32', index32('base'), index.mul(k, at(tileRows))) },
      { kind: 'let', name: 'q', value: index.mul(k, at(tileColumns)) },
      ...range(width).map(
        (b): Statement => ({ kind: 'let', name: `y${b}`, value: load(rightPanel, index.add(index32('q'), at(b))) }),
      ),
      ...range(height).flatMap((a): Statement[] => [
        { kind: 'let', name: `x${a}`, value: load(leftPanel, index.add(index32('p'), at(a))) },
        ...range(width).map(
          (b): Statement => ({
            kind: 'set',
            name: sum(a, b),
            value: apply(
              'add',
              accumulator,
              local(sum(a, b)),
              apply('mul', accumulator, local(`x${a}`), local(`y${b}`)),
            ),
          }),
        ),
      ]),
    ];
    const dtype = this.kernel.buffer.aval.dtype.name;
    const rounded = (e: Expr): Expr => (dtype === accumulator ? e : apply('convert', dtype, e));
    const group = groups === 1 ? at(0) : index.mul(variable(axisName(0)), at(groupStep));
    const corner = index.add(index.add(group, index.mul(row, at(rowStep))), index.mul(column, at(columnStep)));
    return [
      ...start,
      // Panels follow each other, tileRows by depth each, so that the panel of a row starts at row times depth.
      { kind: 'let', name: 'base', value: index.mul(row, at(depth)) },
      { kind: 'for', name: termName, from: at(0), to: at(depth), step: 1, body, independent: false },
      { kind: 'let', name: 'corner', value: corner },
      ...tiles.map(
        ([a, b]): Statement => ({
          kind: 'store',
          array: target,
          at: index.add(index32('corner'), at(a * rowStep + b * columnStep)),
          value: rounded(local(sum(a, b))),
        }),
      ),
    ];
  }
}

/** How far the first load of an expression that moves by a plain step does so with a loop variable. */
const stepOf = (interner: Interner, e: Expr, name: string): number | null => {
  for (const part of partsOf([e])) {
    const step = part.op === 'load' ? coefficients(interner, part.at)?.get(name) : undefined;
    if (step !== undefined) return step;
  }
  return null;
};
