// The ways in which adjoint itself is run: a line each.

export interface Configuration {
  readonly name: string;
  /** Chooses the target. Called before every stretch of calls, outside of what is timed. */
  readonly activate: () => void | Promise<void>;
}

export const configurations: readonly Configuration[] = [{ name: 'adjoint js', activate: () => {} }];
