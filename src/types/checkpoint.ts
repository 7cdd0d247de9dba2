import type { AnyTensor } from './tensor';

/** How a value was made: what a policy decides by. */
export interface Saveable {
  /** The name of the primitive, as printed programs have it: `dot_general`, `sin`, `checkpoint_name`. */
  readonly primitive: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly { readonly shape: readonly number[] }[];
  readonly outputs: readonly { readonly shape: readonly number[] }[];
}
/** Whether a value is kept for the derivative; if not, it is computed again. */
export type CheckpointPolicy = (value: Saveable) => boolean;
type Names = (...names: readonly string[]) => CheckpointPolicy;
export interface CheckpointPolicies {
  readonly everythingSaveable: CheckpointPolicy;
  readonly nothingSaveable: CheckpointPolicy;
  readonly dotsSaveable: CheckpointPolicy;
  readonly dotsWithNoBatchDimsSaveable: CheckpointPolicy;
  readonly saveOnlyTheseNames: Names;
  readonly saveAnyNamesButThese: Names;
  readonly saveAnythingExceptTheseNames: Names;
  readonly saveFromBoth: (...policies: readonly CheckpointPolicy[]) => CheckpointPolicy;
}
export interface CheckpointOptions {
  readonly policy?: CheckpointPolicy;
}
export type Checkpoint = <F extends (...args: any) => any>(f: F, options?: CheckpointOptions) => F;
export type CheckpointName = <T extends AnyTensor>(x: T, name: string) => T;
export type SavedResiduals<Report> = <A extends unknown[]>(f: (...args: A) => unknown) => (...args: A) => Report;
