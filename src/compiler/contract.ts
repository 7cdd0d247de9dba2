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

export const scheduleContraction = (kernel: ContractKernel): Scheduled => {
  const { batch, rows, columns, depth, buffer } = kernel;
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const [lhs, rhs] = [arrays.renumber(kernel.lhs), arrays.renumber(kernel.rhs)];
  const target = arrays.number(buffer.id, buffer.aval.dtype.name);
  const [tileRows, tileColumns] = tileOf(rows, columns);
  const accumulator: DTypeName = buffer.aval.dtype.kind === 'float' ? 'f64' : 'i32';
  const panels = Math.ceil(rows / tileRows);
  const scratch = [
    { dtype: accumulator, size: panels * tileRows * depth },
    { dtype: accumulator, size: tileColumns * depth },
  ];
  const tile = new Tile(interner, kernel, {
    lhs,
    rhs,
    target,
    left: arrays.dtypes.length,
    right: arrays.dtypes.length + 1,
    tileRows,
    tileColumns,
    accumulator,
  });
  const body: Statement[] = [...tile.packLeft()];
  const wholeColumns = columns - (columns % tileColumns);
  if (wholeColumns > 0)
    body.push({
      kind: 'for',
      name: 'j',
      from: at(0),
      to: at(wholeColumns),
      step: tileColumns,
      body: tile.columns(variable('j'), tileColumns),
    });
  if (columns > wholeColumns)
    body.push({
      kind: 'for',
      name: 'once',
      from: at(0),
      to: at(1),
      step: 1,
      body: tile.columns(at(wholeColumns), columns - wholeColumns),
    });
  const isEmpty = batch === 0 || rows === 0 || columns === 0;
  const whole: readonly Statement[] =
    batch === 1 ? body : [{ kind: 'for', name: axisName(0), from: at(0), to: at(batch), step: 1, body }];
  return { loops: { arrays: arrays.dtypes, scratch, body: isEmpty ? [] : whole }, buffers: arrays.buffers };
};

interface Sides {
  readonly lhs: Expr;
  readonly rhs: Expr;
  readonly target: number;
  readonly left: number;
  readonly right: number;
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
    const { rows, depth } = this.kernel;
    const { lhs, left, tileRows } = this.sides;
    const [row, term] = [
      { name: 'i', extent: rows },
      { name: termName, extent: depth },
    ];
    const loops =
      stepOf(this.interner, lhs, axisName(1)) === 1 && stepOf(this.interner, lhs, termName) !== 1
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
      [simplifyIndex(this.interner, where, extents), this.element(lhs, i, k)],
    );
    const [outer, ...inner] = placed.lets;
    const batchLets = inner[0] ?? [];
    return nest(
      loops,
      { lets: [[...(outer ?? []), ...batchLets], ...inner.slice(1)], roots: placed.roots },
      ([position, value]) => [{ kind: 'store', array: left, at: position as Expr, value: value as Expr }],
    );
  }

  /** `count` columns from `first` on, against all rows. */
  columns(first: Expr, count: number): readonly Statement[] {
    const { rows, depth } = this.kernel;
    const { tileRows } = this.sides;
    const statements: Statement[] = [...this.packRight(first, count)];
    const whole = rows - (rows % tileRows);
    if (whole > 0)
      statements.push({
        kind: 'for',
        name: 'i',
        from: at(0),
        to: at(whole),
        step: tileRows,
        body: this.tile(variable('i'), first, tileRows, count),
      });
    if (rows > whole)
      statements.push({
        kind: 'for',
        name: 'last',
        from: at(0),
        to: at(1),
        step: 1,
        body: this.tile(at(whole), first, rows - whole, count),
      });
    return depth === 0 && rows === 0 ? [] : statements;
  }

  private packRight(first: Expr, count: number): readonly Statement[] {
    const { rhs, right, tileColumns } = this.sides;
    const k = variable(termName);
    const values = range(count).map((c) => this.element(rhs, index.add(first, at(c)), k));
    const variables = [axisName(0), 'j', termName];
    const placed = place(this.interner, this.names, variables, values);
    const lets = placed.lets;
    return nest(
      [{ name: termName, extent: this.kernel.depth }],
      { lets: [[...(lets[0] ?? []), ...(lets[1] ?? []), ...(lets[2] ?? [])], lets[3] ?? []], roots: placed.roots },
      (roots) =>
        roots.map((value, c) => ({
          kind: 'store',
          array: right,
          at: index.add(index.mul(k, at(tileColumns)), at(c)),
          value,
        })),
    );
  }

  /** `height` rows from `row` on by `width` columns: accumulate over the depth, then store. */
  private tile(row: Expr, column: Expr, height: number, width: number): readonly Statement[] {
    const { rows, columns, depth } = this.kernel;
    const { left, right, target, tileRows, tileColumns, accumulator } = this.sides;
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
        (b): Statement => ({ kind: 'let', name: `y${b}`, value: load(right, index.add(index32('q'), at(b))) }),
      ),
      ...range(height).flatMap((a): Statement[] => [
        { kind: 'let', name: `x${a}`, value: load(left, index.add(index32('p'), at(a))) },
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
    const corner = index.add(
      index.mul(
        index.add(this.kernel.batch === 1 ? at(0) : index.mul(variable(axisName(0)), at(rows)), row),
        at(columns),
      ),
      column,
    );
    return [
      ...start,
      // Panels follow each other, tileRows by depth each, so that the panel of a row starts at row times depth.
      { kind: 'let', name: 'base', value: index.mul(row, at(depth)) },
      { kind: 'for', name: termName, from: at(0), to: at(depth), step: 1, body },
      { kind: 'let', name: 'corner', value: corner },
      ...tiles.map(
        ([a, b]): Statement => ({
          kind: 'store',
          array: target,
          at: index.add(index32('corner'), at(a * columns + b)),
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
