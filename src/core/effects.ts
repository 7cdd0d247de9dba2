// What operations do beside computing, done when no program is running: a program must not be entered from inside another.
let running = 0;
let waiting: (() => void)[] = [];

/** Does it now, or after the program that is running. */
export const afterwards = (effect: () => void): void => {
  if (running === 0) effect();
  else waiting.push(effect);
};

/** Runs a program and then does, in order, what its operations asked for. */
export const withEffects = <T>(run: () => T): T => {
  running++;
  let result: T;
  try {
    result = run();
  } catch (error) {
    if (running === 1) waiting = [];
    throw error;
  } finally {
    running--;
  }
  if (running > 0) return result;
  const effects = waiting;
  waiting = [];
  for (const effect of effects) effect();
  return result;
};
