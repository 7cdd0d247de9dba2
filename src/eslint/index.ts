// An ESLint plugin for programs with tensors.
import type { TSESLint } from '@typescript-eslint/utils';
import { noTensorCondition } from './noTensorCondition';

/** The rules of the plugin, by name. */
export const rules: { readonly 'no-tensor-condition': TSESLint.RuleModule<'always'> } = {
  'no-tensor-condition': noTensorCondition,
};

/** A flat configuration with all rules; the parser must know types (`parserOptions: { projectService: true }`). */
export const recommended: TSESLint.FlatConfig.Config = {
  name: 'adjoint/recommended',
  plugins: { adjoint: { rules } },
  rules: { 'adjoint/no-tensor-condition': 'error' },
};
