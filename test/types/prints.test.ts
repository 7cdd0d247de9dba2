import { basename } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { filesOf, programOf } from './program';

const asHovered = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

// `// prints <type>` in a file under accepts/ says how the editor shows the variable declared on the next line.
const printed = (program: ts.Program, source: ts.SourceFile) => {
  const checker = program.getTypeChecker();
  const lines = source.text.split('\n');
  const pairs: { line: number; expected: string; actual: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const expected = /^\s*\/\/ prints (.*)$/.exec(lines[line - 1] ?? '')?.[1];
      const actual = checker.typeToString(checker.getTypeAtLocation(node), node, asHovered);
      if (expected !== undefined) pairs.push({ line: line + 1, expected, actual });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return pairs;
};

describe('types print as they are meant to be read', () => {
  const files = filesOf('accepts');
  const program = programOf(files);
  const cases = files.flatMap((file) =>
    printed(program, program.getSourceFile(file) as ts.SourceFile).map((pair) => ({ name: basename(file), ...pair })),
  );
  test('every comment is about a variable', () => {
    const comments = files.flatMap((file) => program.getSourceFile(file)?.text.match(/\/\/ prints /g) ?? []);
    expect(comments.length).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(0);
  });
  test.each(cases)('$name:$line', ({ expected, actual }) => expect(actual).toBe(expected));
});
