// `npm run playground` serves the page while it is worked on; `npm run playground:build` makes of it runs/playground,
// whose index.html a browser opens from disk.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = join(root, 'src');
const parts = ['random', 'nn', 'optim', 'train', 'data', 'io', 'models'];

/** Texts of files below a folder, by their paths under another name. */
const textsBelow = (folder: string, as: string, wanted: RegExp): readonly (readonly [string, string])[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => wanted.test(name))
    .map((name) => [`${as}/${name.replaceAll('\\', '/')}`, readFileSync(join(folder, name), 'utf8')]);

/** What the checker of the page reads, in the page: there is no server to ask. */
const declarations = (): Plugin => ({
  name: 'declarations',
  resolveId: (id) => (id === 'virtual:declarations' ? `\0${id}` : undefined),
  load: (id) => {
    if (id !== '\0virtual:declarations') return undefined;
    const language = dirname(createRequire(import.meta.url).resolve('typescript'));
    const files = Object.fromEntries([
      ...textsBelow(source, '/adjoint', /\.ts$/),
      ...textsBelow(language, '/lib', /^lib\.(es(5|20(1\d|2[0-3]))(\..*)?|decorators.*)\.d\.ts$/),
    ]);
    const paths = {
      adjoint: ['/adjoint/index.ts'],
      ...Object.fromEntries(parts.map((part) => [`adjoint/${part}`, [`/adjoint/${part}/index.ts`]])),
    };
    return `export const files = ${JSON.stringify(files)}; export const options = ${JSON.stringify({ paths, strict: true })};`;
  },
});

/** From disk a browser runs no modules: the program is one script of the classic kind, run when the page is there. */
const classic = (): Plugin => ({
  name: 'classic',
  apply: 'build',
  enforce: 'post',
  transformIndexHtml: (html) =>
    html
      .replace(/<script type="module" crossorigin/, '<script defer')
      .replace('<link rel="stylesheet" crossorigin', '<link rel="stylesheet"'),
});

export default defineConfig({
  root: dirname(fileURLToPath(import.meta.url)),
  base: './',
  resolve: {
    alias: [
      { find: /^adjoint$/, replacement: join(source, 'index.ts') },
      { find: /^adjoint\/(.*)$/, replacement: join(source, '$1/index.ts') },
    ],
  },
  plugins: [declarations(), classic()],
  build: {
    target: 'es2022',
    outDir: join(root, 'runs', 'playground'),
    emptyOutDir: true,
    chunkSizeWarningLimit: 20_000,
    rolldownOptions: { output: { format: 'iife' } },
  },
});
