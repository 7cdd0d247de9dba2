/** Why data could not be had. The message says what was found, what was expected and what to do. */
export type DataError =
  | { readonly _tag: 'ReadFailed'; readonly path: string; readonly message: string }
  | { readonly _tag: 'Truncated'; readonly expected: number; readonly found: number; readonly message: string }
  | { readonly _tag: 'NotIdx'; readonly found: string; readonly message: string }
  | { readonly _tag: 'UnknownElementType'; readonly found: number; readonly message: string }
  | { readonly _tag: 'LengthMismatch'; readonly expected: number; readonly found: number; readonly message: string }
  /** A line of a CSV file, or of what was read from it, that is not as the others. */
  | { readonly _tag: 'BadRow'; readonly line: number; readonly message: string }
  | { readonly _tag: 'NoColumn'; readonly message: string }
  /** A tokenizer that cannot be made, or a text that it cannot take. */
  | { readonly _tag: 'BadTokenizer'; readonly message: string };

/** A fault in the middle of a stream, thrown by it: streams have no other way to end early. `fit` makes it a Left. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  constructor(readonly fault: DataError) {
    super(fault.message);
  }
}
