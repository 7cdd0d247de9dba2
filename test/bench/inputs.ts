// The numbers that every library is given: a formula of the index, so that a peer in another language makes the same ones.

export interface Real<S extends number[] = number[]> {
  readonly kind: 'real';
  readonly shape: readonly [...S];
  readonly seed: number;
  readonly low: number;
  readonly high: number;
}
export interface Classes<S extends number[] = number[]> {
  readonly kind: 'classes';
  readonly shape: readonly [...S];
  readonly seed: number;
  readonly classes: number;
}
export type Input = Real | Classes;

/** Uniform numbers in [low, high). */
export const real = <const S extends number[]>(
  seed: number,
  shape: readonly [...S],
  low: number,
  high: number,
): Real<S> => ({ kind: 'real', shape, seed, low, high });

/** Weights whose products keep the scale of what they are multiplied with: uniform of variance 1 / inputs. */
export const weights = <const S extends number[]>(seed: number, shape: readonly [...S], inputs: number): Real<S> =>
  real(seed, shape, -Math.sqrt(3 / inputs), Math.sqrt(3 / inputs));

/** Uniform integers 0 to classes - 1. */
export const classes = <const S extends number[]>(seed: number, shape: readonly [...S], count: number): Classes<S> => ({
  kind: 'classes',
  shape,
  seed,
  classes: count,
});

/** Murmur3's last step (Appleby, 2011), which python/inputs.py repeats: 32 bits in, 32 well mixed bits out. */
const mixed = (x: number): number => {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
/** A number in [0, 1), a multiple of 2^-32. */
const uniform = (seed: number, i: number): number => mixed((Math.imul(seed, 0x9e3779b9) + i) | 0) / 2 ** 32;

export const sizeOf = ({ shape }: Input): number => shape.reduce((a, b) => a * b, 1);

export const numbers = (x: Real): Float32Array<ArrayBuffer> => {
  const data = new Float32Array(sizeOf(x));
  for (let i = 0; i < data.length; i++) data[i] = x.low + (x.high - x.low) * uniform(x.seed, i);
  return data;
};

export const labels = (x: Classes): Int32Array<ArrayBuffer> => {
  const data = new Int32Array(sizeOf(x));
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(uniform(x.seed, i) * x.classes);
  return data;
};
