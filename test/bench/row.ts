// What a row of the table is: one workload, and how each library computes it.
import type { Input } from './inputs';

/** A workload in one library, its inputs made. */
export interface Program {
  /** The first call's values, which are compared. Asked for once, before any time is taken. */
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
  /** 'first': the first call in a new process, with tracing and compiling. Otherwise calls after that. */
  readonly timed: 'steady' | 'first';
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
