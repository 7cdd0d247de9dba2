// Seconds that calls take.

export const timeSync =
  (call: () => void) =>
  async (calls: number): Promise<number> => {
    const from = performance.now();
    for (let i = 0; i < calls; i++) call();
    return (performance.now() - from) / 1000;
  };

export const timeAsync =
  (call: () => Promise<void>) =>
  async (calls: number): Promise<number> => {
    const from = performance.now();
    for (let i = 0; i < calls; i++) await call();
    return (performance.now() - from) / 1000;
  };
