// Data comes whole or not at all: packages are checked, unpacked into a cache and found there again.
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Download, fetched } from '../../examples/catalogue/fetch';
import { archiveOf, Source, slugOf } from '../../examples/catalogue/source';
import { sources } from '../../examples/catalogue/sources';

const home = mkdtempSync(join(tmpdir(), 'adjoint-fetch-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

// A package as npm packs them, with a file that is not wanted.
const packed = join(home, 'toy.tgz');
mkdirSync(join(home, 'package/data/deep'), { recursive: true });
writeFileSync(join(home, 'package/data/numbers.csv'), 'x\n1\n2\n');
writeFileSync(join(home, 'package/data/deep/more.txt'), 'more');
writeFileSync(join(home, 'package/index.js'), '');
execFileSync('tar', ['-czf', packed, '-C', home, 'package']);

const toy: Source = {
  kind: 'npm',
  package: '@some/toy',
  version: '1.0.0',
  integrity: `sha512-${createHash('sha512').update(readFileSync(packed)).digest('base64')}`,
  root: 'package/data',
  files: ['numbers.csv', 'deep'],
  about: 'a toy',
};

let cache = '';
let downloads = 0;
beforeEach(() => {
  cache = mkdtempSync(join(home, 'cache-'));
  downloads = 0;
});
/** As the client of npm: leaves the archive in the folder. */
const copy: Download = async (_, folder) => {
  downloads += 1;
  copyFileSync(packed, join(folder, 'toy.tgz'));
  return join(folder, 'toy.tgz');
};
const offline: Download = async () => {
  throw new Error('getaddrinfo ENOTFOUND registry.npmjs.org');
};
const messageOf = (result: E.Either<{ readonly message: string }, string>): string =>
  E.isLeft(result) ? result.left.message : 'no fault';

describe('a source', () => {
  it('is unpacked into the cache once, and only what is wanted of it', async () => {
    const first = await fetched(toy, { cache, download: copy })();
    const folder = join(cache, slugOf(toy));
    expect(first).toEqual(E.right(folder));
    expect(readFileSync(join(folder, 'numbers.csv'), 'utf8')).toBe('x\n1\n2\n');
    expect(readFileSync(join(folder, 'deep/more.txt'), 'utf8')).toBe('more');
    expect(readdirSync(folder).sort()).toEqual(['deep', 'manifest.json', 'numbers.csv']);
    expect(await fetched(toy, { cache, download: offline })()).toEqual(first);
    expect([downloads, readdirSync(cache)]).toEqual([1, [slugOf(toy)]]);
  });
  it('is fetched again when a file in the cache is gone or was changed', async () => {
    const folder = join(cache, slugOf(toy));
    await fetched(toy, { cache, download: copy })();
    for (const spoil of [
      () => rmSync(join(folder, 'deep/more.txt')),
      () => writeFileSync(join(folder, 'numbers.csv'), 'x\n'),
      () => writeFileSync(join(folder, 'manifest.json'), '{"format":'),
    ]) {
      spoil();
      expect(await fetched(toy, { cache, download: copy })()).toEqual(E.right(folder));
      expect(readFileSync(join(folder, 'deep/more.txt'), 'utf8')).toBe('more');
      expect(readFileSync(join(folder, 'numbers.csv'), 'utf8')).toBe('x\n1\n2\n');
    }
    expect(downloads).toBe(4);
  });
  it('is fetched by two processes at once without harm', async () => {
    const both = await Promise.all([1, 2].map(() => fetched(toy, { cache, download: copy })()));
    expect(both).toEqual([E.right(join(cache, slugOf(toy))), E.right(join(cache, slugOf(toy)))]);
    expect(readdirSync(cache)).toEqual([slugOf(toy)]);
  });
  it('is fetched where a killed process has left a part of it, which is removed; what a living one works on stays', async () => {
    const partial = (pid: number | string, host = hostname()): string => `partial-${host}-${pid}-${randomUUID()}`;
    const dead = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
    const [old, own, other] = [partial(process.pid), partial(process.pid), partial(dead, 'elsewhere')];
    for (const name of [partial(dead), old, own, other]) mkdirSync(join(cache, name, 'archive'), { recursive: true });
    utimesSync(join(cache, old), 0, 0);
    expect(E.isRight(await fetched(toy, { cache, download: copy })())).toBe(true);
    expect(readdirSync(cache).sort()).toEqual([own, other, slugOf(toy)].sort());
  });
  it('that cannot be reached says which file to put where, and is taken from there', async () => {
    const message = messageOf(await fetched(toy, { cache, download: offline })());
    const place = join(cache, 'some-toy-1.0.0.tgz');
    expect(message).toBe(
      `@some/toy@1.0.0 could not be fetched: getaddrinfo ENOTFOUND registry.npmjs.org. Without a network, fetch https://registry.npmjs.org/@some/toy/-/toy-1.0.0.tgz by hand and put it there as ${place}; it holds numbers.csv, deep.`,
    );
    expect(readdirSync(cache)).toEqual([]);
    copyFileSync(packed, place);
    expect(E.isRight(await fetched(toy, { cache, download: offline })())).toBe(true);
    expect(readdirSync(cache).sort()).toEqual([slugOf(toy), 'some-toy-1.0.0.tgz']);
  });
  it('that is corrupt is refused, and leaves nothing', async () => {
    const torn: Download = async (_, folder) => {
      const bytes = readFileSync(packed);
      writeFileSync(join(folder, 'toy.tgz'), bytes.subarray(0, bytes.length - 7));
      return join(folder, 'toy.tgz');
    };
    const result = await fetched(toy, { cache, download: torn })();
    expect(E.isLeft(result) && result.left._tag).toBe('CorruptDownload');
    expect(messageOf(result)).toMatch(
      /^the archive of @some\/toy@1\.0\.0 is corrupt.*sha512.*It was not used; try again\.$/,
    );
    expect(readdirSync(cache)).toEqual([]);
    writeFileSync(join(cache, archiveOf(toy).file), 'not it');
    expect(messageOf(await fetched(toy, { cache, download: copy })())).toContain(`delete ${cache}`);
  });
  it('without a file that is wanted is refused', async () => {
    const result = await fetched({ ...toy, files: ['numbers.csv', 'absent.csv'] }, { cache, download: copy })();
    expect(E.isLeft(result) && result.left._tag).toBe('BadArchive');
    expect(readdirSync(cache)).toEqual([]);
  });
  it('needs a cache that can be written', async () => {
    const result = await fetched(toy, { cache: join(packed, 'inside a file'), download: copy })();
    expect(E.isLeft(result) && result.left._tag).toBe('CacheFailed');
  });
});

describe('sources.json', () => {
  it('describes packages by name, version and digest', () => {
    expect(Object.keys(sources)).toContain('mnist');
    expect(archiveOf(sources.fashionMnist).address).toMatch(/^https:\/\/deb\.debian\.org\/debian\/pool\/.*_all\.deb$/);
    expect(E.isLeft(Source.decode({ ...toy, integrity: 'sha512-short' }))).toBe(true);
    expect(E.isLeft(Source.decode({ ...toy, version: 'latest' }))).toBe(true);
  });
  it('has digests that the registry has', async (context) => {
    const folder = await fetched(sources.maleNames, { cache })();
    if (E.isLeft(folder) && folder.left._tag === 'Unreachable') {
      console.warn(`SKIPPED: ${folder.left.message}`);
      context.skip();
    }
    expect(messageOf(folder)).toBe('no fault');
    const names = E.isRight(folder) ? readFileSync(join(folder.right, 'names.txt'), 'utf8').trim().split(/\r?\n/) : [];
    expect([names.length, names[0]]).toEqual([3898, 'Aaron']);
  });
});
