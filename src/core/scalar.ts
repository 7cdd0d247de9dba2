// Functions of one number that JavaScript does not have. Eager kernels and compiled ones call the same ones.

/** To the nearest integer, halves to the even one; keeps the sign of zero. */
export const roundHalfEven = (x: number): number => {
  const below = Math.floor(x);
  const gap = x - below;
  const rounded =
    gap < 0.5 ? below : gap > 0.5 ? below + 1 : Number.isNaN(gap) ? x : below % 2 === 0 ? below : below + 1;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
};

/** By squaring, wrapping to 32 bits; negative exponents give 0 but for 1 and -1. */
export const integerPower = (x: number, y: number): number => {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let base = x, n = y; n > 0; n = Math.floor(n / 2), base = Math.imul(base, base))
    if (n % 2 === 1) result = Math.imul(result, base);
  return result;
};

/** Integer division towards zero; x / 0 has all bits set, as in XLA. */
export const integerQuotient = (x: number, y: number): number => (y === 0 ? -1 : Math.trunc(x / y));

/** The remainder with the sign of x; x rem 0 is x. */
export const integerRemainder = (x: number, y: number): number => (y === 0 ? x : x % y);
