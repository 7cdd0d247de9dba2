// Asking the engine which values are dead. Node can be asked in the middle of a synchronous loop; elsewhere nothing is known until the
// event loop turns, and nothing may depend on the answer.

interface NodeModules {
  'node:v8': { setFlagsFromString(flag: string): void };
  'node:vm': {
    runInNewContext(code: string): unknown;
    createContext(object: object, options: { readonly microtaskMode: 'afterEvaluate' }): object;
    readonly Script: new (code: string) => { runInContext(context: object): unknown };
  };
}
interface NodeProcess {
  getBuiltinModule?<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined;
}

const prepare = (): (() => void) | null => {
  const { process } = globalThis as { readonly process?: NodeProcess };
  const v8 = process?.getBuiltinModule?.('node:v8');
  const vm = process?.getBuiltinModule?.('node:vm');
  if (v8 === undefined || vm === undefined) return null;
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  if (typeof gc !== 'function') return null;
  // What a WeakRef was made of is kept alive until the microtasks of the job have run: a context with a queue of its own has its run at once.
  const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
  const nothing = new vm.Script('0');
  return () => {
    nothing.runInContext(context);
    gc();
  };
};

let collector: (() => void) | null | undefined;

/** Collects garbage now, so that weak references tell who is alive. Does nothing where the engine cannot be asked. */
export const collectGarbage = (): void => {
  if (collector === undefined) {
    try {
      collector = prepare();
    } catch {
      collector = null;
    }
  }
  collector?.();
};
