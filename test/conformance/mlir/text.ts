// The text of MLIR cut into functions, statements and regions.

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };
const opening = new Set(Object.keys(closing));
const closers = new Set(Object.values(closing));

/** Calls `visit` at every bracket outside strings; `->` and `>=` are no brackets. Stops when `visit` returns false. */
const forEachBracket = (text: string, start: number, visit: (c: string, at: number) => boolean): void => {
  for (let i = start; i < text.length; i++) {
    const c = text[i] as string;
    if (c === '"') {
      i = text.indexOf('"', i + 1);
      if (i < 0) return;
    } else if (opening.has(c) || (closers.has(c) && !(c === '>' && text[i - 1] === '-'))) {
      if (!visit(c, i)) return;
    }
  }
};

/** Where the bracket that opens at `start` is closed. */
export const matching = (text: string, start: number): number => {
  let depth = 0;
  let end = -1;
  forEachBracket(text, start, (c, at) => {
    depth += opening.has(c) ? 1 : -1;
    if (depth > 0) return true;
    end = at;
    return false;
  });
  if (end < 0) throw new Error(`mlir: no closing bracket for ${text.slice(start, start + 40)}`);
  return end;
};

const balance = (line: string): number => {
  let depth = 0;
  forEachBracket(line, 0, (c) => {
    depth += opening.has(c) ? 1 : -1;
    return true;
  });
  return depth;
};

export const withoutComments = (text: string): string => text.replace(/^\s*\/\/.*$/gm, '').replace(/\s\/\/ .*$/gm, '');

const beginsStatement = /^\s*(%[\w#:, %.]+ = |"?(stablehlo|chlo|check|func|mhlo)\.|return\b|call\b)/;

/** The statements of a block, each with its regions. */
export const statements = (block: string): string[] => {
  const out: string[] = [];
  let depth = 0;
  for (const line of block.split('\n')) {
    if (line.trim() === '') continue;
    if (depth === 0 && beginsStatement.test(line)) out.push(line.trim());
    else if (out.length > 0) out[out.length - 1] += `\n${line}`;
    depth += balance(line);
  }
  return out;
};

/** The position of the last ` : ` outside all brackets: what follows are the types. */
export const signatureStart = (text: string): number => {
  let depth = 0;
  let from = 0;
  let found = -1;
  const look = (to: number): void => {
    if (depth === 0) {
      const at = text.slice(from, to).search(/\s:\s(?!.*\s:\s)/s);
      if (at >= 0) found = from + at;
    }
  };
  forEachBracket(text, 0, (c, at) => {
    look(at);
    depth += opening.has(c) ? 1 : -1;
    from = at + 1;
    return true;
  });
  look(text.length);
  return found;
};
