/** Why data could not be had. The message says what was found, what was expected and what to do. */
export type DataError =
  | { readonly _tag: 'ReadFailed'; readonly path: string; readonly message: string }
  | { readonly _tag: 'Truncated'; readonly expected: number; readonly found: number; readonly message: string }
  | { readonly _tag: 'NotIdx'; readonly found: string; readonly message: string }
  | { readonly _tag: 'UnknownElementType'; readonly found: number; readonly message: string }
  | { readonly _tag: 'LengthMismatch'; readonly expected: number; readonly found: number; readonly message: string };
