// What rules for operations are given, and how functions and regions run.
import type { Value } from '../../../src/core/value';
import { NotApplicable } from '../ledger';
import type { Func, Module, Op, Region } from '../mlir/module';

export interface Check {
  readonly kind: 'eq' | 'close' | 'almost';
  readonly actual: Value;
  readonly expected: Value;
  /** In units in the last place for close, absolute for almost. */
  readonly tolerance: number;
}

/** Loops are unrolled: an eager run counts the trips, a traced run repeats as many. */
export interface Trips {
  readonly counted: number[];
  readonly replay: boolean;
  next: number;
}

export interface Run {
  readonly module: Module;
  /** Functions whose results are known: the inputs when the program is traced. */
  readonly given: ReadonlyMap<string, readonly Value[]>;
  /** Constants that are inputs instead. */
  readonly lifted: ReadonlyMap<Op, readonly Value[]>;
  readonly checks: Check[];
  readonly trips: Trips;
}

export type Environment = ReadonlyMap<string, readonly Value[]>;

export interface Scope {
  readonly run: Run;
  readonly environment: Environment;
}

export type Rule = (op: Op, args: readonly Value[], scope: Scope) => readonly Value[];
export type Rules = Readonly<Record<string, Rule>>;

/** The first type after the arrow, or the only one. */
export const resultType = (op: Op) => {
  const type = op.resultTypes.at(-1);
  if (!type) throw new NotApplicable(`no tensor as result (${op.name})`);
  return type;
};

const lookup = (environment: Environment, reference: string): Value => {
  const [name, at] = reference.split('#') as [string, string | undefined];
  const value = environment.get(name)?.[Number(at ?? 0)];
  if (!value) throw new Error(`no value ${reference}`);
  return value;
};

/** A rule book that runs the statements of functions and regions. */
export const runner = (rules: () => Rules) => {
  const runOps = (ops: readonly Op[], run: Run, outer: Environment): readonly Value[] => {
    const environment = new Map(outer);
    for (const op of ops) {
      const args = op.operands.map((o) => lookup(environment, o));
      if (/^(func\.|stablehlo\.|mhlo\.)?return$/.test(op.name)) return args;
      const rule = rules()[op.name];
      if (!rule) throw new NotApplicable(`no primitive for ${op.name}`);
      const out = run.lifted.get(op) ?? rule(op, args, { run, environment });
      let next = 0;
      for (const { name, count } of op.results) {
        environment.set(name, out.slice(next, next + count));
        next += count;
      }
    }
    return [];
  };
  const bindArgs = (names: readonly string[], args: readonly Value[], outer: Environment): Environment =>
    new Map([...outer, ...names.map((name, i) => [name, [args[i] as Value]] as const)]);
  return {
    callFunction: (f: Func, args: readonly Value[], run: Run): readonly Value[] =>
      run.given.get(f.name) ?? runOps(f.ops, run, bindArgs(f.args, args, new Map())),
    callRegion: (region: Region, args: readonly Value[], { run, environment }: Scope): readonly Value[] =>
      runOps(region.ops, run, bindArgs(region.args, args, environment)),
  };
};
