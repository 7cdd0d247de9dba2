// Every exported function refuses options that it does not know, and arguments too many. Which it knows is read from its type.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as adjoint from 'adjoint';
import { ArgumentError, add, arange, argsort, relu, resize, sort, square, std, sum, tensor, zeros } from 'adjoint';
import * as data from 'adjoint/data';
import * as io from 'adjoint/io';
import * as models from 'adjoint/models';
import * as nn from 'adjoint/nn';
import * as optim from 'adjoint/optim';
import * as random from 'adjoint/random';
import * as train from 'adjoint/train';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const entries: Readonly<Record<string, object>> = {
  index: adjoint,
  'random/index': random,
  'nn/index': nn,
  'optim/index': optim,
  'train/index': train,
  'data/index': data,
  'io/index': io,
  'models/index': models,
};

interface Exported {
  readonly name: string;
  readonly f: (...args: readonly unknown[]) => unknown;
  /** The most arguments that it takes. */
  readonly most: number;
  /** Which arguments are options, and their names. */
  readonly options: readonly { readonly at: number; readonly names: readonly string[] }[];
}

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const { config } = ts.readConfigFile(`${source}tsconfig.json`, ts.sys.readFile);
const { fileNames, options: compilerOptions } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(`${source}x`));
const program = ts.createProgram(fileNames, compilerOptions);
const checker = program.getTypeChecker();

/** The names of options, of a type of which one at least may be left out or that says what it is by its name. */
const optionNames = (parameter: ts.Symbol, at: ts.Node): readonly string[] => {
  const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, at));
  const parts = (type.isUnion() ? type.types : [type]).map((t) => checker.getBaseConstraintOfType(t) ?? t);
  return parts.flatMap((t) => {
    if (!(t.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) return [];
    if (t.getCallSignatures().length > 0 || checker.isArrayLikeType(t)) return [];
    const properties = checker.getPropertiesOfType(t);
    const isOptions = /^(options|config|spec)$/.test(parameter.name);
    return isOptions || properties.some((p) => p.flags & ts.SymbolFlags.Optional) ? properties.map((p) => p.name) : [];
  });
};
const exportedOf = (symbol: ts.Symbol, value: unknown, name: string): readonly Exported[] => {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (target.flags & ts.SymbolFlags.ValueModule)
    return checker
      .getExportsOfModule(target)
      .flatMap((s) => exportedOf(s, (value as Record<string, unknown>)[s.name], `${name}.${s.name}`));
  const [declaration] = target.declarations ?? [];
  if (typeof value !== 'function' || declaration === undefined) return [];
  const signatures = checker.getTypeOfSymbolAtLocation(target, declaration).getCallSignatures();
  const parameters = signatures.map((s) => s.parameters);
  const rest = parameters.flat().some((p) => {
    const d = p.valueDeclaration;
    return d !== undefined && ts.isParameter(d) && d.dotDotDotToken !== undefined;
  });
  const most = rest ? Infinity : Math.max(...parameters.map((p) => p.length));
  const longest = Math.max(...parameters.map((p) => p.length));
  const options = Array.from({ length: Math.max(0, longest) }, (_, at) => {
    const names = parameters.flatMap((p) => (p[at] ? optionNames(p[at], declaration) : []));
    return { at, names: [...new Set(names)] };
  }).filter(({ names }) => names.length > 0);
  return signatures.length === 0 ? [] : [{ name, f: value as Exported['f'], most, options }];
};
const functions = Object.entries(entries).flatMap(([entry, module]) => {
  const file = program.getSourceFile(`${source}${entry}.ts`);
  const symbol = file && checker.getSymbolAtLocation(file);
  if (symbol === undefined) throw new Error(`no module ${entry}`);
  return checker
    .getExportsOfModule(symbol)
    .flatMap((s) =>
      exportedOf(s, (module as Record<string, unknown>)[s.name], `${entry.replace('/index', '')}.${s.name}`),
    );
});

/** Configurations of published models are read from files, which hold more than is looked at. */
const isOfFile = (name: string): boolean => /^models\..*(bert|gpt2|maskedscores)/i.test(name);
const withOptions = functions.flatMap(({ name, f, options }) =>
  isOfFile(name) ? [] : options.map(({ at, names }) => ({ name, f, at, names })),
);

/** Operands of functions that look at them first. */
const operandsOf = (name: string): readonly unknown[] => {
  const rank = /1d$/.test(name) ? 3 : /3d$/.test(name) ? 5 : 4;
  if (/Pool/.test(name)) return [zeros(Array(rank).fill(4)), 2];
  if (name === 'index.vmap') return [relu, adjoint.over(0)];
  return name.startsWith('random.') ? [random.key(0), [2]] : [zeros([2]), zeros([2])];
};
const failure = (f: () => unknown): unknown => {
  try {
    f();
    return null;
  } catch (error) {
    return error;
  }
};
const callWith = ({ name, f, at }: (typeof withOptions)[number], options: unknown): unknown => {
  const before = [...operandsOf(name), ...Array(at).fill(undefined)].slice(0, at);
  return failure(() => f(...before, options));
};

describe('every function with options', () => {
  it('is found', () => {
    expect(functions.length).toBeGreaterThan(450);
    expect(withOptions.length).toBeGreaterThan(150);
  });
  it.each(withOptions.map((o) => [`${o.name}, argument ${o.at}`, o] as const))('refuses others: %s', (_name, o) => {
    const error = callWith(o, { noSuchOption: 1 });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toContain(`there is no option 'noSuchOption'`);
    for (const name of o.names) {
      expect(String(error)).toContain(name);
      expect(String(callWith(o, { [name]: undefined }))).not.toContain('there is no option');
    }
    for (const wrong of [7, 'nearest', true, null, [1], zeros([1])])
      expect(callWith(o, wrong)).toBeInstanceOf(ArgumentError);
  });
});

/** The same of a function that fails when its result is asked for. */
const failureOf = async (f: () => unknown): Promise<unknown> => {
  try {
    const result = f();
    await (typeof result === 'object' && result !== null && 'next' in result ? (result as Generator).next() : result);
    return null;
  } catch (error) {
    return error;
  }
};
/** Any number of trees, a predicate of anything at all, and functions that others have made. */
const areOthers = /\.(tree\.map|isDType|sequential|initialisers\.(zeros|ones|(glorot|he|lecun)(Normal|Uniform)))$/;

describe('every function of a number of arguments', () => {
  const counted = functions.filter(({ most, name }) => most < Infinity && !areOthers.test(name));
  it.each(counted.map((c) => [c.name, c] as const))('refuses more: %s', async (_name, { f, most }) => {
    const error = await failureOf(() => f(...Array(most).fill([]), 'surplus'));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toContain(`expected at most ${most} argument`);
  });
  it('is called by map and reduce as before', () => {
    const xs = [tensor([-1, 2]), tensor([3, -4])];
    expect(xs.map(relu).map((x) => x.toArray())).toEqual([
      [0, 2],
      [3, 0],
    ]);
    expect(xs.map(square).reduce(add).toArray()).toEqual([10, 20]);
  });
});

describe('the message', () => {
  const untyped = (f: unknown): Exported['f'] => f as Exported['f'];
  const x = tensor([3, 1, 2]);
  it.each([
    [
      () => untyped(sort)(x, -1, { decending: true }),
      `sort: there is no option 'decending'; did you mean 'descending'? The only option is descending.`,
    ],
    [
      () => untyped(argsort)(x, -1, { DESCENDING: true }),
      `argsort: there is no option 'DESCENDING'; did you mean 'descending'? The only option is descending.`,
    ],
    [() => untyped(std)(x, 0, { ddof: 1 }), `std: there is no option 'ddof'. The options are keepDims, correction.`],
    [
      () => untyped(sum)(x, 0, { keepdims: true }),
      `sum: there is no option 'keepdims'; did you mean 'keepDims'? The only option is keepDims.`,
    ],
    [
      () => untyped(arange)(0, 4, 2),
      `arange: options are given by name, as in { step: ... }, got the number 2. The options are step, dtype.`,
    ],
    [
      () => untyped(resize)(x, [5], 'nearest'),
      `resize: options are given by name, as in { method: ... }, got the string "nearest". The options are method, coordinates, rounding, antialias, cubicCoefficient.`,
    ],
    [() => untyped(adjoint.round)(x, 2), `round: expected at most 1 argument, got 2; argument 2 is the number 2.`],
    [
      () => untyped(optim.adam)(0.1),
      `adam: options are given by name, as in { learningRate: ... }, got the number 0.1. The options are learningRate, beta1, beta2, epsilon, epsilonRoot.`,
    ],
  ])('of %s', (call, message) => {
    expect(call).toThrow(new ArgumentError(message));
  });
});
