// Target interface: what a machine that runs programs consists of.
import type { CompiledProgram } from '../compiler/compile';
import type { LoopFunction } from '../compiler/loop';
import type { Program } from '../compiler/program/ir';
import type { Traits } from '../compiler/traits';
import type { Data, DType } from '../core/dtype';
import type { Jaxpr } from '../core/jaxpr';
import type { ConcreteArray } from '../core/value';

/** The memory of a target; `Memory` is what a part of it is known by. */
export interface Device<Memory> {
  allocate(dtype: DType, size: number): Memory;
  upload(memory: Memory, data: Data): void;
  /** The elements, copied: at once, or later where the host cannot wait for the device. */
  read(memory: Memory): Data | Promise<Data>;
  /** Gives the memory back. */
  release(memory: Memory): void;
}

/** A program in the stages that a target loads it from. */
export interface Source {
  readonly jaxpr: Jaxpr;
  readonly compiled: CompiledProgram;
  readonly program: Program;
}
/** A program that is ready to run. */
export interface Loaded {
  run(args: readonly ConcreteArray[]): readonly ConcreteArray[];
  /** Lets the engine compile what is left to compile, without blocking. */
  prepare(): Promise<void>;
}

/** A target renders Loop IR and Program IR, and runs what it has rendered on its device. */
export interface Target<Rendered = unknown, Memory = unknown> {
  readonly name: string;
  readonly traits: Traits;
  isAvailable(): boolean;
  /** The loops of a kernel as text. */
  renderKernel(loops: LoopFunction): string;
  renderProgram(program: Program): Rendered;
  load(rendered: Rendered, source: Source): Loaded;
  readonly device: Device<Memory>;
}
