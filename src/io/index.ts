// Files that others read and write.
export { decodeNpy, encodeNpy, type NpyError } from './npy';
