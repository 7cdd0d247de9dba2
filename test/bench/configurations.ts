// The ways in which adjoint itself is run: a line each.
import { configure } from 'adjoint';

export interface Configuration {
  readonly name: string;
  readonly target: 'wasm' | 'js';
  /** Chooses the target. Called before every stretch of calls, outside of what is timed. */
  readonly activate: () => void;
}

// As many as there are by default. Workers start at the first call, and until they are there programs run without them.
const { threads } = configure();

export const configurations: readonly Configuration[] = [
  { name: 'adjoint wasm 1 thread', target: 'wasm', activate: () => configure({ target: 'wasm', threads: 1 }) },
  { name: `adjoint wasm ${threads} threads`, target: 'wasm', activate: () => configure({ target: 'wasm', threads }) },
  { name: 'adjoint js', target: 'js', activate: () => configure({ target: 'js' }) },
];
