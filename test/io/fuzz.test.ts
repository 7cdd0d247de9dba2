// A small part of `npm run fuzz`: a damaged file is refused, or gives what is in it; it is never a crash.
import { describe, expect, it } from 'vitest';
import { formats, fuzzCheckpoint, fuzzFormat } from './mutation';

describe('damaged files', () => {
  it.each(Object.keys(formats))('of %s', async (name) => {
    expect(await fuzzFormat(name, 1500, 20261123)).toEqual([]);
  });
  it('of checkpoints', async () => {
    expect(await fuzzCheckpoint(1000, 20261123)).toEqual([]);
  });
});
