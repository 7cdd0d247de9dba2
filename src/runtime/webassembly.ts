// The part of the WebAssembly interface that is used here. The language's own library of types leaves it to pages and to Node.
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
export type WasmModule = { readonly kind?: 'module' };
interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}
interface WebAssemblyInterface {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => WasmInstance;
}

/** Undefined where there is no WebAssembly. */
export const webAssembly: WebAssemblyInterface | undefined = (
  globalThis as { readonly WebAssembly?: WebAssemblyInterface }
).WebAssembly;

/** For code that only runs where there is WebAssembly. */
export const requireWebAssembly = (): WebAssemblyInterface => {
  if (webAssembly === undefined) throw new TypeError('internal: no WebAssembly here');
  return webAssembly;
};
