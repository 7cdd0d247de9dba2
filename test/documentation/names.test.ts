// The compiler, the transforms and the runtime know primitives by their rules, not by their names.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { allPrimitives } from '../../src/core/primitive';
import '../../src/index';

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const files = ['compiler', 'transforms', 'runtime'].flatMap((folder) =>
  readdirSync(src + folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
);

/** Whether an expression is a primitive: a field or variable of that name, or a record such as `mulP`. */
const isPrimitive = (text: string): boolean => /(^|\.)primitive$/i.test(text) || /(^|\.)[a-z]\w*P$/.test(text);
/** Whether a pattern takes a name out of a primitive: `{ name } = x.primitive`, `{ primitive: { name } }`. */
const isFromPrimitive = (pattern: ts.ObjectBindingPattern): boolean => {
  const { parent } = pattern;
  if (ts.isVariableDeclaration(parent)) return isPrimitive(parent.initializer?.getText().replace('?.', '.') ?? '');
  return ts.isBindingElement(parent) && parent.propertyName?.getText() === 'primitive';
};
const equality = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);
const isEquality = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && equality.has(node.operatorToken.kind);

/** The places of a file where what is done depends on a primitive's name. */
const decisions = (file: string, source: string, names: ReadonlySet<string>): readonly string[] => {
  const root = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const bound = new Set<string>();
  const aliases = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent) && isFromPrimitive(node.parent)) {
      const property = node.propertyName ?? node.name;
      if (property.getText() === 'name') bound.add(node.name.getText());
    }
    if (ts.isVariableDeclaration(node) && isPrimitive(node.initializer?.getText().replace('?.', '.') ?? ''))
      aliases.add(node.name.getText());
    node.forEachChild(collect);
  };
  collect(root);
  const isName = (node: ts.Node): boolean =>
    ts.isPropertyAccessExpression(node)
      ? node.name.text === 'name' &&
        (isPrimitive(node.expression.getText().replace('?.', '.')) || aliases.has(node.expression.getText()))
      : ts.isIdentifier(node) && bound.has(node.text);
  const isLiteral = (node: ts.Node): boolean =>
    (ts.isStringLiteral(node) || ts.isIdentifier(node)) && names.has(node.text);
  const isKey = (node: ts.Node): boolean => ts.isPropertyAssignment(node.parent) && node.parent.name === node;
  const visit = (node: ts.Node): void => {
    const { parent } = node;
    const isAsked =
      (ts.isSwitchStatement(parent) && parent.expression === node) ||
      (ts.isCallExpression(parent) && /\.(has|get|includes|indexOf)$/.test(parent.expression.getText())) ||
      (ts.isElementAccessExpression(parent) && parent.argumentExpression === node);
    const isCompared = isEquality(parent);
    const isListed = ts.isCaseClause(parent) || ts.isArrayLiteralExpression(parent) || isKey(node);
    if ((isName(node) && (isAsked || isCompared)) || (isLiteral(node) && (isCompared || isListed)))
      found.push(`${file}: ${parent.getText().slice(0, 60)}`);
    node.forEachChild(visit);
  };
  root.forEachChild(visit);
  return found;
};

/** Where names are what users choose by. */
const exceptions = ['transforms/policies.ts'];

describe('names of primitives', () => {
  // Names without an underscore are words for other things, too: scalar operations, transforms, kinds of loops.
  const own = new Set(allPrimitives().flatMap(({ name }) => (name.includes('_') ? [name] : [])));
  it('decide nothing in the compiler, the transforms and the runtime', () => {
    const found = files.filter((file) => decisions(file, readFileSync(src + file, 'utf8'), own).length > 0);
    expect(found).toEqual(exceptions);
    expect(files.length).toBeGreaterThan(80);
  });
  it.each([
    "if (equation.primitive.name === 'mul') f();",
    "switch (e.primitive?.name) { case 'neg': f(); }",
    'if (guarding.has(primitive.name)) f();',
    'const cost = costs[primitive.name];',
    "const { name, lower } = e.primitive; if (name !== 'mul') f();",
    "const f = ({ primitive: { name: n } }: Equation) => n === 'mul';",
    "const guarding = new Set(['dynamic_update_slice']);",
    "switch (x) { case 'select_n': f(); }",
    "const p = e.primitive; if (p.name === 'mul') f();",
    'if (primitive === dotGeneralP.name) f();',
    'const costs = { dynamic_update_slice: 3 };',
  ])('are found in %s', (source) => {
    expect(decisions('example.ts', source, own)).not.toEqual([]);
  });
  it('may be said', () => {
    expect(decisions('example.ts', "throw new Error(primitive.name + ' has no kernel');", own)).toEqual([]);
  });
});
