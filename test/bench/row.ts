// What a row of the table is: one workload, and how each library computes it.
import type { Input } from './inputs';

/** A workload in one library, its inputs made. */
export interface Program {
  /** The values that are compared: of the first call, or in a process of its own of the second. Asked for once. */
  readonly values: () => Promise<readonly Float32Array[]>;
  /** Seconds that so many whole calls take, results ready. */
  readonly time: (calls: number) => Promise<number>;
}

/** Why a library has no entry: it lacks something. */
export interface Missing {
  readonly missing: string;
}
export type Entry = (() => Program) | Missing;
export type TfBackend = 'wasm' | 'cpu';

export interface Row {
  /** What `--rows` selects. */
  readonly group: string;
  readonly name: string;
  /** The greatest relative difference of values: ‖a - b‖ / ‖b‖. */
  readonly tolerance: number;
  /** Multiplications and additions of a call, where they are what takes the time. */
  readonly flops?: number;
  /**
   * 'first': the first call in a new process, with tracing and compiling. 'steady': calls after that. 'isolated': both, of each contestant
   * in processes of its own, and the peak of their memory.
   */
  readonly timed: 'steady' | 'first' | 'isolated';
  /** Why the js target has no entry. */
  readonly js?: Missing;
  /** Rows of one series are one workload at growing sizes. */
  readonly series?: { readonly name: string; readonly size: number };
  readonly adjoint: () => Program;
  readonly jaxjs: Entry;
  readonly tfjs: { readonly backend: TfBackend; readonly open: () => Program } | Missing;
  /** Done by python/jax_rows.py and python/torch_rows.py under this name. */
  readonly python: {
    readonly workload: string;
    readonly sizes: Readonly<Record<string, number>>;
    readonly inputs: Readonly<Record<string, Input>>;
  };
}

/** A row of processes: other JavaScript libraries have no entries, so that their code is not loaded where adjoint's memory is measured. */
export interface IsolatedRow extends Row {
  readonly timed: 'isolated';
  readonly jaxjs: Missing;
  readonly tfjs: Missing;
}
