// Functions of the library that are made of others are one program outside of jit: each of them is told to `composed`, and what that
// makes of them is counted.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyTensor, add, greater, jit, mul, resize, tree } from 'adjoint';
import * as nn from 'adjoint/nn';
import { adam, applyUpdates, chain, clipByGlobalNorm } from 'adjoint/optim';
import { choice, key, normal, randint } from 'adjoint/random';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { programsOf } from './programs';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const { config } = ts.readConfigFile(`${source}tsconfig.json`, ts.sys.readFile);
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(`${source}x`));
const program = ts.createProgram(fileNames, options);
const checker = program.getTypeChecker();

const behind = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const exportsOf = (entry: string): readonly ts.Symbol[] => {
  const file = program.getSourceFile(`${source}${entry}/index.ts`) ?? program.getSourceFile(`${source}${entry}.ts`);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`no module ${entry}`);
  return checker
    .getExportsOfModule(module)
    .map(behind)
    .flatMap((s) => (s.flags & ts.SymbolFlags.ValueModule ? checker.getExportsOfModule(s).map(behind) : [s]));
};
const fileOf = (symbol: ts.Symbol): string =>
  symbol.valueDeclaration?.getSourceFile().fileName.slice(source.length) ?? '';
const isIn = (symbol: ts.Symbol, folders: readonly string[]): boolean =>
  folders.some((folder) => fileOf(symbol).startsWith(`${folder}/`));

const entries = ['index', 'random', 'nn', 'optim'].flatMap(exportsOf);
/** Those that apply operations: a call of one of them is a step of its own. */
const steps = new Set(entries.filter((s) => isIn(s, ['array', 'random', 'nn', 'optim'])));

const isStep = (symbol: ts.Symbol): boolean => steps.has(symbol) || isIn(symbol, ['untyped']);

/** The public functions that one calls, itself or by what is not public, without having told `composed`. */
const stepsOf = (symbol: ts.Symbol): readonly string[] => {
  const found: string[] = [];
  const seen = new Set([symbol]);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const called = checker.getSymbolAtLocation(node.expression);
      const target = called && behind(called);
      if (target?.name === 'composed') return;
      if (target !== undefined && target !== symbol && isStep(target)) found.push(target.name);
      else if (target?.valueDeclaration && fileOf(target) !== '' && !seen.has(target)) {
        seen.add(target);
        target.declarations?.forEach(visit);
      }
    }
    ts.forEachChild(node, visit);
  };
  symbol.declarations?.forEach(visit);
  return found;
};

/** Why a function need not be composed. */
const reasons: Readonly<Record<string, string>> = {
  zerosLike: 'one step',
  onesLike: 'one step',
  ...Object.fromEntries(
    ['zeros', 'ones', 'glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'lecunNormal', 'lecunUniform'].map(
      (name) => [`initialisers.${name}`, 'given back by a composed function'],
    ),
  ),
  accuracy: 'a composed record',
  meanSquaredError: 'a composed record',
  meanAbsoluteError: 'a composed record',
  transformationMonoid: 'two composed functions',
  residual: 'a function of users, and one step',
  summary: 'functions of users, for what they print',
  lbfgsSolver: 'a function of users, again and again',
};
const nameOf = (s: ts.Symbol): string => (fileOf(s) === 'nn/initialisers.ts' ? `initialisers.${s.name}` : s.name);

describe('functions that call others', () => {
  it('are composed, or have a reason', () => {
    const functions = entries.filter((s) => isIn(s, ['array', 'random', 'nn', 'optim']));
    expect(functions.length).toBeGreaterThan(400);
    const alone = functions.flatMap((s) => (stepsOf(s).length > 0 ? [nameOf(s)] : []));
    expect([...new Set(alone)].sort()).toEqual(Object.keys(reasons).sort());
  });
});

const numbers = (...shape: number[]): AnyTensor => normal(key(0), shape);
const numbersIn = (t: unknown): readonly unknown[] => tree.leaves(t).map((leaf) => leaf.toArray());
const untyped = <T>(f: T) => f as (...args: readonly unknown[]) => (...args: readonly unknown[]) => unknown;

describe('outside of jit', () => {
  const x = numbers(2, 301, 256);
  const labels: AnyTensor = randint(key(1), [2, 301], 0, 256);
  const features = { features: 256 };
  const weights: AnyTensor = mul(x, 2);
  const mask: AnyTensor = greater(x, 0);
  const losses: AnyTensor = numbers(70_001);
  const block = nn.initEncoderBlock(key(2), { features: 256, hidden: 130 });
  const norm = nn.initNorm(features);
  const wide = nn.initLinear(key(0), { inputs: 256, outputs: 260 });
  const weight = numbers(300, 299);
  const optimiser = chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }));
  const state = optimiser.init(weight);
  const calls: Readonly<Record<string, () => unknown>> = {
    linear: () => untyped(nn.linear)(wide)(x),
    layerNorm: () => untyped(nn.layerNorm)(norm)(x),
    rmsNorm: () => untyped(nn.rmsNorm)(norm)(x),
    groupNorm: () => untyped(nn.groupNorm)(norm, { groups: 4 })(x),
    'batchNorm, with its averages': () =>
      untyped(nn.batchNorm)(norm, nn.initRunningMoments(features), { training: true })(x),
    dotProductAttention: () => nn.dotProductAttention(x, x, x, { causal: true }),
    encoderBlock: () => untyped(nn.encoderBlock)(block, { heads: 4 })(x),
    crossEntropy: () => nn.crossEntropy(x, labels),
    reduceLoss: () => nn.reduceLoss(losses, { weights: losses }),
    'weights and a mask': () => nn.weighted(x, { weights, mask }),
    rotary: () => untyped(nn.rotary)()(x),
    dropout: () => untyped(nn.dropout)(key(3), 0.5)(x),
    resize: () => resize(x, [2, 300, 512]),
    choice: () => choice(key(4), x, [2, 2]),
    'a weight of an initialiser': () => nn.initLinear(key(5), { inputs: 300, outputs: 298 }),
    'a step of an optimiser, with its moments': () => optimiser.update(weight, state, weight),
  };
  for (const [name, call] of Object.entries(calls))
    it(`are one program: ${name}`, () => {
      expect(programsOf(call)).toBe(1);
    });

  it('give the values of jit, in trees, whatever their sizes', () => {
    const apply = (p: AnyTensor, s: typeof state) => {
      const [updates, next] = optimiser.update(p, s, p);
      return [applyUpdates(p, updates), next] as const;
    };
    for (const sizes of [[3], [30, 30], [301, 290]]) {
      const p = numbers(...sizes);
      const s = optimiser.init(p);
      const expected = jit(apply)(p, s);
      for (let i = 0; i < 100; i++) {
        const [q, next] = apply(p, s);
        if (i % 33 > 0) continue;
        expect(q.toArray()).toEqual(expected[0].toArray());
        expect(numbersIn(next)).toEqual(numbersIn(expected[1]));
      }
    }
  });
  it('let functions of users donate what is still to be read', () => {
    const give = jit((a: AnyTensor): AnyTensor => mul(a, 0), { donate: 0 });
    const through = nn.feedForward as unknown as (
      p: unknown,
      activation: (a: AnyTensor) => AnyTensor,
    ) => (a: AnyTensor) => AnyTensor;
    const p = nn.initFeedForward(key(6), { features: 256, hidden: 256 });
    const kept: AnyTensor[] = [];
    const y = through(p, (a) => {
      const double: AnyTensor = add(a, a);
      kept.push(double);
      give(a);
      return double;
    })(x);
    expect(y.toArray()).toEqual(through(p, (a) => mul(a, 2))(x).toArray());
    expect(kept[0]?.size).toBe(x.size);
  });
});
