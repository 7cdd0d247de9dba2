// The laws of primitives, bound to fast-check: one property for each law that a primitive is bound by.
import * as fc from 'fast-check';
import { type Aval, showAval } from '../src/core/aval';
import { type DType, f64, isFloat } from '../src/core/dtype';
import { bind } from '../src/core/interpreter';
import { isJaxpr } from '../src/core/jaxpr';
import type { Primitive } from '../src/core/primitive';
import { showJaxpr } from '../src/core/printer';
import type { ConcreteArray } from '../src/core/value';
import { argsOf, type Generator, type Spec, tangentsOf, withExtremes } from './call';
import type { Arrays } from './compare';
import * as derivative from './derivatives';
import { between } from './domains';
import type { FlatFunction } from './flat';
import * as law from './primitive';
import { type TargetName, type TargetOfLaws, targets } from './targets';

/** Either of the two draws of numbers: where the primitive is smooth, and with extremes. */
const anyNumbers = (spec: Spec): fc.Arbitrary<ConcreteArray[]> => fc.oneof(argsOf(spec), argsOf(withExtremes(spec)));

const masks = (n: number): fc.Arbitrary<boolean[]> => fc.array(fc.boolean(), { minLength: n, maxLength: n });
/** A mask in which something holds. */
const someOf = (n: number): fc.Arbitrary<boolean[]> =>
  fc.tuple(masks(n), fc.nat({ max: Math.max(0, n - 1) })).map(([mask, i]) => mask.map((b, k) => b || k === i));

const floatPositions = (avals: readonly Aval[]): number[] => avals.flatMap((a, i) => (isFloat(a.dtype) ? [i] : []));

/** Which tangents are symbolic zeros: not all of them. */
const zeroMask = (spec: Spec): fc.Arbitrary<boolean[]> => {
  const floats = floatPositions(spec.args);
  return someOf(floats.length).map((live) => spec.args.map((_, i) => !live[floats.indexOf(i)]));
};

const lanesOf = (spec: Spec, numbers = anyNumbers): fc.Arbitrary<law.Lanes> =>
  fc.constantFrom(0, 1, 2, 3).chain((size) =>
    fc.record({
      size: fc.constant(size),
      lanes: fc.array(numbers(spec), { minLength: Math.max(1, size), maxLength: Math.max(1, size) }),
      mapped: someOf(spec.args.length),
    }),
  );

/** Sizes of batches that a target runs: none, a few, more than a vector and a share of a thread hold. */
const batchSizes = [0, 0, 2, 19, 35];
/** Numbers for a call or for a batch of calls, in which a few draws are repeated; contractions get some that are exact, and none extreme. */
const targetNumbers =
  (p: Primitive) =>
  (spec: Spec): fc.Arbitrary<law.Lanes> => {
    const exact = { ...spec, args: spec.args.map((a) => (isFloat(a.dtype) ? { ...a, domain: between(-9, 9) } : a)) };
    const numbers = p.lower.kind === 'contract' ? fc.oneof(argsOf(spec), argsOf(exact)) : anyNumbers(spec);
    return fc
      .record({
        size: spec.args.length === 0 ? fc.constant(0) : fc.constantFrom(...batchSizes),
        draws: fc.array(numbers, { minLength: 1, maxLength: 3 }),
        mapped: someOf(spec.args.length),
      })
      .map(({ size, draws, mapped }) => ({
        size,
        mapped,
        lanes: Array.from({ length: Math.max(1, size) }, (_, i) => draws[i % draws.length] as Arrays),
      }));
  };

const showParam = (value: unknown): string =>
  isJaxpr(value) ? showJaxpr(value) : typeof value === 'function' ? 'function' : fc.stringify(value);

/** A call that prints itself briefly in a counterexample. */
class Call implements Spec {
  constructor(
    readonly args: Spec['args'],
    readonly params: Spec['params'],
  ) {}
  [fc.toStringMethod](): string {
    return `(${this.args.map(showAval).join(', ')}) ${Object.entries(this.params)
      .map(([k, v]) => `${k}: ${showParam(v)}`)
      .join(', ')}`;
  }
}

/** What is drawn for a law: a call without its numbers, and the numbers that the law takes. */
const drawn = <T>(specs: fc.Arbitrary<Spec>, numbers: (spec: Spec) => fc.Arbitrary<T>): fc.Arbitrary<[Spec, T]> =>
  specs.chain((spec) => fc.tuple(fc.constant(new Call(spec.args, spec.params)), numbers(spec)));

/** Only those where `holds`, or null if that is none of a sample. */
const ever = (specs: fc.Arbitrary<Spec>, asked: boolean, holds: (spec: Spec) => boolean): fc.Arbitrary<Spec> | null =>
  asked && fc.sample(specs, { numRuns: 20, seed: 1 }).some(holds) ? specs.filter(holds) : null;

type Property = fc.IPropertyWithHooks<[[Spec, never]]>;
const property = <T>(
  specs: fc.Arbitrary<Spec>,
  numbers: (spec: Spec) => fc.Arbitrary<T>,
  holds: (spec: Spec, data: T) => boolean,
): Property => fc.property(drawn(specs, numbers), ([spec, data]) => holds(spec, data)) as unknown as Property;

export const lawNames = [
  'shape',
  'staging',
  'jit',
  'js',
  'eval',
  'wasm',
  'wasm without simd',
  'wasm in pieces',
  'wasm threads',
  'jvp',
  'jvp zeros',
  'jvp linear',
  'jvp stages',
  'transpose',
  'transpose stages',
  'batch',
  'batch stages',
  'reverse',
  'forward over forward',
  'forward over reverse',
  'reverse over both',
  'vmap of derivatives',
] as const;
export type LawName = (typeof lawNames)[number];

/** That a target gives what the primitive's implementation gives. */
export const targetProperty = (p: Primitive, g: Generator, target: TargetOfLaws): Property =>
  property(
    fc.constantFrom<DType[]>(...g.dtypes).chain((dtype) => g.spec(dtype)),
    targetNumbers(p),
    (s, data) => law.targetIsReference(p, target)(data, s.params),
  );

/**
 * The properties of a primitive by law. There is none where the law does not speak of the primitive: derivatives of one
 * that takes no float, transposes of one that is not linear, batches of one without operands.
 */
export const primitiveProperties = (p: Primitive, g: Generator): Partial<Record<LawName, Property>> => {
  const specs = fc.constantFrom<DType[]>(...g.dtypes).chain((dtype) => g.spec(dtype));
  const smooth = ever(g.spec(f64), g.dtypes.includes(f64), (s) => floatPositions(s.args).length > 0);
  const results = (spec: Spec): readonly Aval[] => p.shape(spec.args, spec.params);
  const mappable = ever(specs, true, (s) => s.args.length > 0);

  const tangentNumbers = (s: Spec) => fc.tuple(argsOf(s), tangentsOf(s.args), zeroMask(s));
  const derivatives = smooth && {
    ...(!g.opaque && {
      jvp: property(smooth, tangentNumbers, (s, [xs, ts, zero]) => law.jvpIsDerivative(p)(xs, ts, zero, s.params)),
    }),
    'jvp zeros': property(smooth, tangentNumbers, (s, [xs, ts, zero]) => law.jvpOfZeros(p)(xs, ts, zero, s.params)),
    'jvp linear': property(
      smooth,
      (s) => fc.tuple(argsOf(s), tangentsOf(s.args), tangentsOf(s.args), fc.integer({ min: -3, max: 3 })),
      (s, [xs, ts, us, c]) => law.jvpIsLinear(p)(xs, ts, us, c, s.params),
    ),
    'jvp stages': property(smooth, tangentNumbers, (s, [xs, ts, zero]) => law.jvpStages(p)(xs, ts, zero, s.params)),
  };

  const call =
    (s: Spec): FlatFunction =>
    (...xs) =>
      bind(p, xs, s.params);
  const bothWays = (s: Spec) => fc.tuple(argsOf(s), tangentsOf(s.args), tangentsOf(results(s)), tangentsOf(s.args));
  const composed = smooth && {
    reverse: property(smooth, bothWays, (s, [xs, ts, cts]) => derivative.reverseIsAdjoint(call(s))(xs, ts, cts)),
    ...(!g.opaque && {
      'forward over forward': property(smooth, bothWays, (s, [xs, ts, , us]) =>
        derivative.secondForward(call(s))(xs, ts, us),
      ),
      'forward over reverse': property(smooth, bothWays, (s, [xs, , cts, us]) =>
        derivative.forwardOverReverse(call(s))(xs, cts, us),
      ),
    }),
    'reverse over both': property(smooth, bothWays, (s, [xs, ts, cts, us]) =>
      derivative.secondReverse(call(s))(xs, ts, cts, us),
    ),
    'vmap of derivatives': property(
      smooth,
      (s) => fc.tuple(lanesOf(s, argsOf), tangentsOf(s.args), tangentsOf(results(s))),
      (s, [data, ts, cts]) => derivative.derivativesBatch(call(s))(data, ts, cts),
    ),
  };

  const { linear } = g;
  const linearCalls = linear ? ever(g.spec(f64), smooth !== null, (s) => linear(s).length > 0) : null;
  const linearNumbers = (s: Spec) =>
    fc.tuple(fc.constantFrom(...(linear?.(s) ?? [])), argsOf(s), tangentsOf(s.args), tangentsOf(results(s)));
  const transposes = linearCalls && {
    transpose: property(linearCalls, linearNumbers, (s, [holes, xs, ts, cts]) =>
      law.transposeIsAdjoint(p, holes)(xs, ts, cts, s.params),
    ),
    'transpose stages': property(linearCalls, linearNumbers, (s, [holes, xs, , cts]) =>
      law.transposeStages(p, holes)(xs, cts, s.params),
    ),
  };

  const onTargets = (Object.keys(targets) as TargetName[])
    .filter((name) => targets[name].isAvailable())
    .map((name) => [name, targetProperty(p, g, targets[name])]);

  return {
    shape: property(specs, anyNumbers, (s, xs) => law.shapeRule(p)(xs, s.params)),
    jit: property(specs, anyNumbers, (s, xs) => law.jitIsEager(p)(xs, s.params)),
    staging: property(specs, anyNumbers, (s, xs) => law.staging(p)(xs, s.params)),
    ...Object.fromEntries(onTargets),
    ...derivatives,
    ...transposes,
    ...composed,
    ...(mappable && {
      batch: property(
        mappable,
        (s) => lanesOf(s),
        (s, data) => law.batchIsLanes(p)(data, s.params),
      ),
      'batch stages': property(
        mappable,
        (s) => lanesOf(s),
        (s, data) => law.batchStages(p)(data, s.params),
      ),
    }),
  };
};
