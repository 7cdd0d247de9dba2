// UTF-8, by what browsers and Node share.

interface Coders {
  readonly TextDecoder: new (
    label: 'utf-8',
    options: { readonly fatal: true },
  ) => { readonly decode: (bytes: Uint8Array) => string };
  readonly TextEncoder: new () => { readonly encode: (text: string) => Uint8Array<ArrayBuffer> };
}
const coders = (): Coders => globalThis as unknown as Coders;

/** null where the bytes are not UTF-8. */
export const decodeText = (bytes: Uint8Array): string | null => {
  try {
    return new (coders().TextDecoder)('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
};
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => new (coders().TextEncoder)().encode(text);

/** Undefined where the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A name from a file, short enough for a message. */
export const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
