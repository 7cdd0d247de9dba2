import { epochBatches, gatherRows } from 'adjoint/data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const sizes = fc.integer({ min: 1, max: 7 });
const orders = fc.nat({ max: 40 }).chain((n) => {
  const all = Array.from({ length: n }, (_, i) => i);
  return fc.shuffledSubarray(all, { minLength: n });
});

describe('epochBatches', () => {
  it('visits every row once, in the order given', () => {
    fc.assert(
      fc.property(orders, sizes, (order, size) => {
        const batches = epochBatches(order, size);
        expect(batches.flatMap((batch) => [...batch])).toEqual(order);
        expect(batches.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
      }),
    );
  });

  it('a number of rows is the order 0, 1, 2, ...', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), sizes, (n, size) => {
        expect(epochBatches(n, size)).toEqual(
          epochBatches(
            Array.from({ length: n }, (_, i) => i),
            size,
          ),
        );
      }),
    );
  });

  it('dropping the remainder leaves the whole batches', () => {
    fc.assert(
      fc.property(orders, sizes, (order, size) => {
        const all = epochBatches(order, size);
        expect(epochBatches(order, size, { dropRemainder: true })).toEqual(
          all.filter((batch) => batch.length === size),
        );
      }),
    );
  });

  it('does not change with the order it was given', () => {
    const order = Int32Array.of(2, 0, 1);
    const batches = epochBatches(order, 2);
    order.fill(7);
    expect(batches).toEqual([Int32Array.of(2, 0), Int32Array.of(1)]);
  });

  it.each([
    [3, 0],
    [3, -1],
    [3, 1.5],
    [3, Number.NaN],
    [-1, 2],
    [2.5, 2],
    [[0, 1.5], 2],
    [[0, -1], 2],
    [[2 ** 31], 2],
  ])('refuses %j rows in batches of %d', (rows, size) => {
    expect(() => epochBatches(rows, size)).toThrowErrorMatchingSnapshot();
  });
});

describe('gatherRows', () => {
  const images = { shape: [3, 2, 2], data: Uint8Array.from({ length: 12 }, (_, i) => i) };

  it('takes rows in the order of the indices, repeated ones too', () => {
    expect(gatherRows(images, [2, 0, 2])).toEqual({
      shape: [3, 2, 2],
      data: Uint8Array.of(8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11),
    });
    expect(gatherRows({ shape: [3], data: Float64Array.of(0.5, 1.5, 2.5) }, Int32Array.of(1))).toEqual({
      shape: [1],
      data: Float64Array.of(1.5),
    });
    expect(gatherRows(images, [])).toEqual({ shape: [0, 2, 2], data: Uint8Array.of() });
  });

  it('the batches of an epoch, put back by the inverse order, are the rows', () => {
    fc.assert(
      fc.property(orders, sizes, (order, size) => {
        const rows = { shape: [order.length, 2], data: Float32Array.from({ length: 2 * order.length }, (_, i) => i) };
        const shuffled = epochBatches(order, size).flatMap((batch) => [...gatherRows(rows, batch).data]);
        const inverse = order.map((_, row) => order.indexOf(row));
        expect(gatherRows({ shape: rows.shape, data: Float32Array.from(shuffled) }, inverse)).toEqual(rows);
      }),
    );
  });

  it('copies', () => {
    const rows = { shape: [2], data: Int32Array.of(1, 2) };
    const taken = gatherRows(rows, [0]);
    rows.data.fill(9);
    expect(taken.data).toEqual(Int32Array.of(1));
  });

  it.each([[[3]], [[-1]], [[0.5]], [[Number.NaN]]])('refuses %j', (indices) => {
    expect(() => gatherRows(images, indices)).toThrowErrorMatchingSnapshot();
  });

  it('refuses a scalar and a shape that does not fit', () => {
    expect(() => gatherRows({ shape: [], data: Uint8Array.of(1) }, [0])).toThrowErrorMatchingSnapshot();
    expect(() => gatherRows({ shape: [2, 2], data: Uint8Array.of(1) }, [0])).toThrowErrorMatchingSnapshot();
  });
});
