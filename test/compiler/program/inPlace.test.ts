// Updates of what a loop carries: in its place, where the next step finds it and nobody needs what was there.

import {
  add,
  dynamicSlice,
  dynamicUpdateSlice,
  i32,
  less,
  makeJaxpr,
  mul,
  reshape,
  type Scalar,
  scan,
  slice,
  sum,
  type Tensor,
  vmap,
  whileLoop,
  zeros,
} from 'adjoint';
import { describe, expect, it } from 'vitest';
import { type TargetName, targets } from '../../../laws/targets';
import { lowerProgram } from '../../../src/compiler/compile';
import { checkProgram } from '../../../src/compiler/program/check';
import { allInstructions, type Program } from '../../../src/compiler/program/ir';
import { lowerToProgram } from '../../../src/compiler/program/lower';
import { wasmTraits } from '../../../src/compiler/targets/wasm/traits';
import type { Jaxpr } from '../../../src/core/jaxpr';
import type { ConcreteArray } from '../../../src/core/value';
import { arrayOf, identical } from '../programs';

type Table = Tensor<[6, 4]>;
type Row = Tensor<[4]>;
type Rows = Tensor<[6, 4]>;
type State = readonly [Table, Scalar<i32>];

const put = (table: Table, row: Row, at: Scalar<i32>): Table =>
  dynamicUpdateSlice(table, reshape(row, [1, 4]), [at, 0]) as Table;

const check = (jaxpr: Jaxpr): Program => {
  const programs = ([null, { leastKernel: 0, leastStep: 0, sharesAll: true }] as const).map((s) => {
    const program = lowerToProgram(lowerProgram(jaxpr, wasmTraits), s);
    checkProgram(program, s !== null);
    return program;
  });
  const args = jaxpr.inputs.map(({ aval: { shape, dtype } }, i) =>
    dtype.name === 'i32' ? arrayOf(shape, dtype, 0) : arrayOf(shape, dtype, i + 1),
  );
  const before = args.map((x) => x.data.slice());
  const expected = targets.eval.compile(jaxpr)(args);
  for (const name of Object.keys(targets) as TargetName[]) {
    if (!targets[name].isAvailable()) continue;
    const run = targets[name].compile(jaxpr);
    for (const got of [run(args), run(args)])
      expect([name, got.map((x, i) => identical(x, expected[i] as ConcreteArray))]).toEqual([
        name,
        expected.map(() => true),
      ]);
    // What a loop starts from stays as it is.
    args.forEach((x, i) => {
      expect(x.data).toEqual(before[i]);
    });
  }
  return programs[0] as Program;
};
/** The values that have a second buffer, of more than one element. */
const exchanged = ({ procedures }: Program): number =>
  procedures
    .flatMap((p) => allInstructions(p.body))
    .flatMap((i) => (i.op === 'loop' || i.op === 'while' ? i.carries.filter((c) => c.current.size > 1) : [])).length;
/** Elements that are copied or computed of whole tables in the steps. */
const copiesOf = ({ kernels }: Program): readonly string[] =>
  kernels.flatMap(({ name }) => (/map \[(24|6,4)\]/.test(name) ? [name] : []));

const [table, rows, start] = [zeros([6, 4]), zeros([6, 4]), zeros([], i32)];

describe('a step that updates what it carries', () => {
  it('of a scan, writes the row alone', () => {
    const f = (t: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        ([now, at]: State, x: Row): readonly [State, Scalar] => [[put(now, x, at), add(at, 1)], sum(now)],
        [t, i] as State,
        xs,
      );
    const program = check(makeJaxpr(f)(table, rows, start).jaxpr);
    expect([exchanged(program), copiesOf(program)]).toEqual([0, []]);
  });
  it('of a scan that reads the row before', () => {
    const f = (t: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        ([now, at]: State, x: Row): readonly [State, Row] => {
          const old = reshape(dynamicSlice(now, [at, 0], [1, 4]), [4]);
          return [[put(now, add(mul(old, 0.5), x), at), add(at, 1)], old];
        },
        [t, i] as State,
        xs,
        { reverse: true },
      );
    const program = check(makeJaxpr(f)(table, rows, start).jaxpr);
    expect([exchanged(program), copiesOf(program)]).toEqual([0, []]);
  });
  it('of a while', () => {
    const f = (t: Table, x: Row, i: Scalar<i32>) =>
      whileLoop(
        ([, at]: State) => less(at, 5),
        ([now, at]: State): State => [put(now, add(x, sum(now)), at), add(at, 1)],
        [t, i] as State,
      );
    const program = check(makeJaxpr(f)(table, zeros([4]), start).jaxpr);
    expect([exchanged(program), copiesOf(program)]).toEqual([0, []]);
  });
  it('of a loop in a loop', () => {
    const f = (t: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        (outer: Table, x: Row): readonly [Table, Scalar] => {
          const [[next]] = scan(
            ([now, at]: State, y: Row): readonly [State, null] => [[put(now, add(x, y), at), add(at, 1)], null],
            [outer, i] as State,
            xs,
          );
          return [next, sum(next)];
        },
        t,
        xs,
      );
    check(makeJaxpr(f)(table, rows, start).jaxpr);
  });
  it('in lanes', () => {
    const f = vmap((t: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        ([now, at]: State, x: Row): readonly [State, null] => [[put(now, x, at), add(at, 1)], null],
        [t, i] as State,
        xs,
      ),
    ) as never as (t: Tensor<[3, 6, 4]>, xs: Tensor<[3, 6, 4]>, i: Tensor<[3], i32>) => unknown;
    check(makeJaxpr(f)(zeros([3, 6, 4]), zeros([3, 6, 4]), zeros([3], i32)).jaxpr);
  });
});

describe('a step that must not', () => {
  it('because the old value is a result', () => {
    const f = (t: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        ([now, at]: State, x: Row): readonly [State, Table] => [[put(now, x, at), add(at, 1)], now],
        [t, i] as State,
        xs,
      );
    expect(exchanged(check(makeJaxpr(f)(table, rows, start).jaxpr))).toBe(1);
  });
  it('because the values change places', () => {
    type Two = readonly [Table, Table, Scalar<i32>];
    const f = (t: Table, u: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        ([a, b, at]: Two, x: Row): readonly [Two, null] => [[put(b, x, at), put(a, mul(x, 2), at), add(at, 1)], null],
        [t, u, i] as Two,
        xs,
      );
    expect(exchanged(check(makeJaxpr(f)(table, table, rows, start).jaxpr))).toBe(2);
  });
  it('because it reads what is there afterwards', () => {
    const f = (t: Table, xs: Rows, i: Scalar<i32>) =>
      scan(
        ([now, at]: State, x: Row): readonly [State, Row] => {
          const next = put(now, x, at);
          return [[next, add(at, 1)], add(reshape(slice(now, 0, 1, 1), [4]), reshape(slice(next, 0, 1, 1), [4]))];
        },
        [t, i] as State,
        xs,
      );
    check(makeJaxpr(f)(table, rows, start).jaxpr);
  });
});
