// The one order in which numbers are added, so that eager, compiled and threaded sums agree bit for bit.

/** Elements a lane adds before its block is complete. */
export const blockLength = 128;

/** Sums along the innermost axis run in eight lanes, for vector units; sums along outer axes in one, with the vectors across. */
export const lanesFor = (axes: readonly number[], rank: number): 1 | 8 => (axes.includes(rank - 1) ? 8 : 1);

/**
 * Combines `length` terms: element i goes to lane i mod lanes of block floor(i / (lanes · blockLength)); the lanes of a
 * block are folded in halves; blocks are combined as a binary counter combines them, largest powers of two first.
 */
export const combineInOrder = (
  length: number,
  lanes: number,
  identity: number,
  term: (i: number) => number,
  combine: (a: number, b: number) => number,
): number => {
  const block = lanes * blockLength;
  const pending: number[] = [];
  for (let start = 0, count = 1; start < length; start += block, count++) {
    const accumulators = new Array<number>(lanes).fill(identity);
    const end = Math.min(length, start + block);
    for (let i = start; i < end; i++) {
      const lane = (i - start) % lanes;
      accumulators[lane] = combine(accumulators[lane] as number, term(i));
    }
    for (let width = lanes / 2; width >= 1; width /= 2)
      for (let l = 0; l < width; l++)
        accumulators[l] = combine(accumulators[l] as number, accumulators[l + width] as number);
    let value = accumulators[0] as number;
    for (let n = count; n % 2 === 0; n /= 2) value = combine(pending.pop() as number, value);
    pending.push(value);
  }
  let total = pending.pop() ?? identity;
  while (pending.length > 0) total = combine(pending.pop() as number, total);
  return total;
};
