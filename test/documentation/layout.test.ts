// The shape of the project: files that can be read in one sitting, and one direction of dependency.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
const files = ['src', 'laws', 'examples'].flatMap(filesBelow);
const text = (file: string): string => readFileSync(root + file, 'utf8');

/** What each part of src may import, besides itself. Types only is marked by a star. */
const below: Readonly<Record<string, readonly string[]>> = {
  types: [],
  core: ['types*'],
  numerics: ['core'],
  primitives: ['core', 'numerics'],
  compiler: ['core', 'numerics', 'primitives'],
  runtime: ['core', 'numerics', 'compiler'],
  transforms: ['core', 'primitives', 'runtime', 'types*'],
  array: ['core', 'primitives', 'runtime', 'types*'],
  random: ['core', 'primitives', 'array', 'types*'],
  // The functions of arrays without types of shapes: layers and optimisers are written with them.
  untyped: ['core', 'array', 'transforms', 'types*'],
  nn: ['index', 'random', 'untyped'],
  // Records of dtypes.
  optim: ['index', 'untyped', 'core'],
  // Tasks that say that they were not called.
  train: ['index', 'io', 'core'],
  data: ['index', 'random', 'core'],
  models: ['index', 'random', 'untyped', 'nn', 'data', 'io', 'core'],
  eslint: [],
  // Tensors around the memory a file was read into, and out of it: without a copy.
  io: ['index', 'core', 'array'],
};

const importsOf = (file: string): readonly { readonly part: string; readonly typesOnly: boolean }[] => {
  const [, own] = file.split('/') as [string, string];
  return [...text(file).matchAll(/^(import|export)( type)? [^;]*? from '(\.[^']*)'/gms)].flatMap(([, , type, path]) => {
    const target = new URL(path as string, `file:///${file}`).pathname.slice(1).split('/');
    const part = target[1] ?? '';
    return part === own
      ? []
      : [{ part: target.length === 2 ? part.replace('.ts', '') : part, typesOnly: type !== undefined }];
  });
};

/** The files that a file imports, as far as they are in the same part. */
const inside = (file: string): readonly string[] =>
  [...text(file).matchAll(/^(?:import|export)(?: type)? [^;]*? from '(\.[^']*)'/gms)].flatMap(([, path]) => {
    const target = new URL(path as string, `file:///${file}`).pathname.slice(1);
    const found = [`${target}.ts`, `${target}/index.ts`].find((name) => files.includes(name));
    const partOf = (name: string): string =>
      name
        .split('/')
        .slice(0, name.startsWith('src/') ? 2 : 1)
        .join('/');
    return found !== undefined && partOf(found) === partOf(file) ? [found] : [];
  });
/** Sets of files each of which imports all the others, directly or not (Tarjan's strongly connected components of more than one). */
const circlesOf = (graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] => {
  const numbers = new Map<string, number>();
  const [stack, circles]: [string[], string[][]] = [[], []];
  const visit = (file: string): number => {
    const number = numbers.size;
    numbers.set(file, number);
    stack.push(file);
    let low = number;
    for (const next of graph.get(file) ?? []) {
      if (!numbers.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, numbers.get(next) as number);
    }
    if (low === number) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of graph.keys()) if (!numbers.has(file)) visit(file);
  return circles;
};
/** What is recursive by its nature, by folder; types of `core` alone. */
const mutual: Readonly<Record<string, readonly string[]>> = {
  // Equations have primitives, some of whose rules are about programs.
  'src/core': ['jaxpr', 'lowering', 'primitive'],
  // Derivatives of primitives are made of other primitives.
  'src/primitives': [
    'arithmetic',
    'bitwise',
    'concatenate',
    'convert',
    'exponential',
    'fill',
    'kinds',
    'pad',
    'reduction',
    'rounding',
    'select',
    'views',
  ],
};
/** Tensor has the functions as methods, and they give tensors. */
const ofTensor = ['src/array', 'src/types'];

const isDeclaration = (s: ts.Statement): boolean =>
  ts.isImportDeclaration(s) ||
  ts.isExportDeclaration(s) ||
  ts.isVariableStatement(s) ||
  ts.isFunctionDeclaration(s) ||
  ts.isClassDeclaration(s) ||
  ts.isInterfaceDeclaration(s) ||
  ts.isTypeAliasDeclaration(s) ||
  ts.isModuleDeclaration(s);

describe('the source', () => {
  it('has no file above 400 lines', () => {
    expect(files.filter((file) => text(file).split('\n').length > 401)).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });
  it.each(Object.entries(below))('%s imports only what is below it', (part, allowed) => {
    const own = files.filter((file) => file.startsWith(`src/${part}/`));
    const wrong = own.flatMap((file) =>
      importsOf(file)
        .filter((i) => !allowed.includes(i.part) && !(i.typesOnly && allowed.includes(`${i.part}*`)))
        .map((i) => `${file} imports ${i.part}`),
    );
    expect(wrong).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
  });
  it('has no circles inside of its folders, but for what is recursive by its nature', () => {
    const circles = circlesOf(new Map(files.map((file) => [file, inside(file)])));
    const known = Object.entries(mutual).map(([folder, names]) => names.map((name) => `${folder}/${name}.ts`));
    const others = circles.filter((circle) => !ofTensor.some((folder) => circle[0]?.startsWith(`${folder}/`)));
    expect(others.map((c) => c.join(' ')).sort()).toEqual(known.map((c) => c.join(' ')).sort());
    expect(
      circlesOf(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
          ['d', ['a']],
        ]),
      ),
    ).toEqual([['a', 'b', 'c']]);
  });
  it('has no part that the table leaves out', () => {
    const parts = new Set(
      files.filter((f) => f.startsWith('src/') && f.split('/').length > 2).map((f) => f.split('/')[1]),
    );
    expect([...parts].sort()).toEqual(Object.keys(below).sort());
  });
  it('does nothing when it is loaded: bundlers leave such things out', () => {
    const effects = files
      .filter((file) => !file.startsWith('examples/'))
      .flatMap((file) => {
        const { statements } = ts.createSourceFile(file, text(file), ts.ScriptTarget.ES2022);
        return statements.filter((s) => !isDeclaration(s)).map((s) => `${file}: ${ts.SyntaxKind[s.kind]}`);
      });
    expect(effects).toEqual([]);
  });
  it('says what the compiler cannot know at borders only: where types of shapes are put on, and where globals are met', () => {
    const isFace = (file: string): boolean => /^src\/(types|untyped)\//.test(file);
    // `} as unknown as Scan;`: a function with its public type.
    const puttingOn = /^[})].* as unknown as \w+;$/gm;
    const casts = files
      .filter((file) => file.startsWith('src/') && !isFace(file))
      .flatMap((file) =>
        (
          text(file)
            .replace(puttingOn, '')
            .match(/\bas (AnyTensor|unknown as)\b/g) ?? []
        ).map(() => file),
      );
    expect(casts.length, casts.join('\n')).toBeLessThanOrEqual(30);
  });
  it('names no machine, and leaves nothing for later', () => {
    expect(files.filter((file) => /\b(TODO|FIXME|XXX)\b|not implemented/i.test(text(file)))).toEqual([]);
  });
});
