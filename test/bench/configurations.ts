// The ways in which adjoint itself is run: a line each.
import { configure } from 'adjoint';

export interface Configuration {
  readonly name: string;
  /** Chooses the target. Called before every stretch of calls, outside of what is timed. */
  readonly activate: () => void;
}

export const configurations: readonly Configuration[] = [
  { name: 'adjoint wasm', activate: () => configure({ target: 'wasm' }) },
  { name: 'adjoint js', activate: () => configure({ target: 'js' }) },
];
