// How programs are run: what the machine can do, and what the user chose.
import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError } from '../core/errors';
import { canCompile, canFuse, canVectorise, isAvailable, targetNames } from './availability';
import { linearMemory, noMemory } from './linearMemory';
import { parallelism, warn } from './platform';
import { mostThreads } from './workers';

/**
 * - `wasm`: kernels of a program are one WebAssembly module, with vector instructions where the engine has them
 * - `js`: kernels are JavaScript over typed arrays
 * - `eval`: the primitives' own implementations, one after the other; needs no code generation at all
 */
export type TargetName = 'wasm' | 'js' | 'eval' | (string & {});

export interface Settings {
  readonly target: TargetName;
  /** Whether WebAssembly programs use vector instructions: the default where the engine has them. Results are the same without, but slower. */
  readonly simd: boolean;
  /**
   * Whether contractions use the engine's fused multiplication and addition (relaxed madd), which rounds once where the machine can. The
   * default where the engine has it; turn it off for results that are the same on every machine. Without `simd` there is none.
   */
  readonly fusedMultiplyAdd: boolean;
  /** Bytes that the memory of WebAssembly programs may grow to; the default is what it can become here, 4 GiB on most machines. */
  readonly memoryLimit: number;
  /**
   * Bytes of dead results that may wait in that memory, 512 MiB by default. Living ones stay in it, however many there are, until all of
   * `memoryLimit` is taken; then the ones unused for longest are moved to ordinary arrays. Which are dead the engine's garbage collector is
   * asked, often enough that much less waits, as long as that takes little of the time; a smaller limit asks more often. A page's engine
   * cannot be asked: there, what was not used while as many bytes were made is moved out.
   */
  readonly residentLimit: number;
  /**
   * Threads that run a program, this one included; results are the same for any number. The others are started when there is work to
   * share, and until then, or where there are no workers with shared memory or no permission to start them, programs run on one. The default is 4, or what the machine
   * runs at once if that is less.
   */
  readonly threads: number;
}

const megabyte = 2 ** 20;
const largestMemory = 4096 * megabyte;

let current: Settings | null = null;

/** What programs compiled from now on are run by. */
export const settings = (): Settings => {
  if (current !== null) return current;
  const target = ['wasm', 'js'].find(isAvailable) ?? 'eval';
  const memory = linearMemory();
  if (memory === null && canCompile())
    warn(`${noMemory}. Programs run by the target ${target}, more slowly.`, 'ADJOINT_NO_WEBASSEMBLY_MEMORY');
  current = {
    target,
    simd: canVectorise(),
    fusedMultiplyAdd: canFuse(),
    memoryLimit: memory?.maximum ?? largestMemory,
    residentLimit: 512 * megabyte,
    threads: memory?.isShared === true ? Math.max(1, Math.min(4, parallelism())) : 1,
  };
  return current;
};

/**
 * Chooses how programs are run; what is left out stays as it is. The default target is the first of `wasm`, `js`, `eval` that this
 * machine, or this page's Content-Security-Policy, allows; a process without address space for the memory of WebAssembly programs
 * is warned. Gives the settings now in force.
 *
 * Sums, maps and everything else but contractions have the same bits on every target; a contraction adds in single precision
 * with WebAssembly, where the engine may fuse multiplication and addition, and in double precision elsewhere.
 *
 * @throws ArgumentError for a target that is not available here, a limit that is no number of bytes, or a number of threads
 * that is not between 1 and 64
 * @example
 * configure({ residentLimit: 2 ** 28 }).residentLimit // => 268435456
 */
export const configure = function (chosen: Partial<Settings> = {}): Settings {
  atMost('configure', arguments, 1);
  const now = settings();
  const next = { ...now, ...knownOptions('configure', chosen, Object.keys(now)) };
  if (!targetNames().includes(next.target))
    throw new ArgumentError(`configure: the target is one of ${targetNames().join(', ')}; got ${String(next.target)}.`);
  if (!isAvailable(next.target))
    throw new ArgumentError(`configure: the target ${next.target} is not available here; use another one.`);
  if (next.simd && !canVectorise())
    throw new ArgumentError('configure: this engine has no vector instructions; leave simd out.');
  if (next.fusedMultiplyAdd && !canFuse())
    throw new ArgumentError(
      'configure: this engine has no fused multiplication and addition; leave fusedMultiplyAdd out.',
    );
  for (const name of ['memoryLimit', 'residentLimit'] as const) {
    const bytes = next[name];
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > largestMemory)
      throw new ArgumentError(`configure: ${name} is a number of bytes up to ${largestMemory} (4 GiB); got ${bytes}.`);
  }
  if (!Number.isInteger(next.threads) || next.threads < 1 || next.threads > mostThreads)
    throw new ArgumentError(`configure: threads is a whole number from 1 to ${mostThreads}; got ${next.threads}.`);
  current = next;
  return next;
};
