// The rule that this package ships, on the examples: `npm run build && npm run lint:examples`.
import parser from '@typescript-eslint/parser';
import { recommended } from './dist/eslint.js';

export default [
  {
    ...recommended,
    files: ['examples/**/*.ts'],
    languageOptions: { parser, parserOptions: { project: ['./tsconfig.json', './examples/playground/tsconfig.json'] } },
  },
];
