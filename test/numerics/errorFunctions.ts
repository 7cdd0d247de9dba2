// The error functions by their power series in integers of as many digits as the series cancels: right in every digit of a double.
const digits = 2500n;
const one = 1n << digits;

/** arctan(1/n). */
const arctan = (n: bigint): bigint => {
  let [power, sum] = [one / n, 0n];
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += (k % 4n === 1n ? power : -power) / k;
    power /= n * n;
  }
  return sum;
};
const rootOf = (x: bigint): bigint => {
  let root = 1n << BigInt(Math.ceil(x.toString(2).length / 2));
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
};
/** √π, by Machin's formula. */
const rootOfPi = rootOf((16n * arctan(5n) - 4n * arctan(239n)) << digits);

/** A double as a multiple of 2⁻ᵇ. */
const fixed = (x: number, bits: number): bigint => {
  const exponent = x === 0 ? 0 : Math.max(Math.floor(Math.log2(Math.abs(x))), -1022) - 53;
  const whole = BigInt(exponent < -900 ? x * 2 ** 600 * 2 ** (-exponent - 600) : x * 2 ** -exponent);
  const shift = BigInt(bits + exponent);
  return shift >= 0n ? whole << shift : whole >> -shift;
};
const toNumber = (x: bigint, bits: number): number => {
  const drop = Math.max(0, (x < 0n ? -x : x).toString(2).length - 64);
  const exponent = drop - bits;
  const half = Math.trunc(exponent / 2);
  return Number(x >> BigInt(drop)) * 2 ** half * 2 ** (exponent - half);
};

/** erf x as a multiple of 2⁻ᵇ, with the number of digits b. */
const series = (x: number): readonly [value: bigint, bits: number] => {
  const bits = Math.ceil(2.9 * x * x) + 200;
  const [fraction, scale] = [fixed(x, bits), BigInt(bits)];
  const square = (fraction * fraction) >> scale;
  let [term, sum] = [fraction, 0n];
  for (let n = 0n; term !== 0n && term !== -1n; n++) {
    sum += term / (2n * n + 1n);
    term = -((term * square) >> scale) / (n + 1n);
  }
  return [((2n * sum) << digits) / rootOfPi, bits];
};

export const erf = (x: number): number => {
  if (!(Math.abs(x) < 6)) return Math.sign(x);
  // Below, the cube of x is no longer seen, and the digits would be few.
  if (Math.abs(x) < 2 ** -40) return toNumber((fixed(x, 1200) << (digits + 1n)) / rootOfPi, 1200);
  return toNumber(...series(x));
};
export const erfc = (x: number): number => {
  if (!(Math.abs(x) < 28)) return x > 0 ? 0 : x < 0 ? 2 : x;
  const [value, bits] = series(x);
  return toNumber((1n << BigInt(bits)) - value, bits);
};
