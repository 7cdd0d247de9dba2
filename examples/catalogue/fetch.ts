// Packages of data, fetched by the ordinary clients of npm and Debian, checked by their digest and unpacked into a cache.
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { archiveOf, digestOf, type Fault, fault, type Source, slugOf, titleOf } from './source';

const run = promisify(execFile);
const reasonOf = (reason: unknown): string =>
  reason instanceof Error ? reason.message.trim().split('\n').slice(0, 4).join('; ') : String(reason);

/** Where the packages are kept: in the checkout, and ignored by git. */
export const defaultCache = fileURLToPath(new URL('../../.cache/adjoint', import.meta.url));

/** What a folder of the cache holds; written last. */
const Manifest = t.readonly(
  t.type({
    format: t.literal('adjoint data'),
    version: t.literal(1),
    digest: t.string,
    files: t.readonlyArray(t.readonly(t.type({ path: t.string, bytes: t.number }))),
  }),
  'DataManifest',
);
const manifestName = 'manifest.json';

const manifestIn = async (folder: string): Promise<E.Either<unknown, t.TypeOf<typeof Manifest>>> => {
  try {
    return Manifest.decode(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
  } catch (reason) {
    return E.left(reason);
  }
};

/** Whether the folder has what the source wants: the manifest is of the same archive, and every file has the size it had. */
const isComplete = async (source: Source, folder: string): Promise<boolean> => {
  const manifest = await manifestIn(folder);
  if (E.isLeft(manifest) || manifest.right.digest !== digestOf(source).value) return false;
  const { files } = manifest.right;
  const has = (wanted: string): boolean => files.some(({ path }) => path === wanted || path.startsWith(`${wanted}/`));
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(join(folder, path)).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  return source.files.every(has) && files.every(({ bytes }, i) => sizes[i] === bytes);
};

/** Puts the archive of a package into a folder that is otherwise empty, and gives its path; rejects where that cannot be done. */
export type Download = (source: Source, folder: string) => Promise<string>;

const limits = { timeout: 15 * 60_000, maxBuffer: 2 ** 24 } as const;
export const download: Download = async (source, folder) => {
  if (source.kind === 'npm')
    await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, titleOf(source)], {
      ...limits,
      cwd: folder,
      shell: process.platform === 'win32',
    });
  else await run('apt-get', ['download', '-q', titleOf(source)], { ...limits, cwd: folder });
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error('the client has left no file');
  return join(folder, name);
};

/** A folder of one process for what is not complete; the name says whose it is, so that those of dead processes can be told. */
const newPartial = (): string => `partial-${hostname()}-${process.pid}-${randomUUID()}`;
const partialName = /^partial-(.*)-(\d+)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (reason) {
    // A process of another user may not be sent signals.
    return reason instanceof Error && 'code' in reason && reason.code === 'EPERM';
  }
};
/** Hours in which a fetch is believed to be over, where its process is on another computer or its number was given again. */
const longest = 24;
/** Removes what fetches that were killed have left. */
const removeAbandoned = async (cache: string): Promise<void> => {
  for (const name of await readdir(cache).catch(() => [])) {
    const [, host, pid] = partialName.exec(name) ?? [];
    if (host === undefined) continue;
    const folder = join(cache, name);
    const changed = await stat(folder).catch(() => undefined);
    const isOld = changed !== undefined && Date.now() - changed.mtimeMs > longest * 3600_000;
    if (isOld || (host === hostname() && !isAlive(Number(pid))))
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
};

const byHand = (source: Source, cache: string): string => {
  const { file, address } = archiveOf(source);
  return `fetch ${address} by hand and put it there as ${join(cache, file)}; it holds ${source.files.join(', ')}`;
};

const hashOf = async (path: string, source: Source): Promise<string> => {
  const { algorithm, encoding } = digestOf(source);
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest(encoding);
};

/** The files below a folder, by paths relative to it. */
const filesBelow = async (folder: string): Promise<readonly { readonly path: string; readonly bytes: number }[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Promise.all(
    paths.map(async (path) => ({ path: relative(folder, path).replaceAll('\\', '/'), bytes: (await stat(path)).size })),
  );
};

/** Unpacks what the source wants of its archive, and gives the folder that the files are in. */
const unpack = async (source: Source, archive: string, folder: string): Promise<string> => {
  const members = source.files.map((file) => `${source.root}/${file}`);
  await mkdir(folder);
  if (source.kind === 'npm') await run('tar', ['-xzf', archive, '-C', folder, ...members], limits);
  else await run('dpkg-deb', ['-x', archive, folder], limits);
  const root = join(folder, source.root);
  for (const file of source.files) await stat(join(root, file));
  return root;
};

export interface FetchOptions {
  /** The folder of the cache: .cache/adjoint in the checkout unless given. */
  readonly cache?: string | undefined;
  readonly download?: Download;
  readonly log?: (line: string) => void;
}

/**
 * The folder with the files of a source. What is not in the cache is downloaded, refused unless it has the digest, and unpacked
 * beside its place, which it takes when it is complete. An archive that was put into the cache by hand is used in place of a download.
 */
export const fetched =
  (
    source: Source,
    { cache = defaultCache, download: get = download, log = () => undefined }: FetchOptions = {},
  ): TE.TaskEither<Fault, string> =>
  async () => {
    const folder = join(cache, slugOf(source));
    if (await isComplete(source, folder)) return E.right(folder);
    await removeAbandoned(cache);
    const work = join(cache, newPartial());
    try {
      const inbox = join(work, 'archive');
      await mkdir(inbox, { recursive: true });
      const placed = join(cache, archiveOf(source).file);
      const isPlaced = await stat(placed).then(
        () => true,
        () => false,
      );
      let archive = placed;
      if (!isPlaced) {
        log(`fetching ${titleOf(source)} ...`);
        try {
          archive = await get(source, inbox);
        } catch (reason) {
          const hint = source.kind === 'debian' ? ' `apt-get update` may help. Or' : ' Without a network,';
          const message = `${titleOf(source)} could not be fetched: ${reasonOf(reason)}.${hint} ${byHand(source, cache)}.`;
          return fault('Unreachable', message);
        }
      }
      const [found, { algorithm, value }] = [await hashOf(archive, source), digestOf(source)];
      if (found !== value) {
        const fix = isPlaced ? `delete ${placed}, and ${byHand(source, cache)}` : 'try again';
        const message = `the archive of ${titleOf(source)} is corrupt, or not the one that was checked: its ${algorithm} is ${found}, not ${value}. It was not used; ${fix}.`;
        return fault('CorruptDownload', message);
      }
      let root: string;
      try {
        root = await unpack(source, archive, join(work, 'files'));
      } catch (reason) {
        const tool = source.kind === 'npm' ? 'tar' : 'dpkg-deb';
        return fault('BadArchive', `${titleOf(source)} could not be unpacked by ${tool}: ${reasonOf(reason)}.`);
      }
      const files = await filesBelow(root);
      const manifest = Manifest.encode({ format: 'adjoint data', version: 1, digest: value, files });
      await writeFile(join(root, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
      // Another process may have been faster: then its folder is as good.
      if (!(await isComplete(source, folder))) {
        await rm(folder, { recursive: true, force: true });
        await rename(root, folder).catch(async (reason) => {
          if (!(await isComplete(source, folder))) throw reason;
        });
      }
      return E.right(folder);
    } catch (reason) {
      return fault(
        'CacheFailed',
        `the cache ${cache} could not be filled with ${titleOf(source)}: ${reasonOf(reason)}.`,
      );
    } finally {
      await rm(work, { recursive: true, force: true }).catch(() => undefined);
    }
  };
