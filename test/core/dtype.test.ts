// The dtypes against JAX (promotion.py): what meets in what, how numbers are converted; and the formats of 16 bits against their definition.
import * as A from 'adjoint';
import {
  type AnyTensor,
  add,
  astype,
  bf16,
  bitcast,
  bool,
  configure,
  cumsum,
  type DType,
  div,
  dot,
  dtypes,
  exp,
  f16,
  f32,
  f64,
  grad,
  i8,
  i16,
  i32,
  jit,
  matmul,
  max,
  mean,
  mul,
  prod,
  sum,
  type Tensor,
  tensor,
  u8,
  u16,
  u32,
  vmap,
} from 'adjoint';
import * as random from 'adjoint/random';
import fc from 'fast-check';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { recordOf } from '../../src/core/dtype';
import { bfloat16, float16 } from '../../src/core/halfPrecision';
import type { Promote } from '../../src/types/dtype';
import oracle from './promotion.json';

type Name = keyof typeof oracle.pairs;
const byName: Readonly<Record<string, DType>> = Object.fromEntries(dtypes.map((d) => [d.name, d]));
const dtypeOf = (name: string): DType => byName[name] as DType;
const ones = (name: string): AnyTensor => tensor([1, 1], dtypeOf(name));

describe('promotion', () => {
  const names = Object.keys(oracle.pairs) as Name[];
  it('is that of JAX for every pair', () => {
    expect(names.sort()).toEqual(dtypes.map((d) => d.name).sort());
    for (const a of names) for (const b of names) expect(add(ones(a), ones(b)).dtype.name).toBe(oracle.pairs[a][b]);
  });
  it('is in the types what it is in the values', () => {
    type Table = { [A in Name]: { [B in Name]: string } };
    expectTypeOf<Promote<A.BFloat16, A.Float16>>().toEqualTypeOf<A.Float32>();
    expectTypeOf<Promote<A.Int8, A.Uint16>>().toEqualTypeOf<A.Int32>();
    expectTypeOf<Promote<A.Uint32, A.BFloat16>>().toEqualTypeOf<A.BFloat16>();
    expectTypeOf(oracle.pairs).toExtend<Table>();
  });
  it('leaves a dtype as it is beside an integer, and a float beside any number', () => {
    for (const a of names.filter((n) => n !== 'f64' && n !== 'bool')) {
      expect(add(ones(a), 2).dtype.name).toBe(oracle.integerLiteral[a as 'f32']);
      // JAX makes f32 of an integer and a fraction; here the tensor is to be converted first.
      if (oracle.fractionalLiteral[a as 'f32'] === a) expect(add(ones(a), 1.5).dtype.name).toBe(a);
      else expect(() => add(ones(a), 1.5)).toThrow('is not a value of');
    }
    expect(() => add(tensor([1], i8), 300)).toThrow('the number 300 is not a value of i8');
  });
  it.each([
    ['sum', (x: AnyTensor) => sum(x)],
    ['prod', (x: AnyTensor) => prod(x)],
    ['cumsum', (x: AnyTensor) => cumsum(x, 0)],
    ['mean', (x: AnyTensor) => mean(x)],
    ['div', (x: AnyTensor) => div(x, x)],
    ['exp', (x: AnyTensor) => exp(x)],
    ['max', (x: AnyTensor) => max(x)],
    ['dot', (x: AnyTensor) => dot(x, x)],
  ] as const)('of %s is that of JAX', (name, f) => {
    for (const [from, to] of Object.entries(oracle[name])) expect([from, f(ones(from)).dtype.name]).toEqual([from, to]);
  });
});

describe('conversion', () => {
  afterEach(() => configure({ target: 'wasm' }));
  it.each(['wasm', 'js', 'eval'] as const)('saturates floats and wraps integers, as JAX does (%s)', (target) => {
    configure({ target });
    const floats = tensor([300, -300, NaN, Infinity, -1.7, 127.9, 4e4, -4e4, 7e4]);
    for (const [name, expected] of Object.entries(oracle.converted)) {
      expect([name, astype(floats, dtypeOf(name)).toArray()]).toEqual([name, expected]);
      expect([name, jit((x: typeof floats) => astype(x, dtypeOf(name)))(floats).toArray()]).toEqual([name, expected]);
    }
    const integers = tensor([300, -300, 70000, -1], i32);
    for (const [name, expected] of Object.entries(oracle.wrapped))
      expect([name, jit((x: typeof integers) => astype(x, dtypeOf(name)))(integers).toArray()]).toEqual([
        name,
        expected,
      ]);
  });
  it.each(['wasm', 'js', 'eval'] as const)('takes integers modulo the size of another dtype (%s)', (target) => {
    configure({ target });
    const integers = dtypes.filter((d) => d.kind === 'int' || d.kind === 'uint');
    for (const from of integers) {
      const { lowest, highest } = recordOf(from);
      // As many as fill vectors, and some that are left over.
      const x = tensor([lowest, -1, 0, 1, 127, 128, 255, 256, highest].map(recordOf(from).round), from);
      for (const to of integers) {
        const size = 2 ** (8 * to.bytes);
        const expected = x.toArray().map((v) => {
          const rest = ((v % size) + size) % size;
          return to.kind === 'int' && rest >= size / 2 ? rest - size : rest;
        });
        expect([from.name, to.name, jit((v: typeof x) => astype(v, to))(x).toArray()]).toEqual([
          from.name,
          to.name,
          expected,
        ]);
      }
    }
  });
  it('rounds doubles by way of single precision, as JAX does, on every target', () => {
    const doubles = tensor([1 + 2 ** -8 + 2 ** -40, 1 + 2 ** -11 + 2 ** -40, 1e300, -1e-300, 65519.99, 65520], f64);
    for (const dtype of [f16, bf16]) {
      const expected = doubles.toArray().map((x) => recordOf(dtype).round(Math.fround(x)));
      for (const target of ['wasm', 'js', 'eval'] as const) {
        configure({ target });
        expect(jit((x: typeof doubles) => astype(x, dtype))(doubles).toArray()).toEqual(expected);
      }
    }
  });
});

describe.each([
  ['f16', float16, 11, -14, 65504],
  ['bf16', bfloat16, 8, -126, recordOf('bf16').highest],
] as const)('%s', (name, format, digits, least, greatest) => {
  const dtype = dtypeOf(name);
  it('reads every pattern of bits, and writes it back', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const x = format.decode(bits);
      if (!Number.isNaN(x)) expect(format.encode(x)).toBe(bits);
    }
  });
  it('is rounded to the nearest number, of two to the even one', () => {
    const magnitudes = fc.oneof(
      fc.double({ min: 2 ** (least - digits - 2), max: 2 ** (least + 2), noNaN: true }),
      fc.double({ min: 2 ** -8, max: 2 ** 8, noNaN: true }),
      fc.double({ min: greatest / 4, max: greatest * 1.2, noNaN: true }),
      fc.nat({ max: format.encode(greatest) - 1 }).map((bits) => (format.decode(bits) + format.decode(bits + 1)) / 2),
    );
    fc.assert(
      fc.property(magnitudes.map(Math.fround), fc.boolean(), (magnitude, isNegative) => {
        const x = isNegative ? -magnitude : magnitude;
        const spacing = 2 ** (Math.max(least, Math.floor(Math.log2(Math.max(magnitude, 2 ** -200)))) - digits + 1);
        const steps = magnitude / spacing;
        const below = Math.floor(steps);
        const nearest = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1) ? below + 1 : below;
        const expected = nearest * spacing <= greatest ? nearest * spacing : Infinity;
        return Object.is(format.decode(format.encode(x)), isNegative ? -expected : expected);
      }),
      { numRuns: 2000 },
    );
  });
  it('is computed in f32 and rounded once, by every target, in every lane', () => {
    const all = tensor(
      Uint16Array.from({ length: 65536 }, (_, i) => i),
      u16,
    );
    const f = (bits: Tensor<[number], A.Uint16>) => {
      const x = bitcast(bits, dtype);
      return [astype(x, f32), bitcast(mul(x, 1.7), u16), astype(x, i8), astype(x, bool), bitcast(add(x, x), u16)];
    };
    const numbers = Float32Array.from({ length: 65536 }, (_, i) => format.decode(i));
    const factor = format.decode(format.encode(1.7));
    const canonical = (xs: ArrayLike<number>) =>
      Array.from(xs, (bits) => (Number.isNaN(format.decode(bits)) ? -1 : bits));
    const expected = Array.from(numbers, (x) => format.encode(Math.fround(x * factor)));
    for (const target of ['wasm', 'js'] as const) {
      configure({ target });
      const [wide, product, bytes, truth, twice] = jit(f)(all).map((x) => x.toTypedArray()) as [
        Float32Array,
        Uint16Array,
        Int8Array,
        Uint8Array,
        Uint16Array,
      ];
      expect(wide).toEqual(numbers);
      expect(canonical(product)).toEqual(canonical(expected));
      expect(bytes).toEqual(
        Int8Array.from(numbers, (x) => (Number.isNaN(x) ? 0 : Math.max(-128, Math.min(127, Math.trunc(x))))),
      );
      expect(truth).toEqual(Uint8Array.from(numbers, (x) => (x !== 0 ? 1 : 0)));
      expect(canonical(twice)).toEqual(canonical(numbers.map((x) => format.encode(2 * x))));
    }
    configure({ target: 'wasm' });
  });
  it('adds products in f32', () => {
    // In 8 or 11 digits the sum would stop growing at 256, or at 2048.
    const x = tensor(new Array<number>(5000).fill(1), dtype);
    expect(dot(x, x).item()).toBe(recordOf(dtype).round(5000));
    expect(sum(x).item()).toBe(recordOf(dtype).round(5000));
    expect(mean(mul(x, 30)).item()).toBe(30);
    expect(jit((v: typeof x) => mean(mul(v, 30)))(x).item()).toBe(30);
  });
  it('has derivatives and batches', () => {
    const w = tensor(
      [
        [0.5, -1],
        [2, 0.25],
      ],
      dtype,
    );
    const loss = (v: Tensor<[2]>) => sum(exp(matmul(w, astype(v, dtype) as never) as AnyTensor));
    const slope = grad(loss as never)(tensor([0.5, 0.25])) as AnyTensor;
    expect(slope.dtype).toBe(f32);
    const of = (v: AnyTensor): AnyTensor =>
      grad(((x: AnyTensor) => sum(mul(x, exp(x)))) as never)(v as never) as AnyTensor;
    const x = tensor([0.5, -1, 2], dtype);
    expect(of(x).dtype).toBe(dtype);
    const each = vmap(of as never)(
      tensor(
        [
          [0.5, -1, 2],
          [1, 1, 1],
        ],
        dtype,
      ) as never,
    ) as AnyTensor;
    expect((each.toArray() as number[][])[0]).toEqual(of(x).toArray());
  });
});

describe('random numbers of half precision', () => {
  it.each(['f16', 'bf16'] as const)('are the stream of JAX: %s', (name) => {
    const options = { dtype: dtypeOf(name) as A.Float16 };
    expect(random.uniform(random.key(0), [8], options).toArray()).toEqual(oracle.uniform[name]);
    expect(random.normal(random.key(0), [8], options).toArray()).toEqual(oracle.normal[name]);
  });
});

describe('narrow integers', () => {
  it('wrap', () => {
    expect(add(tensor([127, -128], i8), tensor([1, -1], i8)).toArray()).toEqual([-128, 127]);
    expect(mul(tensor([200, 16], u8), tensor([2, 16], u8)).toArray()).toEqual([144, 0]);
    expect(A.neg(tensor([0, 5, 200], u8)).toArray()).toEqual([0, 251, 56]);
    expect(A.sub(tensor([0], u16), tensor([1], u16)).item()).toBe(65535);
    expect(A.abs(tensor([-128], i8)).item()).toBe(-128);
  });
  it('are summed in 32 bits', () => {
    expect(sum(tensor([200, 200], u8)).item()).toBe(400);
    expect(sum(tensor([200, 200], u8)).dtype).toBe(u32);
    expect(prod(tensor([-100, 100], i16)).item()).toBe(-10000);
    expect(mean(tensor([200, 100], u8)).item()).toBe(150);
  });
  it('come from typed arrays, and go back into them', () => {
    expectTypeOf(tensor(Uint8Array.of(1))).toEqualTypeOf<Tensor<[number], A.Uint8>>();
    expectTypeOf(tensor(Int16Array.of(1))).toEqualTypeOf<Tensor<[number], A.Int16>>();
    expectTypeOf(tensor(BigInt64Array.of(1n))).toEqualTypeOf<Tensor<[number], A.Int32>>();
    for (const data of [Int8Array.of(-1), Uint8Array.of(255), Int16Array.of(-1), Uint16Array.of(65535)])
      expect(tensor(data).toTypedArray()).toEqual(data);
    expect(tensor(new Uint8ClampedArray([300])).toTypedArray()).toEqual(Uint8Array.of(255));
    expect(() => tensor([256], u8)).toThrow('256 is not a value of u8');
  });
  it('of 64 bits are stored in 32, where they fit', () => {
    expect(tensor(BigInt64Array.of(-5n, 2147483647n)).toArray()).toEqual([-5, 2147483647]);
    expect(tensor(BigUint64Array.of(4294967295n)).dtype).toBe(u32);
    expect(tensor(BigInt64Array.of(2n ** 53n), f64).item()).toBe(2 ** 53);
    expect(() => tensor(BigInt64Array.of(2147483648n))).toThrow('2147483648 is not a value of i32');
    expect(() => tensor(BigInt64Array.of(2n ** 53n + 1n), f64)).toThrow('element 0 is 9007199254740993');
  });
  it('print with their dtype', () => {
    expect(String(tensor([1, -2], i8))).toBe('i8[2] [ 1, -2]');
    expect(String(tensor([0.1, 2], bf16))).toBe('bf16[2] [0.1,   2]');
    expect(String(tensor([0.1, 2], f16))).toBe('f16[2] [0.1,   2]');
  });
});
