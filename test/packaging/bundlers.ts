// Programs bundled as users' build tools do it, for production: what is not used is left out.
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import webpack from 'webpack';

/** Bundles each of these modules into a script of its own, named as the module but for the ending. */
export type Bundler = (paths: readonly string[], ending: string) => Promise<void>;

const output = (path: string, ending: string): string => path.replace(/\.mjs$/, ending);
const esbuild: Bundler = async (paths, ending) => {
  await Promise.all(
    paths.map((path) => {
      const outfile = output(path, ending);
      return build({
        entryPoints: [path],
        outfile,
        bundle: true,
        minify: true,
        platform: 'browser',
        logLevel: 'error',
      });
    }),
  );
};

/** Finds the files of the package, which says that none has side effects. */
const packageFiles = (folder: string) => ({
  name: 'package files',
  resolveId: (id: string) => {
    const [, entry] = /^adjoint(?:\/(.*))?$/.exec(id) ?? [];
    const isEntry = id === 'adjoint' || entry !== undefined;
    if (!isEntry && !id.startsWith('.')) return null;
    const file = isEntry ? `${entry ?? 'index'}.js` : id;
    return { id: join(folder, 'node_modules', 'adjoint', 'dist', file), moduleSideEffects: false };
  },
});
const rolled: Bundler = async (paths, ending) => {
  for (const path of paths) {
    const plugins = [packageFiles(dirname(path))];
    // What the package depends on stays outside: it is not for Rollup alone to read CJS.
    const bundle = await rollup({ input: path, plugins, external: /^(fp-ts|io-ts)/, logLevel: 'silent' });
    await bundle.write({ file: output(path, ending), format: 'cjs' });
    await bundle.close();
  }
};

const packed: Bundler = (paths, ending) =>
  new Promise((resolve, reject) => {
    const [first = '.'] = paths;
    webpack(
      {
        mode: 'production',
        target: 'web',
        entry: Object.fromEntries(paths.map((path) => [basename(path, '.mjs'), path])),
        devtool: false,
        performance: false,
        output: { path: dirname(first), filename: `[name]${ending}` },
      },
      (error, stats) => {
        if (error) reject(error);
        else if (stats === undefined || stats.hasErrors()) reject(new Error(stats?.toString('errors-only')));
        else resolve();
      },
    );
  });

export const bundlers: Readonly<Record<string, Bundler>> = { esbuild, rollup: rolled, webpack: packed };
