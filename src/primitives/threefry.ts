// The random bit generator: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
import { allocate, u32 } from '../core/dtype';
import { DTypeError } from '../core/errors';
import { bind } from '../core/interpreter';
import { apply, constant, type Expr } from '../core/lowering';
import { definePrimitive, type Params, type Primitive, Zero } from '../core/primitive';
import { concreteArray, type Two, type Value } from '../core/value';
import { allMapped, checkEqual } from './kinds';

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const parity = 0x1bd11bda;

/** The cipher over any arithmetic of 32-bit words: numbers, or expressions for the compiler. */
const cipher = <T>(
  {
    add,
    xor,
    rotate,
    word,
  }: { add(a: T, b: T): T; xor(a: T, b: T): T; rotate(a: T, by: number): T; word(n: number): T },
  key0: T,
  key1: T,
  counter0: T,
  counter1: T,
): readonly [T, T] => {
  const keys = [key0, key1, xor(xor(key0, key1), word(parity))] as const;
  let [x, y] = [add(counter0, key0), add(counter1, key1)];
  for (let group = 1; group <= 5; group++) {
    for (const by of rotations[(group - 1) % 2] as readonly number[]) {
      x = add(x, y);
      y = xor(rotate(y, by), x);
    }
    x = add(x, keys[group % 3] as T);
    y = add(y, add(keys[(group + 1) % 3] as T, word(group)));
  }
  return [x, y];
};

const numbers = {
  add: (a: number, b: number) => (a + b) | 0,
  xor: (a: number, b: number) => a ^ b,
  rotate: (a: number, by: number) => (a << by) | (a >>> (32 - by)),
  word: (n: number) => n | 0,
};
const expressions = {
  add: (a: Expr, b: Expr) => apply('add', 'u32', a, b),
  xor: (a: Expr, b: Expr) => apply('xor', 'u32', a, b),
  rotate: (a: Expr, by: number) =>
    apply(
      'or',
      'u32',
      apply('shiftLeft', 'u32', a, constant(by, 'u32')),
      apply('shiftRightLogical', 'u32', a, constant(32 - by, 'u32')),
    ),
  word: (n: number) => constant(n, 'u32'),
};

type Words = readonly [key0: Value, key1: Value, counter0: Value, counter1: Value];
/** Encrypts the counter (x0, x1) with the key (k0, k1), element by element: two words of random bits. */
const threefryP: Primitive<Params, Words, Two> = definePrimitive<Params, Words, Two>('threefry2x32', {
  impl: ([{ shape, data: a }, { data: b }, { data: c }, { data: d }]) => {
    const outs = [allocate(u32, a.length), allocate(u32, a.length)] as const;
    for (let i = 0; i < a.length; i++) {
      const [x, y] = cipher(
        numbers,
        (a[i] as number) | 0,
        (b[i] as number) | 0,
        (c[i] as number) | 0,
        (d[i] as number) | 0,
      );
      outs[0][i] = x;
      outs[1][i] = y;
    }
    return [concreteArray(shape, u32, outs[0]), concreteArray(shape, u32, outs[1])];
  },
  shape: (avals) => {
    checkEqual('threefry2x32', avals);
    const [first] = avals;
    if (first.dtype !== u32)
      throw new DTypeError(`threefry2x32: expected u32, got ${first.dtype.name}. A key is made by random.key(seed).`);
    return [first, first];
  },
  jvp: (primals) => {
    const [x, y] = bind(threefryP, primals, {});
    return { primals: [x, y], tangents: [new Zero(x.aval), new Zero(y.aval)] };
  },
  transpose: null,
  batch: (size, args, mapped) => ({ values: bind(threefryP, allMapped(size, args, mapped), {}), mapped: [true, true] }),
  lower: {
    kind: 'map',
    cost: 'transcendental',
    element: ({ at, result, read }) => {
      const [first, second] = cipher(expressions, read(0, at), read(1, at), read(2, at), read(3, at));
      return result === 0 ? first : second;
    },
  },
});
export const threefry2x32 = (k0: Value, k1: Value, x0: Value, x1: Value): Two => bind(threefryP, [k0, k1, x0, x1], {});
