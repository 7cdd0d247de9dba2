// Contractions against sums over all labels.
import * as A from 'adjoint';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { build, filled, indices, make, type Plain, plain, read, sizeOf } from './oracle';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Σ of products over every label that is not in the output, one multi-index at a time. */
const bruteForce = (inputs: readonly string[], output: string, operands: readonly Plain[]): Plain => {
  const sizes = new Map<string, number>();
  inputs.forEach((term, i) => {
    [...term].forEach((c, d) => {
      sizes.set(c, operands[i]?.shape[d] as number);
    });
  });
  const summed = [...sizes.keys()].filter((c) => !output.includes(c));
  const shape = [...output].map((c) => sizes.get(c) as number);
  return build(shape, (at) =>
    indices(summed.map((c) => sizes.get(c) as number)).reduce((total, inner) => {
      const value = (c: string): number =>
        (output.includes(c) ? at[output.indexOf(c)] : inner[summed.indexOf(c)]) as number;
      return total + operands.reduce((product, x, i) => product * read(x, [...(inputs[i] as string)].map(value)), 1);
    }, 0),
  );
};

const same = (got: A.AnyTensor, { shape, data }: Plain): void => {
  const result = plain(got);
  expect(result.shape).toEqual(shape);
  expect(result.data.map((x) => x + 0)).toEqual(data.map((x) => x + 0));
};
const run = (spec: string, operands: readonly Plain[]): A.AnyTensor => A.einsum(spec, ...operands.map((x) => make(x)));

/** One to four operands with labels from a small alphabet, repeated within and between them, and an output of some of the labels. */
const problems = fc
  .record({
    inputs: fc.array(
      fc.array(fc.constantFrom(...'abcde'), { maxLength: 3 }).map((cs) => cs.join('')),
      { minLength: 1, maxLength: 4 },
    ),
    sizes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
    keep: fc.shuffledSubarray([...'abcde']),
  })
  .chain(({ inputs, sizes, keep }) =>
    fc
      .tuple(...inputs.map((term) => filled([...term].map((c) => sizes['abcde'.indexOf(c)] as number))))
      .map((operands) => ({ inputs, operands, output: keep.filter((c) => inputs.join('').includes(c)).join('') })),
  );

test('einsum with explicit output', () => {
  fc.assert(
    fc.property(problems, ({ inputs, operands, output }) => {
      const wanted = bruteForce(inputs, output, operands);
      fc.pre(wanted.data.every((x) => Math.abs(x) < 2 ** 24));
      same(run(`${inputs.join(',')}->${output}`, operands), wanted);
    }),
    { numRuns: 400 },
  );
});

test('einsum with implicit output', () => {
  fc.assert(
    fc.property(problems, ({ inputs, operands }) => {
      const all = inputs.join('');
      const output = [...new Set(all)]
        .filter((c) => all.split(c).length === 2)
        .sort()
        .join('');
      const wanted = bruteForce(inputs, output, operands);
      fc.pre(wanted.data.every((x) => Math.abs(x) < 2 ** 24));
      same(run(inputs.join(', '), operands), wanted);
    }),
    { numRuns: 200 },
  );
});

test.each([
  [
    '...ij,...jk->...ik',
    [
      [5, 2, 3],
      [5, 3, 4],
    ],
    [5, 2, 4],
  ],
  [
    '...ij,...jk->...ik',
    [
      [2, 3],
      [5, 3, 4],
    ],
    [5, 2, 4],
  ],
  [
    '...ij,...jk->...ik',
    [
      [1, 6, 2, 3],
      [5, 1, 3, 4],
    ],
    [5, 6, 2, 4],
  ],
  [
    'i...,i...->...',
    [
      [3, 4],
      [3, 4],
    ],
    [4],
  ],
  ['...->...', [[3, 4]], [3, 4]],
  ['...ii->...i', [[2, 3, 3]], [2, 3]],
  ['a...b->b...a', [[2, 3, 4]], [4, 3, 2]],
  ['...i,...i', [[7, 3], [3]], [7]],
  ['...i->i', [[7, 3]], [3]],
  [',ij->ij', [[], [2, 3]], [2, 3]],
] as readonly [string, number[][], number[]][])('%s of %j has shape %j', (spec, operands, shape) => {
  const values = operands.map((s) => A.ones([...s]) as A.AnyTensor);
  expect(A.einsum(spec, ...values).shape).toEqual(shape);
});

test('batched matmul equals einsum', () => {
  const [x, y] = [A.reshape(A.arange(24), [2, 1, 3, 4]), A.reshape(A.arange(40), [5, 4, 2])];
  expect(A.matmul(x, y).toArray()).toEqual(A.einsum('...ij,...jk->...ik', x, y).toArray());
  expect(A.matmul(A.arange(4), y).toArray()).toEqual(A.einsum('j,bjk->bk', A.arange(4), y).toArray());
  expect(A.matmul(y, A.arange(2)).toArray()).toEqual(A.einsum('bjk,k->bj', y, A.arange(2)).toArray());
});

test('matmul, dot, inner, tensordot agree with sums', () => {
  const dims = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 });
  const pair = dims.chain(([m, k, n, b]) =>
    fc.tuple(filled([m as number, k as number]), filled([b as number, k as number, n as number])),
  );
  fc.assert(
    fc.property(pair, ([x, y]) => {
      const [a, b] = [make(x) as A.Tensor<number[]>, make(y) as A.Tensor<number[]>];
      same(A.matmul(a, b), bruteForce(['mk', 'bkn'], 'bmn', [x, y]));
      same(A.dot(a, b), bruteForce(['mk', 'bkn'], 'mbn', [x, y]));
      same(A.inner(a, A.moveaxis(b, 1, 2)), bruteForce(['mk', 'bkn'], 'mbn', [x, y]));
      same(A.tensordot(a, b, [[1], [1]]), bruteForce(['mk', 'bkn'], 'mbn', [x, y]));
      same(
        A.outer(a, b),
        build(
          [x.data.length, y.data.length],
          ([i, j]) => (x.data[i as number] as number) * (y.data[j as number] as number),
        ),
      );
    }),
    { numRuns: 200 },
  );
});

test('bools contract by or of ands, integers wrap, dtypes are promoted', () => {
  const b = A.tensor([
    [true, true],
    [false, false],
  ]);
  expect(A.matmul(b, b).toArray()).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(A.dot(A.tensor([2 ** 30, 2 ** 30], A.i32), A.tensor([2, 2], A.i32)).item()).toBe(0);
  expect(A.matmul(A.ones([1, 2], A.i32), A.ones([2, 1], A.f64)).dtype).toBe(A.f64);
  expect(A.einsum('i,i->', A.ones([2], A.i32), A.ones([2], A.bool)).dtype).toBe(A.i32);
});

test('sums of nothing', () => {
  expect(A.matmul(A.zeros([2, 0]), A.zeros([0, 3])).toArray()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(A.einsum('ij->', A.zeros([0, 3])).item()).toBe(0);
  expect(A.einsum('ii->i', A.zeros([0, 0])).shape).toEqual([0]);
  expect(range(3).map((n) => A.trace(A.ones([n, n])).item())).toEqual([0, 1, 2]);
  expect(sizeOf([])).toBe(1);
});
