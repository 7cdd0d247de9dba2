import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^adjoint$/, replacement: at('src/index.ts') },
      { find: /^adjoint\/laws$/, replacement: at('laws/index.ts') },
      { find: /^adjoint\/(.*)$/, replacement: at('src/$1/index.ts') },
    ],
  },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts', 'laws/**/*.test.ts'],
    setupFiles: ['test/setUp.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
