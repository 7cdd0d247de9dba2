// The data that the examples learn from.
import * as E from 'fp-ts/lib/Either.js';
import { PathReporter } from 'io-ts/lib/PathReporter.js';
import { Source } from './source';
import json from './sources.json';

const decoded = (name: string, value: unknown): Source => {
  const source = Source.decode(value);
  if (E.isLeft(source))
    throw new Error(`sources.json: ${name} is no source: ${PathReporter.report(source).join('; ')}`);
  return source.right;
};

/** What sources.json describes, by its names there. */
export const sources = Object.fromEntries(
  Object.entries(json).map(([name, value]) => [name, decoded(name, value)]),
) as { readonly [Name in keyof typeof json]: Source };
