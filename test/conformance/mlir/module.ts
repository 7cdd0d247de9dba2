// A reader of the MLIR that the StableHLO suites are written in: functions of operations with operands, attributes, regions.
import { sizeOf } from '../../../src/core/aval';
import { type TensorType, tensorTypes } from './literal';
import { matching, signatureStart, statements, withoutComments } from './text';

export interface Op {
  /** The names of the results, with the number of values each stands for. */
  readonly results: readonly { readonly name: string; readonly count: number }[];
  /** Dialect and operation: stablehlo.add */
  readonly name: string;
  readonly operands: readonly string[];
  /** The statement without results, regions and types: where attributes are looked up. */
  readonly text: string;
  readonly regions: readonly Region[];
  readonly operandTypes: readonly TensorType[];
  readonly resultTypes: readonly TensorType[];
}
export interface Region {
  readonly args: readonly string[];
  readonly ops: readonly Op[];
}
export interface Func extends Region {
  readonly name: string;
}
export type Module = ReadonlyMap<string, Func>;

const references = (text: string): string[] => text.match(/%[\w.]+(#\d+)?/g) ?? [];

const isRegion = (content: string): boolean => /\breturn\b|\^bb/.test(content);

/** Takes the regions out of a statement: what stands before each, and its content. */
const cutRegions = (text: string): { readonly rest: string; readonly regions: (readonly [string, string])[] } => {
  const regions: (readonly [string, string])[] = [];
  let rest = '';
  let from = 0;
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at)) {
    const end = matching(text, at);
    const content = text.slice(at + 1, end);
    if (isRegion(content)) {
      const before = text.slice(from, at);
      regions.push([before, content]);
      rest += before;
      from = end + 1;
    }
    at = end + 1;
  }
  return { rest: rest + text.slice(from), regions };
};

/** `reducer(%a0: T, %b0: T) (%a1: T, %b1: T)`: all first operands, then all second ones. */
const reducerArgs = (text: string): string[] => {
  const pairs = [...text.matchAll(/\(([^()]*)\)/g)].map(([, inside]) => references(inside as string));
  return [...pairs.map(([a]) => a as string), ...pairs.map(([, b]) => b as string)];
};

const parseRegion = (before: string, content: string, ownArgs: readonly string[]): Region => {
  const label = /^\s*\^bb\d*\s*(\(([^)]*)\))?\s*:/.exec(content);
  if (label) return { args: references(label[2] ?? ''), ops: parseBlock(content.slice(label[0].length)) };
  const reducer = before.lastIndexOf('reducer');
  return { args: reducer >= 0 ? reducerArgs(before.slice(reducer)) : ownArgs, ops: parseBlock(content) };
};

const parseStatement = (statement: string): Op => {
  const assigned = /^((?:%[\w.]+(?::\d+)?,?\s*)+)=\s*/.exec(statement);
  const results = [...(assigned?.[1] ?? '').matchAll(/(%[\w.]+)(?::(\d+))?/g)].map(([, name, count]) => ({
    name: name as string,
    count: Number(count ?? 1),
  }));
  const { rest, regions } = cutRegions(statement.slice(assigned?.[0].length ?? 0));
  const body = rest.replace(/\breducer\s*(\([^()]*\)\s*)+/, '');
  const name = (/^"?([\w.]+)"?/.exec(body) as RegExpExecArray)[1] as string;
  const colon = signatureStart(body);
  const signature = colon < 0 ? '' : body.slice(colon);
  // Attributes may also stand behind the types.
  const text = colon < 0 ? body : body.slice(0, colon) + (/\{[^{}]*\}\s*$/.exec(signature)?.[0] ?? '');
  const [from, to] = signature.split(/->(.*)/s) as [string, string | undefined];
  const bound = name === 'stablehlo.while' ? [...text.matchAll(/(%[\w.]+)\s*=\s*(%[\w.#]+)/g)] : [];
  return {
    results,
    name,
    operands: bound.length > 0 ? bound.map(([, , value]) => value as string) : references(text),
    text,
    regions: regions.map(([before, content]) =>
      parseRegion(
        before,
        content,
        bound.map(([, arg]) => arg as string),
      ),
    ),
    operandTypes: tensorTypes(from),
    resultTypes: tensorTypes(to ?? from),
  };
};

const parseBlock = (text: string): Op[] => statements(text).map(parseStatement);

/** The functions of a file; of several modules in one file, the functions of all. */
export const parseModule = (source: string): Module => {
  const text = withoutComments(source);
  const functions = new Map<string, Func>();
  for (const { index, 0: head, 1: plain, 2: quoted } of text.matchAll(
    /func\.func\s+(?:public\s+|private\s+)?@(?:([\w.]+)|"([^"]*)")\s*\(/g,
  )) {
    const open = index + head.length - 1;
    const close = matching(text, open);
    let at = close + 1;
    for (; text[at] !== '{'; at++) if (text[at] === '(') at = matching(text, at);
    const args = references(text.slice(open, close));
    const name = plain ?? (quoted as string);
    functions.set(name, {
      name,
      args,
      ops: parseBlock(text.slice(at + 1, matching(text, at))),
    });
  }
  return functions;
};

/** What stands after `key =`, up to the end of a list or word; null where the attribute is absent. */
const attributeText = (op: Op, key: string): string | null => {
  const found = new RegExp(`(?<![\\w])${key}\\s*=\\s*`).exec(op.text);
  return found ? op.text.slice(found.index + found[0].length) : null;
};

/** A list of integers (or booleans) in any of its spellings. */
export const integers = (op: Op, key: string): number[] | null => {
  const text = attributeText(op, key);
  if (text === null) return null;
  const found = /^(?:array<\w+:?([^>]*)>|dense<([^>]*)>\s*:\s*(tensor<[^>]*>)|(\[))/.exec(text);
  if (!found) throw new Error(`mlir: attribute ${key} is no list: ${text.slice(0, 60)}`);
  const inside = found[4] ? text.slice(0, matching(text, 0)) : (found[1] ?? found[2] ?? '');
  const numbers = (inside.match(/-?\d+|true|false/g) ?? []).map((w) =>
    w === 'true' ? 1 : w === 'false' ? 0 : Number(w),
  );
  const type = found[3] ? tensorTypes(found[3])[0] : undefined;
  return type && numbers.length === 1 ? new Array<number>(sizeOf(type.shape)).fill(numbers[0] as number) : numbers;
};

export const integer = (op: Op, key: string): number | null => {
  const found = /^-?\d+/.exec(attributeText(op, key) ?? '');
  return found ? Number(found[0]) : null;
};

export const pairs = (flat: readonly number[]): (readonly [number, number])[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] as number, flat[2 * i + 1] as number] as const);

/** The functions that are tests: the public main, or every one without arguments of a file of several. */
export const entryPoints = (module: Module): readonly Func[] => {
  const main = module.get('main');
  return main ? [main] : [...module.values()].filter((f) => f.ops.some((op) => op.name.startsWith('check.')));
};
