// npm run bench -- [--json] [--quick] [--rows matmul,mlp]
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { parse } from './options';

const installed = ['@jax-js/jax', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'].every((name) =>
  existsSync(fileURLToPath(new URL(`./node_modules/${name}/package.json`, import.meta.url))),
);

const main = async (): Promise<number> => {
  const options = parse(process.argv.slice(2));
  if (E.isLeft(options)) {
    console.error(`${options.left}\nusage: npm run bench -- [--json] [--quick] [--rows matmul,mlp]`);
    return 2;
  }
  if (!installed) {
    console.error('the peers to compare with are not installed: npm ci --prefix test/bench');
    return 2;
  }
  const { run } = await import('./run');
  return run(options.right);
};

process.exit(await main());
