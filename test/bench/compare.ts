// Whether two libraries computed the same.
import * as E from 'fp-ts/lib/Either.js';

type Values = readonly Float32Array[];

const distance = (a: Float32Array, b: Float32Array): number => {
  let [apart, size] = [0, 0];
  for (const [i, x] of b.entries()) {
    apart += ((a[i] ?? Number.NaN) - x) ** 2;
    size += x ** 2;
  }
  return apart === 0 ? 0 : Math.sqrt(apart / size);
};

/** The greatest relative difference ‖a - b‖ / ‖b‖ of the results, or why they are not the same within the tolerance. */
export const compare = (a: Values, b: Values, tolerance: number): E.Either<string, number> => {
  if (a.length !== b.length) return E.left(`${a.length} results instead of ${b.length}`);
  let worst = 0;
  for (const [i, expected] of b.entries()) {
    const given = a[i];
    if (given?.length !== expected.length)
      return E.left(`result ${i} has ${given?.length} elements instead of ${expected.length}`);
    const apart = distance(given, expected);
    // Also where it is not a number.
    if (!(apart <= tolerance))
      return E.left(
        `result ${i} differs by ${apart.toExponential(1)}, more than ${tolerance}: ` +
          `[${given.slice(0, 4).join(', ')}, ...] instead of [${expected.slice(0, 4).join(', ')}, ...]`,
      );
    worst = Math.max(worst, apart);
  }
  return E.right(worst);
};
