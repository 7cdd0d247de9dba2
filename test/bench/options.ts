// What the command line asks for.
import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';

export interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  /** The groups of rows to run; all where there are none. */
  readonly groups: readonly string[];
}

export const parse = (args: readonly string[]): E.Either<string, Options> =>
  E.tryCatch(
    () => {
      const { values } = parseArgs({
        args: [...args],
        options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, rows: { type: 'string' } },
      });
      return {
        json: values.json ?? false,
        quick: values.quick ?? false,
        groups: values.rows?.split(',').filter((group) => group !== '') ?? [],
      };
    },
    (error) => (error instanceof Error ? error.message : String(error)),
  );
