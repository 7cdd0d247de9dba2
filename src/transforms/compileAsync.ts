// Compiling ahead of the first call, without blocking.
import { ArgumentError } from '../core/errors';
import type { CompileAsync } from '../types/transforms';
import type { AnyFunction } from './function';
import { executableOf } from './jit';

/**
 * Compiles what a call of a jitted function with these arguments runs: the function is traced at once, the engine compiles the program
 * beside everything else, and calls after that run it straight away. Nothing is computed, and nothing is donated. The page of a browser
 * does this before its first step, so that it stays responsive, and where the engine refuses to compile a large program in the middle of
 * a call.
 *
 * @throws ArgumentError (as a rejection) for a function that jit has not made
 * @example
 * const f = jit((x: Tensor<[3]>) => mul(sin(x), 2));
 * await compileAsync(f, tensor([0, 0, 0]));
 * f(tensor([0, 0, 0])).toArray() // => [0, 0, 0]
 */
export const compileAsync: CompileAsync = async (f, ...args) => {
  const executable = executableOf(f as unknown as AnyFunction, args);
  if (executable === null)
    throw new ArgumentError(
      `compileAsync: ${(f as { readonly name?: string })?.name || 'the function'} is not a jitted function; pass jit(f), the function that is called later.`,
    );
  await executable.prepare();
};
