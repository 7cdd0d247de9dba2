// Reads what a file under rejects/ must be told: `// error at <argument> | <fragment of the message>`, about the next line.
// With `||` the fragment must be in the first line of the message, which is all that many editors show.
import { readdirSync, readFileSync } from 'node:fs';

const rejects = new URL('./rejects/', import.meta.url);

export const rejectFiles = () => readdirSync(rejects).map((name) => new URL(name, rejects));

export const expectedErrors = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      const match = /^\s*\/\/ error at (.*?) \|(\|?) (.*)$/.exec(text);
      if (!match) return [];
      const [, argument, first, fragment] = match;
      return [{ line: index + 2, argument, fragment, first: first !== '' }];
    });

/** What is wrong with the errors a compiler gave for one file: [{ line, column, text, message }]; nothing when all is well. */
export const compareErrors = (expected, actual) => {
  const problems = [];
  for (const { line, argument, fragment, first } of expected) {
    const there = actual.filter((error) => error.line === line);
    const [error] = there;
    if (error === undefined) problems.push(`line ${line}: compiles, but should fail with: ${fragment}`);
    else if (there.length > 1) problems.push(`line ${line}: ${there.length} errors for one mistake`);
    else if (!error.text.startsWith(argument))
      problems.push(`line ${line}: the error is at ${error.text.slice(0, 40)}, not at ${argument}`);
    else if (!(first ? error.message.split('\n')[0] : error.message).includes(fragment))
      problems.push(`line ${line}: ${error.message}\n  does not say: ${fragment}`);
  }
  const lines = new Set(expected.map(({ line }) => line));
  for (const error of actual)
    if (!lines.has(error.line)) problems.push(`line ${error.line}: unexpected: ${error.message}`);
  return problems;
};
