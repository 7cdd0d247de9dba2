// Program IR: a compiled program as procedures that allocate, call kernels, loop, branch, copy, wait for each other and call the host. It
// knows no target: what the kernels do is Loop IR, and every target renders both.
import type { DType } from '../../core/dtype';
import type { Params, Primitive } from '../../core/primitive';
import type { LoopFunction } from '../loop';

/** Consecutive elements in memory, known by a number that is given once in a procedure. */
export interface Region {
  readonly id: number;
  readonly dtype: DType;
  readonly size: number;
}
export const bytesOf = ({ dtype, size }: Region): number => size * dtype.bytes;

/** Every region begins at a multiple of so many bytes: a cache line. */
export const alignment = 64;
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** A part of an array that moves by `step` elements after every iteration; it begins at the element `start`. */
export interface Cursor {
  readonly region: Region;
  readonly of: Region;
  readonly start: number;
  readonly step: number;
}
/**
 * A value that each iteration reads as `current` and replaces by what it writes to `next`. The first one reads `from`, which stays as it is;
 * the iterations write to the first of the buffers, to the second, to the first again. After the loop `current` is what was written last.
 */
export interface Carry {
  readonly current: Region;
  readonly next: Region;
  readonly from: Region;
  readonly buffers: readonly [Region, Region];
}

export type Instruction =
  /** Gives a region its place in the arena of the procedure. */
  | { readonly op: 'allocate'; readonly region: Region; readonly offset: number }
  /** Stores one number in every element of a region; every thread does. */
  | { readonly op: 'constant'; readonly region: Region; readonly value: number }
  /** Runs loops on the regions that are their arrays; `extent` where they take a number of elements. */
  | { readonly op: 'kernel'; readonly kernel: number; readonly regions: readonly Region[]; readonly extent?: number }
  /** Runs a procedure with the regions that are its parameters. Its arena lies in the caller's, from `arena` on. */
  | { readonly op: 'call'; readonly procedure: number; readonly regions: readonly Region[]; readonly arena: number }
  | {
      readonly op: 'loop';
      readonly count: number;
      readonly carries: readonly Carry[];
      readonly cursors: readonly Cursor[];
      readonly body: readonly Instruction[];
    }
  /** Runs the condition, which writes the flag, and then the body, as long as the flag is set. */
  | {
      readonly op: 'while';
      readonly condition: readonly Instruction[];
      readonly flag: Region;
      readonly carries: readonly Carry[];
      readonly body: readonly Instruction[];
    }
  /** The branch of this number, or the nearest one where there is none. */
  | { readonly op: 'branch'; readonly index: Region; readonly branches: readonly (readonly Instruction[])[] }
  | { readonly op: 'copy'; readonly from: Region; readonly to: Region }
  /** All threads wait here for each other. */
  | { readonly op: 'barrier' }
  /** The first thread alone runs the body, as if there were no others; they do not wait for it. */
  | { readonly op: 'alone'; readonly body: readonly Instruction[] }
  /** The host computes a primitive by its own implementation. */
  | {
      readonly op: 'host';
      readonly primitive: Primitive;
      readonly params: Params;
      readonly inputs: readonly HostArray[];
      readonly outputs: readonly HostArray[];
    };
export interface HostArray {
  readonly region: Region;
  readonly shape: readonly number[];
}

export interface Procedure {
  readonly name: string;
  /** Regions of the caller: operands, then results. */
  readonly parameters: readonly Region[];
  /** How many of the parameters are operands: they hold values when the procedure begins. */
  readonly operands: number;
  /** Bytes of temporaries, constants, and of the arenas of the procedures that it calls. */
  readonly arena: number;
  readonly body: readonly Instruction[];
}

/** Loops that are called. */
export interface ProgramKernel {
  readonly name: string;
  readonly loops: LoopFunction;
  /** How many iterations a loop of which nothing is known may have: an estimate. */
  readonly elements: number;
}

export interface Program {
  readonly kernels: readonly ProgramKernel[];
  /** Each after those that it calls; the last one is the program. */
  readonly procedures: readonly Procedure[];
  /** For every result of the program the parameter of the last procedure that holds it: an operand, if it is one. */
  readonly outputs: readonly number[];
  /** Nanoseconds of work that threads share, up to each of the host's calls and after the last one. */
  readonly shared: readonly number[];
}
export const mainOf = ({ procedures }: Program): Procedure => procedures[procedures.length - 1] as Procedure;

/** The instructions inside another one, in the order in which they may run. */
export const blocksOf = (instruction: Instruction): readonly (readonly Instruction[])[] => {
  switch (instruction.op) {
    case 'loop':
    case 'alone':
      return [instruction.body];
    case 'while':
      return [instruction.condition, instruction.body];
    case 'branch':
      return instruction.branches;
    default:
      return [];
  }
};
/** All instructions, those inside of others after them. */
export const allInstructions = (body: readonly Instruction[]): readonly Instruction[] =>
  body.flatMap((i) => [i, ...blocksOf(i).flatMap(allInstructions)]);
