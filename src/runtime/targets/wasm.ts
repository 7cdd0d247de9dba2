// The `wasm` target: a program is one WebAssembly module, values stay in the memory that all modules share.
import { renderJs } from '../../compiler/targets/js';
import { type WasmProgram, wasmProgram } from '../../compiler/targets/wasm/module';
import { wasmTraits } from '../../compiler/targets/wasm/traits';
import { canRunModules } from '../availability';
import { heapDevice, type Resident } from '../resident';
import type { Target } from '../target';
import { featuresInForce, loadModule } from '../wasm';

export const wasmTarget: Target<WasmProgram, Resident> = {
  name: 'wasm',
  traits: wasmTraits,
  isAvailable: canRunModules,
  // Instructions are bytes: as text the same loops are JavaScript.
  renderKernel: renderJs,
  renderProgram: (program) => wasmProgram(program, featuresInForce()),
  load: loadModule,
  device: heapDevice,
};
