// A tile of a contraction: accumulators in registers; the left side splatted and the right side loaded in vectors, where there are any.
import type { Product } from '../../loop';
import type { Code } from './code';
import { extract, vectorConstant } from './lanes';
import { address, bytesOf, constantOf, loadScalar, operate, type Surroundings, storeScalar, typeOf } from './scalar';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What the engine has for products. */
export interface Instructions {
  readonly simd: boolean;
  /** Multiplication and addition in one vector instruction. */
  readonly fuses: boolean;
}

export const writeProduct = (code: Code, around: Surroundings, s: Product, { simd, fuses }: Instructions): void =>
  simd ? writeVectors(code, around, s, fuses) : writeScalars(code, around, s);

/** Rows and columns that plain instructions accumulate at a time: eight sums stay in registers. */
const [rowsAtOnce, columnsAtOnce] = [2, 4];

const writeScalars = (code: Code, around: Surroundings, s: Product): void => {
  const { dtype, depth, left, right, target } = s;
  const bytes = bytesOf(dtype);
  const type = typeOf(dtype);
  const args = [dtype, dtype];
  const pointer = (side: { readonly array: number; readonly at: Product['left']['at'] }): number => {
    const local = code.local('i32');
    const offset = address(code, around, side.array, side.at, dtype);
    code.i32(offset).emit('i32.add').set(local);
    return local;
  };
  const [lefts, rights, targets] = [pointer(left), pointer(right), pointer(target)];
  const [x, y, count] = [code.local('i32'), code.local('i32'), code.local('i32')];
  const all = range(rowsAtOnce).map(() => range(columnsAtOnce).map(() => code.local(type)));
  const values = range(columnsAtOnce).map(() => code.local(type));
  const factor = code.local(type);
  const forward = (local: number, step: number): Code =>
    code
      .get(local)
      .i32(step * bytes)
      .emit('i32.add')
      .set(local);
  for (let row = 0; row < s.rows; row += rowsAtOnce)
    for (let column = 0; column < s.columns; column += columnsAtOnce) {
      const present = Math.min(columnsAtOnce, s.columns - column);
      const sums = all.slice(0, s.rows - row).map((line) => line.slice(0, present));
      for (const sum of sums.flat()) {
        constantOf(code, 0, dtype);
        code.set(sum);
      }
      if (depth > 0) {
        code
          .get(lefts)
          .i32(row * left.rowStep * bytes)
          .emit('i32.add')
          .set(x);
        code
          .get(rights)
          .i32(column * bytes)
          .emit('i32.add')
          .set(y);
        code.i32(depth).set(count);
        code.loop(() => {
          for (let c = 0; c < present; c++) loadScalar(code.get(y), dtype, c * bytes).set(values[c] as number);
          sums.forEach((line, r) => {
            loadScalar(code.get(x), dtype, r * left.rowStep * bytes).set(factor);
            line.forEach((sum, c) => {
              code
                .get(sum)
                .get(factor)
                .get(values[c] as number);
              operate(code, 'mul', dtype, args);
              operate(code, 'add', dtype, args);
              code.set(sum);
            });
          });
          forward(x, left.termStep);
          forward(y, right.termStep);
          code.get(count).i32(1).emit('i32.sub').tee(count).emit('br_if', 0);
        });
      }
      sums.forEach((line, r) => {
        line.forEach((sum, c) => {
          const place = ((row + r) * target.rowStep + (column + c) * target.columnStep) * bytes;
          code.get(targets);
          if (s.accumulate) loadScalar(code.get(targets), dtype, place);
          code.get(sum);
          if (s.accumulate) operate(code, 'add', dtype, args);
          storeScalar(code, dtype, place);
        });
      });
    }
};

const writeVectors = (code: Code, around: Surroundings, s: Product, fuses: boolean): void => {
  const { dtype, rows, columns, depth, left, right, target } = s;
  const bytes = bytesOf(dtype);
  const lanes = 16 / bytes;
  const vectors = Math.ceil(columns / lanes);
  const isFloat = dtype === 'f32' || dtype === 'f64';
  const shape = dtype === 'f32' ? 'f32x4' : dtype === 'f64' ? 'f64x2' : 'i32x4';
  const [x, y, count] = [code.local('i32'), code.local('i32'), code.local('i32')];
  const pointTo = (local: number, side: { readonly array: number; readonly at: Product['left']['at'] }): void => {
    const offset = address(code, around, side.array, side.at, dtype);
    if (offset > 0) code.i32(offset).emit('i32.add');
    code.set(local);
  };
  pointTo(x, left);
  pointTo(y, right);
  const sums = range(rows).map(() => range(vectors).map(() => code.local('v128')));
  for (const sum of sums.flat()) {
    vectorConstant(code, 0, dtype);
    code.set(sum);
  }
  if (depth > 0) {
    const values = range(vectors).map(() => code.local('v128'));
    const factor = code.local('v128');
    code.i32(depth).set(count);
    code.loop(() => {
      values.forEach((v, i) => {
        code
          .get(y)
          .memory('v128.load', 16 * i)
          .set(v);
      });
      sums.forEach((row, r) => {
        code
          .get(x)
          .memory(bytes === 8 ? 'v128.load64_splat' : 'v128.load32_splat', r * left.rowStep * bytes)
          .set(factor);
        row.forEach((sum, v) => {
          const value = values[v] as number;
          if (isFloat && fuses) {
            code
              .get(factor)
              .get(value)
              .get(sum)
              .emit(dtype === 'f32' ? 'f32x4.relaxed_madd' : 'f64x2.relaxed_madd');
          } else code.get(sum).get(factor).get(value).emit(`${shape}.mul`).emit(`${shape}.add`);
          code.set(sum);
        });
      });
      code
        .get(x)
        .i32(left.termStep * bytes)
        .emit('i32.add')
        .set(x);
      code
        .get(y)
        .i32(right.termStep * bytes)
        .emit('i32.add')
        .set(y);
      code.get(count).i32(1).emit('i32.sub').tee(count).emit('br_if', 0);
    });
  }
  pointTo(x, target);
  sums.forEach((row, r) => {
    row.forEach((sum, v) => {
      const offset = (r * target.rowStep + v * lanes * target.columnStep) * bytes;
      const present = Math.min(lanes, columns - v * lanes);
      if (target.columnStep === 1 && present === lanes) {
        code.get(x);
        if (s.accumulate) code.get(x).memory('v128.load', offset).get(sum).emit(`${shape}.add`);
        else code.get(sum);
        code.memory('v128.store', offset);
        return;
      }
      for (let l = 0; l < present; l++) {
        const place = offset + l * target.columnStep * bytes;
        code.get(x);
        if (s.accumulate) loadScalar(code.get(x), dtype, place);
        code.get(sum);
        extract(code, dtype, l);
        if (s.accumulate) operate(code, 'add', dtype, [dtype, dtype]);
        storeScalar(code, dtype, place);
      }
    });
  });
};
