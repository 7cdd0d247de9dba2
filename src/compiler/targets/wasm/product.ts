// A tile of a contraction: accumulators in registers; the left side splatted and the right side loaded in vectors, where there are any.
import type { Product } from '../../loop';
import type { Code } from './code';
import { extract, vectorConstant } from './lanes';
import { floatShapes, machine } from './machine';
import {
  address,
  bytesOf,
  constantOf,
  isFloat,
  loadScalar,
  operate,
  type Surroundings,
  storeScalar,
  typeOf,
} from './scalar';

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
  const starts = s.from === undefined ? null : pointer(s.from);
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
      sums.forEach((line) => {
        line.forEach((sum, c) => {
          if (starts === null) constantOf(code, 0, dtype);
          else loadScalar(code.get(starts), dtype, (column + c) * bytes);
          code.set(sum);
        });
      });
      if (depth > 0) {
        code
          .get(lefts)
          .i32(row * left.rowStep * bytes)
          .emit('i32.add')
          .set(x);
        code
          .get(rights)
          .i32(column * right.columnStep * bytes)
          .emit('i32.add')
          .set(y);
        code.i32(depth).set(count);
        code.loop(() => {
          for (let c = 0; c < present; c++)
            loadScalar(code.get(y), dtype, c * right.columnStep * bytes).set(values[c] as number);
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

/** Sixteen bytes out of two vectors, in words of eight or four. */
const words = (size: 4 | 8, ...chosen: readonly number[]): readonly number[] =>
  chosen.flatMap((word) => range(size).map((i) => word * size + i));

/** Lane i of vector j becomes lane j of vector i. */
const transposeLanes = (code: Code, from: readonly number[], to: readonly number[]): void => {
  const mixed = (a: number, b: number, size: 4 | 8, chosen: readonly number[], result: number): void => {
    code
      .get(a)
      .get(b)
      .emit('i8x16.shuffle', ...words(size, ...chosen))
      .set(result);
  };
  const [low, high] = [
    [0, 2],
    [1, 3],
  ] as const;
  const [a, b, c, d] = from as readonly [number, number, number, number];
  const [p, q, r, s] = to as readonly [number, number, number, number];
  if (from.length === 2) {
    mixed(a, b, 8, low, p);
    mixed(a, b, 8, high, q);
    return;
  }
  const [first, second] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ] as const;
  mixed(a, b, 4, first, p);
  mixed(a, b, 4, second, r);
  mixed(c, d, 4, first, a);
  mixed(c, d, 4, second, b);
  mixed(p, a, 8, high, q);
  mixed(p, a, 8, low, p);
  mixed(r, b, 8, high, s);
  mixed(r, b, 8, low, r);
};

const writeVectors = (code: Code, around: Surroundings, s: Product, fuses: boolean): void => {
  const { dtype, rows, columns, depth, left, right, target } = s;
  const bytes = bytesOf(dtype);
  const lanes = 16 / bytes;
  const vectors = Math.ceil(columns / lanes);
  const { shape } = machine[dtype];
  const [x, y, count] = [code.local('i32'), code.local('i32'), code.local('i32')];
  const pointTo = (local: number, side: { readonly array: number; readonly at: Product['left']['at'] }): void => {
    const offset = address(code, around, side.array, side.at, dtype);
    if (offset > 0) code.i32(offset).emit('i32.add');
    code.set(local);
  };
  const sums = range(rows).map(() => range(vectors).map(() => code.local('v128')));
  if (s.from !== undefined) pointTo(y, s.from);
  for (const row of sums)
    row.forEach((sum, v) => {
      if (s.from === undefined) vectorConstant(code, 0, dtype);
      else code.get(y).memory('v128.load', 16 * v);
      code.set(sum);
    });
  pointTo(x, left);
  pointTo(y, right);
  const factor = code.local('v128');
  /** The factor of a row at a distance of terms. */
  const factorOf = (row: number, term: number): void => {
    code
      .get(x)
      .memory(
        bytes === 8 ? 'v128.load64_splat' : 'v128.load32_splat',
        (row * left.rowStep + term * left.termStep) * bytes,
      )
      .set(factor);
  };
  const multiply = (sum: number, value: number): void => {
    if (isFloat(dtype) && fuses) {
      code.get(factor).get(value).get(sum).emit(`${floatShapes[dtype]}.relaxed_madd`);
    } else code.get(sum).get(factor).get(value).emit(`${shape}.mul`).emit(`${shape}.add`);
    code.set(sum);
  };
  /** Goes through the terms, so many at a time. */
  const terms = (times: number, step: number, body: () => void): void => {
    if (times === 0) return;
    code.i32(times).set(count);
    code.loop(() => {
      body();
      for (const [pointer, by] of [[x, left.termStep] as const, [y, right.termStep] as const])
        code
          .get(pointer)
          .i32(step * by * bytes)
          .emit('i32.add')
          .set(pointer);
      code.get(count).i32(1).emit('i32.sub').tee(count).emit('br_if', 0);
    });
  };
  /** Where a column lies; beyond the last one that one stands in. */
  const columnAt = (column: number): number => Math.min(column, columns - 1) * right.columnStep * bytes;
  const values = range(Math.max(vectors, lanes)).map(() => code.local('v128'));
  const lineUp = (): void => {
    const loaded = range(lanes).map(() => code.local('v128'));
    const whole = Math.floor(depth / lanes);
    terms(whole, lanes, () => {
      range(vectors).forEach((v) => {
        loaded.forEach((l, i) => {
          code
            .get(y)
            .memory('v128.load', columnAt(v * lanes + i))
            .set(l);
        });
        transposeLanes(code, loaded, values);
        range(lanes).forEach((term) => {
          sums.forEach((row, r) => {
            factorOf(r, term);
            multiply(row[v] as number, values[term] as number);
          });
        });
      });
    });
    terms(depth - whole * lanes, 1, () => {
      range(vectors).forEach((v) => {
        const value = values[v] as number;
        range(lanes).forEach((i) => {
          code.get(y);
          if (i === 0) code.memory(bytes === 8 ? 'v128.load64_zero' : 'v128.load32_zero', columnAt(v * lanes));
          else
            code.get(value).memory(bytes === 8 ? 'v128.load64_lane' : 'v128.load32_lane', columnAt(v * lanes + i), i);
          code.set(value);
        });
      });
      sums.forEach((row, r) => {
        factorOf(r, 0);
        row.forEach((sum, v) => {
          multiply(sum, values[v] as number);
        });
      });
    });
  };
  if (right.columnStep !== 1 && columns > 1) lineUp();
  else
    terms(depth, 1, () => {
      range(vectors).forEach((v) => {
        code
          .get(y)
          .memory('v128.load', 16 * v)
          .set(values[v] as number);
      });
      sums.forEach((row, r) => {
        factorOf(r, 0);
        row.forEach((sum, v) => {
          multiply(sum, values[v] as number);
        });
      });
    });
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
