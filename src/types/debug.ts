import type { Either } from 'fp-ts/lib/Either.js';
import type { bool } from './dtype';
import type { Tensor } from './tensor';

export type DebugCallback = <A extends unknown[]>(f: (...args: A) => void, ...args: A) => void;
export type DebugPrint = (text: string, ...values: readonly unknown[]) => void;
export type Check = (condition: Tensor<any, bool>, text: string, ...values: readonly unknown[]) => void;
export type DebugNans = <F extends (...args: any) => any>(f: F) => F;
/** What checkify looks for: checks of the user's, NaN, division by zero, indices out of range. */
export type CheckifyErrors = 'user' | 'nan' | 'division' | 'index';
export type Checkify<in out Failure> = <A extends unknown[], R>(
  f: (...args: A) => R,
  options?: { readonly errors?: readonly CheckifyErrors[] },
) => (...args: A) => Either<Failure, R>;

/** A traced value that outlives its transform. */
export interface Leak {
  readonly transform: string;
  /** Its dtype and shape: `f32[2,3]`. */
  readonly aval: string;
  /** The line that made it, where the engine tells. */
  readonly line: string | null;
}
export type FindLeaks = <A extends unknown[]>(f: (...args: A) => unknown) => (...args: A) => Promise<readonly Leak[]>;
