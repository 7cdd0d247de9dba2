// Programs on a device: arguments are uploaded once, results stay where they were computed until somebody reads them.
import type { Buffer } from '../compiler/kernel';
import { mainOf } from '../compiler/program/ir';
import type { Data } from '../core/dtype';
import { allForced, ConcreteArray, type Place, Storage } from '../core/value';
import type { Device, Loaded, Source } from './target';

/** Memory of a device as the place of an array's elements. It is given back once: by whom it belongs to, or after that was collected. */
class DevicePlace<Memory> implements Place {
  private readonly hold: { isOver: boolean } = { isOver: false };
  constructor(
    readonly device: Device<Memory>,
    readonly memory: Memory,
  ) {
    const { hold } = this;
    const release = (): void => {
      if (!hold.isOver) device.release(memory);
    };
    const registry = registries.get(device) ?? new FinalizationRegistry((end) => end());
    registries.set(device, registry);
    registry.register(this, release);
  }
  read(): Data | Promise<Data> {
    return this.device.read(this.memory);
  }
  leave(): void {
    this.hold.isOver = true;
    this.device.release(this.memory);
  }
}
const registries = new WeakMap<object, FinalizationRegistry<() => void>>();

/** Where an array's elements are on the device, brought there if need be. What the host has it keeps. */
const memoryOf = <Memory>(device: Device<Memory>, { storage, dtype, size }: ConcreteArray): Memory => {
  const { place } = storage;
  if (place instanceof DevicePlace && place.device === device) return place.memory as Memory;
  const { data } = storage;
  const memory = device.allocate(dtype, size);
  device.upload(memory, data);
  storage.copyTo(new DevicePlace(device, memory));
  return memory;
};

/** A program that is a function of the memory of its parameters. */
export const loadOn = <Memory>(
  device: Device<Memory>,
  { compiled, program }: Pick<Source, 'compiled' | 'program'>,
  run: (parameters: readonly Memory[]) => void,
): Loaded => {
  const { parameters, operands } = mainOf(program);
  const results = parameters.slice(operands);
  return {
    run: (given) => {
      const args = allForced(given);
      const memory = results.map(({ dtype, size }) => device.allocate(dtype, size));
      run([...args.map((x) => memoryOf(device, x)), ...memory]);
      const storages = memory.map((m) => new Storage(null, new DevicePlace(device, m)));
      return program.outputs.map((parameter, k) => {
        const { aval } = compiled.program.outputs[k] as Buffer;
        if (parameter >= operands) return new ConcreteArray(aval, storages[parameter - operands] as Storage);
        const { storage } = args[parameter] as ConcreteArray;
        storage.isShared = true;
        return new ConcreteArray(aval, storage);
      });
    },
    prepare: async () => {},
  };
};
