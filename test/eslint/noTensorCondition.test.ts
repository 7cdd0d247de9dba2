// The lint rule sees tensors by their types.
import { fileURLToPath } from 'node:url';
import { RuleTester } from '@typescript-eslint/rule-tester';
import { afterAll, describe, expect, it } from 'vitest';
import { recommended, rules } from '../../src/eslint';

RuleTester.afterAll = afterAll;
RuleTester.describe = describe;
RuleTester.it = it;
const root = fileURLToPath(new URL('../..', import.meta.url));
const tester = new RuleTester({
  languageOptions: {
    parserOptions: { projectService: { allowDefaultProject: ['*.ts'] }, tsconfigRootDir: root },
  },
});

const start = `
  import { type AnyTensor, greater, tensor, type Tensor } from 'adjoint';
  const x: Tensor<[]> = tensor(1);
  declare const maybe: Tensor<[]> | undefined;
  declare const flag: boolean;
`;
const filename = `${root}linted.ts`;
const valid = [
  'if (greater(x, 0).item()) x;',
  'if (maybe) maybe;',
  'if (!maybe) x;',
  'const y = maybe ? maybe : x;',
  'const y = maybe ?? x;',
  'const y = maybe || x;',
  'const y = flag && x;',
  'if (x !== null) x;',
  'declare const anything: any; if (anything) x;',
  'interface Tensor2 { readonly shape: number[] } declare const other: Tensor2; if (other) x;',
  'const y = (z: Tensor<[]> | null): boolean => !z;',
];
const invalid = [
  'if (x) x;',
  'if (greater(x, 0)) x;',
  'while (x.less(1)) x;',
  'do x; while (x);',
  'for (; x; ) x;',
  'const y = greater(x, 0) ? 1 : 2;',
  'const y = !x;',
  'const y = x && flag;',
  'const y = x || flag;',
  'if (flag && x) x;',
  'if (flag ? x : flag) x;',
  'const f = (y: AnyTensor): number => (y ? 1 : 2);',
  'const f = <T extends AnyTensor>(y: T): number => (y ? 1 : 2);',
  'declare const either: Tensor<[2]> | Tensor<[3]>; if (either) x;',
];
tester.run('no-tensor-condition', rules['no-tensor-condition'], {
  valid: valid.map((code) => ({ code: start + code, filename })),
  invalid: invalid.map((code) => ({ code: start + code, filename, errors: [{ messageId: 'always' }] })),
});

describe('the recommended configuration', () => {
  it('has every rule', () => {
    expect(Object.keys(recommended.rules ?? {})).toEqual(Object.keys(rules).map((name) => `adjoint/${name}`));
  });
});
