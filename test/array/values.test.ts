// How values enter, leave, print, and refuse JavaScript's operators.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import * as A from 'adjoint';
import { describe, expect, test } from 'vitest';

const { bool, f32, f64, i32, u32 } = A;
const message = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    return `${(e as Error).name}: ${(e as Error).message}`;
  }
  return 'nothing was thrown';
};

describe('in and out', () => {
  test('dtypes of data', () => {
    const dtypeOf = (x: { readonly dtype: { readonly name: string } }) => x.dtype.name;
    expect([
      dtypeOf(A.tensor(1)),
      dtypeOf(A.tensor(true)),
      dtypeOf(A.tensor([])),
      dtypeOf(A.tensor([[true], [false]])),
      dtypeOf(A.tensor(new Float64Array(1))),
      dtypeOf(A.tensor(new Int32Array(1))),
      dtypeOf(A.tensor(new Uint32Array(1))),
      dtypeOf(A.tensor(new Uint8Array(1))),
      dtypeOf(A.tensor([new Float64Array(2), new Float64Array(2)])),
      dtypeOf(A.tensor(Buffer.from([1, 2]))),
    ]).toEqual(['f32', 'bool', 'f32', 'bool', 'f64', 'i32', 'u32', 'u8', 'f64', 'u8']);
  });
  test('numbers are rounded to the dtype', () => {
    expect(A.tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(A.tensor(0.1, f64).item()).toBe(0.1);
    expect(A.tensor([1, 0], bool).toArray()).toEqual([true, false]);
    expect(A.tensor(new Float32Array([1, 2]), i32).toArray()).toEqual([1, 2]);
  });
  test('data is copied in and out', () => {
    const source = new Float32Array([1, 2]);
    const x = A.tensor(source);
    source[0] = 9;
    x.toTypedArray()[1] = 9;
    (x.toArray() as number[])[1] = 9;
    A.reshape(x, [2, 1]).toTypedArray()[0] = 9;
    expect(x.toArray()).toEqual([1, 2]);
  });
  test('nested arrays, scalars, empty axes', () => {
    expect(A.tensor([[[1], [2]]]).shape).toEqual([1, 2, 1]);
    expect(A.tensor([[], []]).shape).toEqual([2, 0]);
    expect(A.tensor([[], []]).toArray()).toEqual([[], []]);
    expect(A.zeros([0, 3]).toArray()).toEqual([]);
    expect(A.zeros([2, 0, 3]).toArray()).toEqual([[], []]);
    expect(A.tensor(5).toArray()).toBe(5);
    expect(A.tensor([[true]]).item()).toBe(true);
    expect(message(() => A.tensor([1, 2]).item())).toMatch('item: expected a tensor of one element, got shape [2]');
    expect(JSON.stringify({ w: A.tensor([[1, 2]]) })).toBe('{"w":[[1,2]]}');
  });
  test('asarray keeps tensors and reads data', () => {
    const x = A.tensor([[1, 2]], i32);
    expect(A.asarray(x)).toBe(x);
    expect(A.asarray(x, f64).dtype).toBe(f64);
    expect(A.asarray(new Uint32Array([1, 2])).dtype).toBe(u32);
    expect(A.asarray([[1.5], [2]]).toArray()).toEqual([[1.5], [2]]);
    expect(A.asarray([1, 0], bool).toArray()).toEqual([true, false]);
    expect(A.grad((y: A.Tensor<[2]>) => A.sum(A.square(A.asarray(y, f64))))(A.tensor([1, 2])).toArray()).toEqual([
      2, 4,
    ]);
  });
  test('at least so many axes, in the order of NumPy', () => {
    const shapes = [[], [4], [2, 3], [2, 3, 4], [2, 3, 4, 5]].map((shape: number[]) =>
      [A.atleast1d, A.atleast2d, A.atleast3d].map((f) => f(A.zeros(shape)).shape.join()),
    );
    expect(shapes).toEqual([
      ['1', '1,1', '1,1,1'],
      ['4', '1,4', '1,4,1'],
      ['2,3', '2,3', '2,3,1'],
      ['2,3,4', '2,3,4', '2,3,4'],
      ['2,3,4,5', '2,3,4,5', '2,3,4,5'],
    ]);
    expect(A.atleast3d(A.tensor([[1, 2]])).toArray()).toEqual([[[1], [2]]]);
  });
  test('arraySplit shares what does not divide', () => {
    const lengths = (n: number, parts: number | readonly number[]) =>
      A.arraySplit(A.arange(n), parts).map((x) => x.size);
    expect([lengths(10, 3), lengths(9, 3), lengths(2, 4), lengths(0, 2), lengths(10, [3, 3])]).toEqual([
      [4, 3, 3],
      [3, 3, 3],
      [1, 1, 0, 0],
      [0, 0],
      [3, 0, 7],
    ]);
    const x = A.reshape(A.arange(14), [2, 7]);
    expect(A.concatenate(A.arraySplit(x, 3, -1), 1).toArray()).toEqual(x.toArray());
  });
  test('forty axes', () => {
    const shape = new Array<number>(40).fill(1);
    const x = A.ones(shape);
    expect(A.sum(A.add(A.transpose(x), x)).item()).toBe(2);
    expect(A.expandDims(x, -1).ndim).toBe(41);
  });
  test('tensors cannot be mistaken for promises, nor changed', async () => {
    const x = A.ones([2]);
    expect('then' in x).toBe(false);
    expect(await x).toBe(x);
    expect(Object.keys(x.add(1))).not.toContain('add');
  });
});

test('printing', () => {
  const show = (x: unknown): string => inspect(x);
  expect(
    [
      A.tensor(1.5),
      A.tensor(true),
      A.tensor([0.1, -2, 1e10, 1e-7, NaN, Infinity, -0, 1 / 3]),
      A.tensor([1 / 3, 2 / 3], f64),
      A.tensor([
        [1, 2.5],
        [-3, 100],
      ]),
      A.tensor([[true, false]]),
      A.reshape(A.arange(12), [2, 2, 3]),
      A.zeros([0]),
      A.zeros([2, 0]),
      A.arange(2000),
      A.reshape(A.arange(10000), [100, 100]),
      A.ones([2], u32),
    ]
      .map(show)
      .join('\n\n'),
  ).toMatchInlineSnapshot(`
    "f32[] 1.5

    bool[] true

    f32[8] [        0.1,          -2, 10000000000,        1e-7,         NaN,    Infinity,          -0,    0.333333]

    f64[2] [0.333333, 0.666667]

    f32[2,2]
    [[  1, 2.5],
     [ -3, 100]]

    bool[1,2]
    [[ true, false]]

    i32[2,2,3]
    [[[ 0,  1,  2],
      [ 3,  4,  5]],

     [[ 6,  7,  8],
      [ 9, 10, 11]]]

    f32[0] []

    f32[2,0]
    [[],
     []]

    i32[2000] [   0,    1,    2, ..., 1997, 1998, 1999]

    i32[100,100]
    [[   0,    1,    2, ...,   97,   98,   99],
     [ 100,  101,  102, ...,  197,  198,  199],
     [ 200,  201,  202, ...,  297,  298,  299],
     ...,
     [9700, 9701, 9702, ..., 9797, 9798, 9799],
     [9800, 9801, 9802, ..., 9897, 9898, 9899],
     [9900, 9901, 9902, ..., 9997, 9998, 9999]]

    u32[2] [1, 1]"
  `);
  expect(String(A.tensor([1, 2]))).toBe('f32[2] [1, 2]');
  expect(`${A.tensor(2)}`).toBe('f32[] 2');
});

describe('operators of JavaScript', () => {
  test('on one element they see its number', () => {
    const x = A.tensor(3);
    expect((x as never as number) > 2).toBe(true);
    expect(+(x as never as number)).toBe(3);
    expect((x as never as number) * 2).toBe(6);
    expect((x as never as number) + 1).toBe(4);
  });
  test('on more they are refused', () => {
    const x = A.tensor([1, 2]);
    expect(message(() => (x as never as number) + 1)).toMatchInlineSnapshot(
      `"ArgumentError: operators of JavaScript do not work on tensors, here f32[2]. Use add(x, y), mul(x, y), greater(x, y), ...; to look at a value use x.item() or x.toArray()."`,
    );
    expect(message(() => (x as never as number) > 1)).toMatchInlineSnapshot(
      `"ArgumentError: operators of JavaScript do not work on tensors, here f32[2]. Use add(x, y), mul(x, y), greater(x, y), ...; to look at a value use x.item() or x.toArray()."`,
    );
  });
  test('on a traced value', () => {
    const under = (f: (x: A.Scalar) => unknown) => (x: A.Scalar) => {
      f(x);
      return x;
    };
    const uses: readonly (readonly [string, (x: A.Scalar) => unknown])[] = [
      ['>', (x) => (x as never as number) > 0],
      ['+', (x) => (x as never as number) + 1],
      ['template', (x) => `${x}`],
      ['item', (x) => x.item()],
      ['toArray', (x) => x.toArray()],
      ['toTypedArray', (x) => x.toTypedArray()],
      ['JSON', (x) => JSON.stringify(x)],
    ];
    const report = uses.flatMap(([name, use]) => [
      `jit ${name}: ${message(() => A.jit(under(use))(A.tensor(1)))}`,
      `grad ${name}: ${message(() => A.grad(under(use) as (x: A.Scalar) => A.Scalar)(A.tensor(1)))}`,
      `vmap ${name}: ${message(() => A.vmap(under(use), A.over(0))(A.ones([2])))}`,
    ]);
    expect(report).toMatchInlineSnapshot(`
      [
        "jit >: ConcretizationError: a comparison or arithmetic operator: the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums).",
        "grad >: nothing was thrown",
        "vmap >: ConcretizationError: a comparison or arithmetic operator: the value of a tensor (f32[]) is not known while vmap traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside vmap.",
        "jit +: ConcretizationError: the operator + or ==: the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums).",
        "grad +: nothing was thrown",
        "vmap +: ConcretizationError: the operator + or ==: the value of a tensor (f32[]) is not known while vmap traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside vmap.",
        "jit template: ConcretizationError: a template or String(): the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums).",
        "grad template: nothing was thrown",
        "vmap template: ConcretizationError: a template or String(): the value of a tensor (f32[]) is not known while vmap traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside vmap.",
        "jit item: ConcretizationError: item(): the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums).",
        "grad item: nothing was thrown",
        "vmap item: ConcretizationError: item(): the value of a tensor (f32[]) is not known while vmap traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside vmap.",
        "jit toArray: ConcretizationError: toArray(): Tracer<f32[]> of jit has no elements of its own while jit traces the function. Return it from the function and call toArray() on the result.",
        "grad toArray: ConcretizationError: toArray(): Tracer<f32[]> of grad has no elements of its own while grad traces the function. Return it from the function and call toArray() on the result.",
        "vmap toArray: ConcretizationError: toArray(): Tracer<f32[]> of vmap has no elements of its own while vmap traces the function. Return it from the function and call toArray() on the result.",
        "jit toTypedArray: ConcretizationError: toTypedArray(): Tracer<f32[]> of jit has no elements of its own while jit traces the function. Return it from the function and call toTypedArray() on the result.",
        "grad toTypedArray: ConcretizationError: toTypedArray(): Tracer<f32[]> of grad has no elements of its own while grad traces the function. Return it from the function and call toTypedArray() on the result.",
        "vmap toTypedArray: ConcretizationError: toTypedArray(): Tracer<f32[]> of vmap has no elements of its own while vmap traces the function. Return it from the function and call toTypedArray() on the result.",
        "jit JSON: ConcretizationError: toArray(): Tracer<f32[]> of jit has no elements of its own while jit traces the function. Return it from the function and call toArray() on the result.",
        "grad JSON: ConcretizationError: toArray(): Tracer<f32[]> of grad has no elements of its own while grad traces the function. Return it from the function and call toArray() on the result.",
        "vmap JSON: ConcretizationError: toArray(): Tracer<f32[]> of vmap has no elements of its own while vmap traces the function. Return it from the function and call toArray() on the result.",
      ]
    `);
  });
  test('traced values print without their elements', () => {
    const seen: string[] = [];
    const look = (x: A.Tensor<[2]>) => {
      seen.push(inspect(x), x.toString());
      return A.sum(x);
    };
    A.jit(look)(A.ones([2]));
    A.grad(look)(A.ones([2]));
    A.vmap(look, A.over(0))(A.ones([3, 2]));
    expect(seen).toMatchInlineSnapshot(`
      [
        "Tracer<f32[2]> of jit",
        "Tracer<f32[2]> of jit",
        "Tracer<f32[2]> of grad",
        "Tracer<f32[2]> of grad",
        "Tracer<f32[2]> of vmap",
        "Tracer<f32[2]> of vmap",
      ]
    `);
  });
});

test('every method of Tensor exists, and is no enumerable property', () => {
  const interfaceIn = (file: string, name: string): string => {
    const source = readFileSync(fileURLToPath(new URL(`../../src/types/${file}.ts`, import.meta.url)), 'utf8');
    return new RegExp(`export interface ${name}\\b.*?\\n}\\n`, 's').exec(source)?.[0] ?? '';
  };
  const body = interfaceIn('tensor', 'Tensor') + interfaceIn('methods', 'Methods');
  const methods = [...body.matchAll(/^ {2}(\w+)(?=[<(])/gm)].map(([, name]) => name as string);
  expect(methods.length).toBeGreaterThan(50);
  const x = A.tensor([1]);
  expect(methods.filter((name) => typeof (x as never as Record<string, unknown>)[name] !== 'function')).toEqual([]);
  for (const name in x) expect(methods).not.toContain(name);
  expect(
    A.tensor([[1, 2]])
      .add(1)
      .mul(2)
      .matmul(A.ones([2, 1]))
      .sum()
      .item(),
  ).toBe(10);
  expect(A.zeros([2, 3]).as([2, 3]).shape).toEqual([2, 3]);
  expect(message(() => A.zeros([2, 3]).as([3, 2] as never))).toMatch(
    'as: contradicts the shape: it is [2, 3], stated was [3, 2]',
  );
});

describe('promotion', () => {
  const names = ['bool', 'i32', 'u32', 'f32', 'f64'] as const;
  test('of every pair of dtypes', () => {
    const of = { bool, i32, u32, f32, f64 };
    const table = names.map((a) => names.map((b) => A.mul(A.ones([1], of[a]), A.ones([1], of[b])).dtype.name));
    expect(table).toEqual([
      ['bool', 'i32', 'u32', 'f32', 'f64'],
      ['i32', 'i32', 'i32', 'f32', 'f64'],
      ['u32', 'i32', 'u32', 'f32', 'f64'],
      ['f32', 'f32', 'f32', 'f32', 'f64'],
      ['f64', 'f64', 'f64', 'f64', 'f64'],
    ]);
  });
  test('numbers are weak', () => {
    expect(A.add(A.ones([1], i32), 1).dtype).toBe(i32);
    expect(A.add(A.ones([1], f64), 0.1).item()).toBe(1.1);
    expect(A.add(1, 2).dtype).toBe(f32);
    expect(A.greater(A.ones([1], i32), 0).dtype).toBe(bool);
    expect(A.where(A.tensor([true]), 1, 2).dtype).toBe(f32);
    expect(A.where(A.tensor([true]), A.ones([1], i32), 2).dtype).toBe(i32);
    expect(A.add(A.ones([1], bool), 1).toArray()).toEqual([true]);
  });
  test('floating results of integers', () => {
    const x = A.tensor([1, 4], i32);
    expect(
      [A.sqrt(x), A.mean(x), A.div(x, 2), A.softmax(x), A.variance(x), A.sigmoid(A.tensor([true]))].map(
        (y) => y.dtype.name,
      ),
    ).toEqual(new Array(6).fill('f32'));
    expect(
      [A.relu(x), A.sum(x), A.max(x), A.cumsum(x, 0), A.abs(x), A.floor(x), A.sort(x)].map((y) => y.dtype.name),
    ).toEqual(new Array(7).fill('i32'));
    expect(A.sum(A.tensor([true, true])).dtype).toBe(i32);
    expect(A.argmax(A.ones([2])).dtype).toBe(i32);
  });
});

describe('edges of arithmetic', () => {
  test('floor division and remainder, as in NumPy', () => {
    const xs = [7, -7, 7, -7, 0, 1, -1, 1, 5.5, -0.5];
    const ys = [2, 2, -2, -2, 3, Infinity, Infinity, 0, 0.1, 0.25];
    expect(A.floorDivide(A.tensor(xs, f64), A.tensor(ys, f64)).toArray()).toEqual([
      3,
      -4,
      -4,
      3,
      0,
      0,
      -1,
      Infinity,
      54,
      -2,
    ]);
    expect(A.remainder(A.tensor(xs.slice(0, 7), f64), A.tensor(ys.slice(0, 7), f64)).toArray()).toEqual([
      1,
      1,
      -1,
      -1,
      0,
      1,
      Infinity,
    ]);
    expect(A.floorDivide(A.tensor([1, -1], i32), 0).toArray()).toEqual([-1, -1]);
    expect(A.remainder(A.tensor([5, -5], i32), 0).toArray()).toEqual([5, -5]);
    expect(A.floorDivide(A.tensor([4000000000], u32), 7).toArray()).toEqual([571428571]);
  });
  test('integers wrap', () => {
    expect(A.add(A.tensor([2147483647], i32), 1).toArray()).toEqual([-2147483648]);
    expect(A.mul(A.tensor([65536, 3], u32), 65537).toArray()).toEqual([65536, 196611]);
    expect(A.neg(A.tensor([1], u32)).toArray()).toEqual([4294967295]);
    expect(A.argmin(A.tensor([-2147483648, 2147483647], i32)).item()).toBe(0);
    expect(A.rightShift(A.tensor([-8], i32), 1).toArray()).toEqual([-4]);
    expect(A.rightShift(A.tensor([4294967288], u32), 1).toArray()).toEqual([2147483644]);
  });
  test('NaN and infinities', () => {
    const x = A.tensor([NaN, -Infinity, Infinity]);
    expect(A.max(x).item()).toBeNaN();
    expect(A.relu(x).toArray()).toEqual([NaN, 0, Infinity]);
    expect(A.argmax(A.tensor([1, NaN, 2])).item()).toBe(1);
    expect(A.argmin(A.tensor([1, NaN, 2])).item()).toBe(1);
    expect(A.sort(A.tensor([2, NaN, -Infinity, 1])).toArray()).toEqual([-Infinity, 1, 2, NaN]);
    expect(A.topK(A.tensor([2, NaN, 1]), 2)[1].toArray()).toEqual([1, 0]);
    expect(A.logsumexp(A.tensor([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(A.logsumexp(A.tensor([Infinity, 1])).item()).toBe(Infinity);
    expect(A.logaddexp(-Infinity, -Infinity).item()).toBe(-Infinity);
    expect(A.logaddexp(Infinity, Infinity).item()).toBe(Infinity);
    expect(A.hypot(A.tensor([Infinity, 0]), A.tensor([-Infinity, 0])).toArray()).toEqual([Infinity, 0]);
    expect(A.mean(A.zeros([0])).item()).toBeNaN();
    expect(A.pow(A.tensor([0, NaN, 1]), A.tensor([0, 0, NaN])).toArray()).toEqual([1, 1, 1]);
    expect(A.sign(A.tensor([NaN])).item()).toBeNaN();
    expect(A.softmax(A.tensor([0, -Infinity])).toArray()).toEqual([1, 0]);
    expect(A.clip(A.tensor([NaN, 5]), 0, 1).toArray()).toEqual([NaN, 1]);
  });
  test('empty tensors', () => {
    const x = A.zeros([0, 3]);
    expect(A.sum(x).item()).toBe(0);
    expect(A.prod(x, 0).toArray()).toEqual([1, 1, 1]);
    expect(A.max(x, 1).toArray()).toEqual([]);
    expect(A.argmax(x, 1).toArray()).toEqual([]);
    expect(A.softmax(x, 0).shape).toEqual([0, 3]);
    expect(A.logsumexp(x, 0).toArray()).toEqual([-Infinity, -Infinity, -Infinity]);
    expect(A.matmul(A.zeros([2, 0]), x).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(A.concatenate([x, A.ones([1, 3])]).toArray()).toEqual([[1, 1, 1]]);
    expect(A.sort(x, 0).shape).toEqual([0, 3]);
    expect(A.take(A.ones([2]), A.zeros([0], i32)).toArray()).toEqual([]);
    expect(A.take(x, A.zeros([0], i32)).shape).toEqual([0, 3]);
    expect(A.cumsum(x, 0).shape).toEqual([0, 3]);
    expect(A.oneHot(A.zeros([0], i32), 4).shape).toEqual([0, 4]);
    expect(A.all(x).item()).toBe(true);
    expect(A.flip(x).shape).toEqual([0, 3]);
    expect(A.standardize(x).shape).toEqual([0, 3]);
    expect(A.reshape(x, [3, 0]).shape).toEqual([3, 0]);
    expect(A.grad((y: A.Tensor<[0, 3]>) => A.sum(A.exp(y)))(x).shape).toEqual([0, 3]);
  });
});
