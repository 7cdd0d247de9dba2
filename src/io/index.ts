// Files that others read and write, and checkpoints.
export { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoint';
export type { FileError, FormatError, IoError, StructureError } from './error';
export {
  type ReadSafetensorsOptions,
  readNpy,
  readNpz,
  readSafetensors,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from './files';
export { decodeNpy, encodeNpy } from './npy';
export { decodeNpz, encodeNpz } from './npz';
export { decodeSafetensors, encodeSafetensors, type Named, type Safetensors } from './safetensors';
