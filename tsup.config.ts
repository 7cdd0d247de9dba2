import { defineConfig } from 'tsup';

const entry = {
  index: 'src/index.ts',
  random: 'src/random/index.ts',
  nn: 'src/nn/index.ts',
  optim: 'src/optim/index.ts',
  train: 'src/train/index.ts',
  data: 'src/data/index.ts',
  io: 'src/io/index.ts',
  models: 'src/models/index.ts',
  eslint: 'src/eslint/index.ts',
  laws: 'laws/index.ts',
};

export default defineConfig({
  entry,
  format: ['esm', 'cjs'],
  // Shared chunks in both formats: the current interpreter is module state and must exist once whichever entries are loaded.
  splitting: true,
  dts: true,
  clean: true,
  sourcemap: true,
  target: 'es2022',
  platform: 'neutral',
  tsconfig: 'src/tsconfig.json',
});
