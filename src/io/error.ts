// What the world can do to files. Every fault has a message that says what was found, what was expected and what to do.
import * as E from 'fp-ts/lib/Either.js';

interface Fault<Tag extends string> {
  readonly _tag: Tag;
  readonly message: string;
}

/** Bytes that are not what they should be. */
export type FormatError =
  /** Another format, or no format at all. */
  | Fault<'UnknownFormat'>
  /** It ends too early, or is longer than its header says. */
  | Fault<'LengthMismatch'>
  /** A header that contradicts itself, the format or the file. */
  | Fault<'BadHeader'>
  /** An element type for which there is no rule. */
  | Fault<'UnknownDtype'>
  /** An element that its dtype here does not hold. */
  | Fault<'BadElement'>
  /** The contents are not those that were written. */
  | Fault<'ChecksumMismatch'>
  /** More than this reader takes. */
  | Fault<'TooLarge'>;

/** A file that cannot be opened, read, written or renamed. */
export type FileError = Fault<'ReadFailed' | 'WriteFailed'> & { readonly path: string };

/** A tree that the file does not have. */
export type StructureError = Fault<'StructureMismatch'>;

export type IoError = FormatError | FileError | StructureError;

/** The same result; a fault has the place it was found in before its message. */
export const within =
  (place: string) =>
  <F extends { readonly message: string }, A>(result: E.Either<F, A>): E.Either<F, A> =>
    E.isLeft(result) ? E.left({ ...result.left, message: `${place}: ${result.left.message}` }) : result;
