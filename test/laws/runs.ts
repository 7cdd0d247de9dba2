/** How often a property is run: ADJOINT_RUNS multiplies it. */
export const runs = (n: number): { numRuns: number } => ({
  numRuns: Math.max(1, Math.round(n * Number(process.env.ADJOINT_RUNS ?? 1))),
});
