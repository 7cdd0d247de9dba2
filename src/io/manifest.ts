// The manifest of a checkpoint: which file has the tensors, what they are, what else was saved, and checksums of it all.
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { leafPaths, type TreeDef } from '../core/tree';
import { tree } from '../index';
import type { FormatError, StructureError } from './error';
import type { Hash } from './node';
import { decodeText, encodeText, parseJson } from './text';

const Size = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'Size');
const Digest = t.refinement(t.string, (s) => /^[0-9a-f]{64}$/.test(s), 'Sha256');
const Leaf = t.readonly(t.type({ path: t.string, dtype: t.string, shape: t.readonlyArray(Size) }));
const Plain = t.union([t.string, t.number, t.boolean]);

/** Static leaves are kept by path where JSON can hold them; the others come from the tree that is loaded into. */
const Body = t.readonly(
  t.type({
    format: t.literal('adjoint checkpoint'),
    version: t.literal(1),
    tensors: t.readonly(
      t.type({
        file: t.refinement(t.string, (s) => /^tensors-[0-9a-f]{16}\.safetensors$/.test(s), 'TensorFile'),
        bytes: Size,
        sha256: Digest,
      }),
    ),
    leaves: t.readonlyArray(Leaf),
    statics: t.readonlyArray(t.readonly(t.type({ path: t.string, value: Plain }))),
    metadata: t.unknown,
  }),
  'CheckpointManifest',
);
const File = t.readonly(t.type({ sha256: Digest, body: Body }));
export type Manifest = t.TypeOf<typeof Body>;

export const manifestFile = 'manifest.json';
/** More than any tree needs, and little enough to be parsed. */
export const largestManifest = 2 ** 28;

const digestOf = (hash: Hash, body: unknown): string => {
  hash.update(encodeText(JSON.stringify(body)));
  return hash.digest('hex');
};

export const encodeManifest = (body: Manifest, hash: Hash): Uint8Array =>
  encodeText(`${JSON.stringify({ sha256: digestOf(hash, body), body }, null, 1)}\n`);

export const decodeManifest = (bytes: Uint8Array, hash: Hash): E.Either<FormatError, Manifest> => {
  const text = decodeText(bytes);
  const parsed = text === null ? undefined : parseJson(text);
  const decoded = File.decode(parsed);
  if (E.isLeft(decoded)) {
    const message =
      parsed === undefined
        ? 'the manifest is not JSON; it is incomplete or corrupt.'
        : 'the manifest is not one of an adjoint checkpoint of version 1; it is corrupt, or made by another program.';
    return E.left({ _tag: 'BadHeader', message });
  }
  const { body, sha256 } = decoded.right;
  // Of what was parsed, so that nothing a codec leaves out goes unseen.
  if (digestOf(hash, (parsed as { readonly body: unknown }).body) !== sha256)
    return E.left({
      _tag: 'ChecksumMismatch',
      message: 'the manifest is not the one that was written: its checksum differs. It was edited or is corrupt.',
    });
  return E.right(body);
};

type Plain = t.TypeOf<typeof Plain>;
const isPlain = (x: unknown): x is Plain => Plain.is(x) && Object.is(parseJson(JSON.stringify(x)), x);

/** The static leaves of a structure, in its order, with their paths. */
const staticsOf = (def: TreeDef): readonly { readonly path: string; readonly value: unknown }[] => {
  const values: unknown[] = [];
  // As a tree in which the static leaves are the leaves.
  const swap = (d: TreeDef): TreeDef => {
    if (d.kind === 'leaf') return { kind: 'static', value: undefined };
    if (d.kind === 'static') {
      values.push(d.value);
      return { kind: 'leaf' };
    }
    return { ...d, children: d.children.map(swap) };
  };
  const paths = leafPaths(swap(def));
  return paths.map((path, i) => ({ path, value: values[i] }));
};

/** What the manifest says of a tree. */
export const describeTree = (state: unknown): Pick<Manifest, 'leaves' | 'statics'> => {
  const paths = tree.paths(state);
  return {
    leaves: tree.leaves(state).map((x, i) => ({ path: paths[i] as string, dtype: x.dtype.name, shape: [...x.shape] })),
    statics: staticsOf(tree.structure(state)).flatMap(({ path, value }) => (isPlain(value) ? [{ path, value }] : [])),
  };
};

const mismatch = (message: string): E.Either<StructureError, never> => E.left({ _tag: 'StructureMismatch', message });
const listed = (paths: readonly string[]): string =>
  `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`;

/** The structure that results when what was saved is put into a tree like this one, or where they differ. */
export const matchTree = (like: unknown, manifest: Manifest): E.Either<StructureError, TreeDef> => {
  const wanted = describeTree(like);
  const saved = new Map(manifest.leaves.map((leaf) => [leaf.path, leaf]));
  const paths = new Set(wanted.leaves.map(({ path }) => path));
  const missing = wanted.leaves.filter(({ path }) => !saved.has(path)).map(({ path }) => path);
  const unexpected = manifest.leaves.filter(({ path }) => !paths.has(path)).map(({ path }) => path);
  if (missing.length > 0) return mismatch(`the checkpoint has no ${listed(missing)}; was it made by another model?`);
  if (unexpected.length > 0)
    return mismatch(
      `the checkpoint has ${listed(unexpected)}, for which the tree has no place; was it made by another model?`,
    );
  for (const { path, dtype, shape } of wanted.leaves) {
    const found = saved.get(path) as (typeof manifest.leaves)[number];
    if (found.dtype !== dtype || found.shape.join() !== shape.join())
      return mismatch(
        `${path === '' ? 'the tensor' : path} is ${found.dtype}[${found.shape.join(',')}] in the checkpoint, but ${dtype}[${shape.join(',')}] in the tree.`,
      );
  }
  const values = new Map(manifest.statics.map(({ path, value }) => [path, value]));
  const def = tree.structure(like);
  const replaced = staticsOf(def).map(({ path, value }) => {
    const found = values.get(path);
    return typeof found === typeof value && found !== undefined ? found : value;
  });
  const wrong = staticsOf(def).find(({ path, value }) => values.has(path) && typeof values.get(path) !== typeof value);
  if (wrong !== undefined)
    return mismatch(
      `${wrong.path} is the ${typeof values.get(wrong.path)} ${values.get(wrong.path)} in the checkpoint, but a ${typeof wrong.value} in the tree.`,
    );
  let next = 0;
  const put = (d: TreeDef): TreeDef =>
    d.kind === 'leaf'
      ? d
      : d.kind === 'static'
        ? { kind: 'static', value: replaced[next++] }
        : { ...d, children: d.children.map(put) };
  return E.right(put(def));
};
