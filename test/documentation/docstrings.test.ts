// The examples in the docstrings of transforms, trees, layers and optimisers run and give what they say.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as adjoint from 'adjoint';
import * as data from 'adjoint/data';
import * as io from 'adjoint/io';
import * as models from 'adjoint/models';
import * as nn from 'adjoint/nn';
import * as optim from 'adjoint/optim';
import * as train from 'adjoint/train';
import { describe, expect, it } from 'vitest';
import { promises, run } from './block';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const importing = (names: readonly string[], from: string): string => `import { ${names.join(', ')} } from '${from}';`;
const everything = (exports: object, from: string): string => importing(Object.keys(exports), from);
/** The array language, but for the names that a part of the package has as well. */
const besides = (own: object): string =>
  importing(
    Object.keys(adjoint).filter((name) => !(name in own)),
    'adjoint',
  );

interface Documented {
  readonly name: string;
  readonly code: string | null;
}
const documentedIn = (path: string): readonly Documented[] =>
  [...readFileSync(path, 'utf8').matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:const|function\*?) (\w+)/g)].map(
    ([, comment, name]) => {
      const [, example] = /@example\n([\s\S]*)$/.exec(comment as string) ?? [];
      return { name: name as string, code: example === undefined ? null : example.replace(/^\s*\* ?/gm, '').trim() };
    },
  );

const areas = [
  { folder: 'transforms', exports: adjoint, prelude: everything(adjoint, 'adjoint') },
  {
    folder: 'core/traversal.ts',
    exports: adjoint.tree,
    prelude: `${importing(['tensor', 'mul', 'tree'], 'adjoint')} import * as E from 'fp-ts/lib/Either.js'; const { ${Object.keys(adjoint.tree).join(', ')} } = tree;`,
  },
  {
    folder: 'optim',
    exports: optim,
    prelude: `${besides(optim)} ${everything(optim, 'adjoint/optim')}`,
  },
  {
    folder: 'nn',
    exports: nn,
    prelude: `${besides(nn)} ${everything(nn, 'adjoint/nn')} import * as random from 'adjoint/random';`,
  },
  {
    folder: 'train',
    exports: train,
    prelude: `${importing(['tensor', 'mul', 'add'], 'adjoint')} ${everything(train, 'adjoint/train')} import * as t from 'io-ts'; import * as E from 'fp-ts/lib/Either.js';`,
  },
  {
    folder: 'data',
    exports: data,
    prelude: `${everything(adjoint, 'adjoint')} ${everything(data, 'adjoint/data')} import { key } from 'adjoint/random'; import * as E from 'fp-ts/lib/Either.js';`,
  },
  {
    folder: 'data/stream.ts',
    exports: data.stream,
    prelude: "import { stream } from 'adjoint/data'; import { key } from 'adjoint/random';",
  },
  {
    folder: 'io',
    exports: io,
    prelude: `${besides(io)} ${everything(io, 'adjoint/io')} import * as E from 'fp-ts/lib/Either.js';`,
  },
  {
    folder: 'models',
    exports: models,
    prelude: `${everything(adjoint, 'adjoint')} ${everything(models, 'adjoint/models')} import * as random from 'adjoint/random'; import * as E from 'fp-ts/lib/Either.js';`,
  },
];

describe.each(areas)('src/$folder', ({ folder, exports, prelude }) => {
  const files = folder.endsWith('.ts') ? [folder] : readdirSync(source + folder).map((file) => `${folder}/${file}`);
  const documented = files.flatMap((file) => documentedIn(source + file)).filter(({ name }) => name in exports);
  const examples = documented.filter((d): d is Documented & { readonly code: string } => d.code !== null);

  it.each(examples)('$name', async ({ code }) => {
    expect(await run(`${prelude}\n${code}`)).toBe(promises(code));
  });
  it('every public function has an example', () => {
    const functions = Object.entries(exports).filter(([name, f]) => typeof f === 'function' && !/^[A-Z]/.test(name));
    const own = functions
      .map(([name]) => name)
      .filter((name) =>
        files.some((file) =>
          new RegExp(`export (?:const|function\\*?) ${name}\\b`).test(readFileSync(source + file, 'utf8')),
        ),
      );
    expect(own.filter((name) => !examples.some((e) => e.name === name))).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
  });
});
