// Which targets there are, and which of them this machine or page allows.
import { linearMemory } from './linearMemory';
import { nodeModule } from './platform';
import { webAssembly } from './webassembly';

/** Whether code may be made from text here: a page's Content-Security-Policy can forbid it. */
export const canGenerate = (): boolean => {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
};

/** Whether the engine compiles a module. */
const accepts = (module: Uint8Array): boolean => {
  try {
    // Validation alone may be allowed where making a module is not.
    return webAssembly?.validate(module) === true && new webAssembly.Module(module) !== null;
  } catch {
    return false;
  }
};

/** A module of one function that converts a number without a trap: the newest of the instructions that all programs are written with. */
const plainProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 10, 11, 1, 9, 0, 67, 0, 0, 0, 0, 252, 0, 11,
]);
export const canCompile = (): boolean => accepts(plainProbe);

/** A module of one function that uses a vector instruction. */
const vectorProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
export const canVectorise = (): boolean => accepts(vectorProbe);

/** A module of one function that uses relaxed madd. */
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65,
  0, 253, 15, 253, 133, 2, 11,
]);
/** Node 20 has the instruction behind a flag that must be set before the first module is made. */
export const canFuse = (): boolean => {
  if (!canVectorise()) return false;
  if (webAssembly?.validate(relaxedProbe) === true) return true;
  nodeModule('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return webAssembly?.validate(relaxedProbe) === true;
};

/** Whether modules are compiled here, and there is address space for their memory. */
export const canRunModules = (): boolean => canCompile() && linearMemory() !== null;

/** By name, in the order in which they are listed. */
const targets = new Map<string, () => boolean>([
  ['wasm', canRunModules],
  ['js', canGenerate],
  ['eval', () => true],
]);
export const targetNames = (): readonly string[] => [...targets.keys()];
export const isAvailable = (name: string): boolean => targets.get(name)?.() === true;
/** Adds a target to those that can be chosen. */
export const offerTarget = (name: string, isThere: () => boolean): void => {
  targets.set(name, isThere);
};
