// How many programs something compiles.

/** What there is of the engine's interface; the types of Node leave it out. */
const { WebAssembly: engine } = globalThis as unknown as {
  readonly WebAssembly: { Module: new (bytes: Uint8Array) => object };
};

/** Counts the modules that are compiled while something runs. */
export const programsOf = (run: (soFar: () => number) => void): number => {
  const { Module } = engine;
  let count = 0;
  engine.Module = class extends Module {
    constructor(bytes: Uint8Array) {
      super(bytes);
      count++;
    }
  };
  try {
    run(() => count);
  } finally {
    engine.Module = Module;
  }
  return count;
};
