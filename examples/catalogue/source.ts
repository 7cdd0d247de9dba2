// Where data comes from: packages of npm and Debian, of one version each, known by the digest of the archive.
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

const matching = (pattern: RegExp, name: string) => t.refinement(t.string, (s) => pattern.test(s), name);

const Wanted = {
  /** The folder in the archive that the files are in. */
  root: t.string,
  /** Files and folders below it. */
  files: t.readonlyArray(t.string),
  /** What the data is and under which terms it is given. */
  about: t.string,
};
const NpmSource = t.readonly(
  t.type({
    ...Wanted,
    kind: t.literal('npm'),
    package: matching(/^(@[a-z0-9._-]+\/)?[a-z0-9._-]+$/, 'PackageName'),
    version: matching(/^\d+\.\d+\.\d+[\w.+-]*$/, 'Version'),
    /** As `npm view NAME@VERSION dist.integrity` tells it. */
    integrity: matching(/^sha512-[A-Za-z0-9+/]{86}==$/, 'Integrity'),
  }),
);
const DebianSource = t.readonly(
  t.type({
    ...Wanted,
    kind: t.literal('debian'),
    package: matching(/^[a-z0-9][a-z0-9+.-]+$/, 'PackageName'),
    version: matching(/^[\w.+~:-]+$/, 'Version'),
    /** As `apt-cache show NAME` tells it. */
    sha256: matching(/^[0-9a-f]{64}$/, 'Sha256'),
    /** Where the archive is in Debian's pool. */
    path: t.string,
  }),
);

/** A package, and what is needed of it. */
export const Source = t.union([NpmSource, DebianSource], 'Source');
export type Source = t.TypeOf<typeof Source>;

/** Why an example cannot do its work, for reasons outside the program. The message says what to do. */
export interface Fault {
  readonly _tag: string;
  readonly message: string;
}
export const fault = (_tag: string, message: string): E.Either<Fault, never> => E.left({ _tag, message });

/** The package and its version. */
export const titleOf = (source: Source): string =>
  `${source.package}${source.kind === 'npm' ? '@' : '='}${source.version}`;

/** The name of a folder or file for a package. */
export const slugOf = (source: Source): string =>
  `${source.package.replace(/^@/, '').replaceAll('/', '-')}-${source.version.replaceAll(':', '-')}`;

/** The name of the archive, and where it can be had by hand. */
export const archiveOf = (source: Source): { readonly file: string; readonly address: string } =>
  source.kind === 'npm'
    ? {
        file: `${slugOf(source)}.tgz`,
        address: `https://registry.npmjs.org/${source.package}/-/${source.package.replace(/^.*\//, '')}-${source.version}.tgz`,
      }
    : { file: `${slugOf(source)}.deb`, address: `https://deb.debian.org/debian/${source.path}` };

/** Which hash the archive must have. */
export const digestOf = (
  source: Source,
): { readonly algorithm: 'sha512' | 'sha256'; readonly encoding: 'base64' | 'hex'; readonly value: string } =>
  source.kind === 'npm'
    ? { algorithm: 'sha512', encoding: 'base64', value: source.integrity.replace('sha512-', '') }
    : { algorithm: 'sha256', encoding: 'hex', value: source.sha256 };
