// The targets that programs are compiled for, each as a way to run one.

import { lowerProgram } from '../src/compiler/compile';
import type { Features } from '../src/compiler/targets/wasm/module';
import { wasmTraits } from '../src/compiler/targets/wasm/traits';
import type { Jaxpr } from '../src/core/jaxpr';
import { compiled } from '../src/runtime/executable';
import { canShare, canSleep } from '../src/runtime/platform';
import { configure, type Settings } from '../src/runtime/settings';
import { instantiate, startThreads } from '../src/runtime/wasm';
import type { Arrays } from './compare';

type Run = (args: Arrays) => Arrays;
export interface TargetOfLaws {
  /** Whether this machine has it. */
  isAvailable(): boolean;
  compile(jaxpr: Jaxpr): Run;
}

/** What f gives under other settings; the ones in force before are in force again afterwards. */
export const under = <T>(chosen: Partial<Settings>, f: () => T): T => {
  const before = configure();
  configure(chosen);
  try {
    return f();
  } finally {
    configure(before);
  }
};
const can = (chosen: Partial<Settings>): boolean => {
  try {
    return under(chosen, () => true);
  } catch {
    return false;
  }
};

const byName = (target: 'js' | 'eval'): TargetOfLaws => ({
  isAvailable: () => can({ target }),
  compile: (jaxpr) => {
    const { run } = under({ target }, () => compiled(jaxpr));
    return (args) => under({ target }, () => run(args));
  },
});

const onWasm = (features: Partial<Features>, chosen: Partial<Settings>, before = (): void => {}): TargetOfLaws => {
  const all = { target: 'wasm', ...chosen } as const;
  return {
    isAvailable: () => can(all),
    compile: (jaxpr) => {
      const { run } = under(all, () => instantiate(lowerProgram(jaxpr, wasmTraits), features));
      return (args) =>
        under(all, () => {
          before();
          return run(args);
        });
    },
  };
};

/** Milliseconds that threads get to start. */
const patience = 10_000;
const pause = 5;
const awaitThreads = (): void => {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; !startThreads(); waited += pause) {
    if (waited > patience) throw new Error(`laws: the threads have not started after ${patience} ms`);
    Atomics.wait(clock, 0, 0, pause);
  }
};
const threads = onWasm({ sharesAll: true, cutsAll: true }, { threads: 2 }, awaitThreads);

export const targets = {
  js: byName('js'),
  eval: byName('eval'),
  wasm: onWasm({}, { threads: 1 }),
  // Every loop is calls of a few iterations each.
  'wasm in pieces': onWasm({ cutsAll: true }, { threads: 1 }),
  'wasm without simd': onWasm({ simd: false, fuses: false }, { threads: 1 }),
  // Every loop that can be shared is, however short, and the shares are calls.
  'wasm threads': { ...threads, isAvailable: () => canShare() && canSleep() && threads.isAvailable() },
} satisfies Readonly<Record<string, TargetOfLaws>>;
export type TargetName = keyof typeof targets;

/** What the primitives' own implementations give. */
export const reference = (jaxpr: Jaxpr, args: Arrays): Arrays => targets.eval.compile(jaxpr)(args);
