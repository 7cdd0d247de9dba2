// Temporary files: each has the name of the process that writes it, so that what a dead one left can be told from what a living one needs.
import { crypto, fileSystem, hostName, paths, processes } from './node';
import { encodeText } from './text';

/** 16 digits that no other writer has. */
export const newId = async (): Promise<string> => (await crypto()).randomUUID().replaceAll('-', '').slice(0, 16);

/** Hosts may share a directory, and number their processes each on its own. */
const ownHost = async (): Promise<string> => {
  const hash = (await crypto()).createHash('sha256');
  hash.update(encodeText(await hostName()));
  return hash.digest('hex').slice(0, 8);
};

export const temporaryName = async (id: string): Promise<string> =>
  `.${id}-${await ownHost()}-${processes().own}.partial`;

const pattern = /^\.([0-9a-f]{16})-([0-9a-f]{8})-(\d+)\.partial$/;
/** The ids of the temporary files among these names. */
export const idsIn = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []));

/** Milliseconds after which nobody is believed to write any more: for other hosts, and processes that got a dead one's number. */
const longest = 24 * 3600_000;

/** Removes the temporary files of processes that have ended. */
export const removeAbandoned = async (directory: string): Promise<void> => {
  const fs = await fileSystem();
  const { join } = await paths();
  const here = await ownHost();
  const isAbandoned = async (name: string): Promise<boolean> => {
    const [, , host, process] = pattern.exec(name) ?? [];
    if (process === undefined) return false;
    if (host === here && !processes().isAlive(Number(process))) return true;
    return Date.now() - (await fs.stat(join(directory, name))).mtimeMs > longest;
  };
  // Another process may have been faster.
  for (const name of await fs.readdir(directory))
    if (await isAbandoned(name).catch(() => false)) await fs.rm(join(directory, name), { force: true });
};
