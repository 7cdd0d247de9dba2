// Where in the user's own code something was asked for.

type Traceable = { stackTraceLimit?: number };

const linesOf = (limit: number): readonly string[] => {
  const traceable = Error as Traceable;
  const former = traceable.stackTraceLimit;
  traceable.stackTraceLimit = limit;
  const { stack = '' } = new Error();
  if (former !== undefined) traceable.stackTraceLimit = former;
  return stack.split('\n').filter((line) => /:\d+:\d+/.test(line));
};

const pathIn = (line: string): string =>
  (/((?:file:\/\/|https?:\/\/)?[^\s()@]+):\d+:\d+/.exec(line)?.[1] ?? '').replace(/^file:\/\//, '');
const folderOf = (path: string): string => path.replace(/[^/\\]*$/, '');
const ownPath = pathIn(linesOf(1)[0] ?? '');
/** The folder of the library: all of its sources, or all of its bundles. */
const home = folderOf(ownPath).replace(/transforms[/\\]$/, '');

/** The innermost line that is not the library's, as the engine writes it; null where there is none to be seen. */
export const userLine = (): string | null => {
  const line = linesOf(100).find((l) => {
    const path = pathIn(l);
    return path !== '' && !path.startsWith(home) && !path.startsWith('node:');
  });
  return line === undefined ? null : line.trim().replace(/^at /, '');
};
