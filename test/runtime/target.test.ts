// A target that the library does not know: registered, it runs every primitive, loops, branches and calls of the host, and is read later.
import {
  AsynchronousReadError,
  add,
  CompilationError,
  ConcretizationError,
  cond,
  configure,
  debug,
  dynamicUpdateSlice,
  f64,
  grad,
  greater,
  i32,
  jit,
  lower,
  matmul,
  mul,
  neg,
  scan,
  sin,
  sum,
  type Tensor,
  tanh,
  tensor,
  tree,
  zeros,
} from 'adjoint';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { targetProperty } from '../../laws/primitiveProperties';
import { checkedByTransforms, generators } from '../../laws/primitives';
import { type TargetOfLaws, under } from '../../laws/targets';
import { type Data, isNarrow } from '../../src/core/dtype';
import { allPrimitives } from '../../src/core/primitive';
import { type ConcreteArray, concreteArray } from '../../src/core/value';
import { compiled } from '../../src/runtime/executable';
import type { Target } from '../../src/runtime/target';
import { registerTarget } from '../../src/runtime/targets';
import { jsTarget } from '../../src/runtime/targets/js';
import { toy, viewOf } from './toyTarget';

registerTarget(toy);
registerTarget({ ...toy, name: 'small toy', traits: { ...toy.traits, float64: false } });
const { target: usual } = configure();
afterEach(() => {
  configure({ target: usual });
});

/** The elements as they are on the device, without waiting: the test looks into its memory. */
const looked = (x: ConcreteArray): ConcreteArray => {
  const { place } = x.storage as { readonly place: { readonly memory?: Parameters<typeof viewOf>[0] } | null };
  return place?.memory === undefined ? x : concreteArray(x.shape, x.dtype, viewOf(place.memory).slice());
};
const ofLaws: TargetOfLaws = {
  isAvailable: () => true,
  compile: (jaxpr) => {
    fc.pre(![...jaxpr.inputs, ...jaxpr.equations.flatMap((e) => e.outputs)].some((v) => isNarrow(v.aval.dtype)));
    const { run } = under({ target: 'toy' }, () => compiled(jaxpr));
    return (args) =>
      under({ target: 'toy' }, () => run(args.map((x) => concreteArray(x.shape, x.dtype, x.data.slice()))).map(looked));
  },
};

describe('a target of two hundred lines', () => {
  it('runs every primitive that is no call of a program, and those below', () => {
    const others = allPrimitives().flatMap(({ name }) => (name in generators ? [] : [name]));
    expect(others.sort()).toEqual(Object.keys(checkedByTransforms).sort());
  });
  for (const p of allPrimitives()) {
    const generator = generators[p.name];
    if (generator === undefined) continue;
    it(`runs ${p.name}`, () => {
      const dtypes = generator.dtypes.filter((d) => !isNarrow(d));
      fc.assert(targetProperty(p, { ...generator, dtypes }, ofLaws), { numRuns: 5 });
    });
  }

  type V = Tensor<[3]>;
  const walk = (w: Tensor<[3, 3]>, c: V, xs: Tensor<[4, 3]>) =>
    scan(
      (carry: V, x: V): readonly [V, V] => {
        const next = tanh(add(matmul(w, carry), x));
        return [
          cond(
            greater(sum(next), 0),
            (a: V): V => mul(a, 0.5),
            (a: V): V => neg(a),
            next,
          ),
          carry,
        ];
      },
      c,
      xs,
    );
  const w = tensor([
    [0.1, 0.2, -0.3],
    [0.4, -0.5, 0.6],
    [-0.7, 0.8, 0.9],
  ]);
  const c = tensor([0.3, -0.2, 0.1]);
  const xs = tensor([
    [1, 0, 0],
    [0, -1, 0],
    [0, 0, 1],
    [-1, 0, 1],
  ]);
  it('runs loops, branches and their derivatives, and is read later', async () => {
    const f = (v: V) => sum(walk(w, v, xs)[0]);
    const here = {
      value: under({ target: 'js' }, () => jit(f)(c)).toArray(),
      gradient: under({ target: 'js' }, () => jit(grad(f))(c)).toArray(),
    };
    configure({ target: 'toy' });
    const there = { value: jit(f)(c), gradient: jit(grad(f))(c), rows: jit(walk)(w, c, xs)[1] };
    expect(() => there.value.item()).toThrow(AsynchronousReadError);
    expect(() => there.gradient.toArray()).toThrow(/await x.read\(\)/);
    expect((await there.value.read()).toArray()).toBeCloseTo(here.value, 5);
    const { gradient, rows } = await tree.read(there);
    gradient.toArray().forEach((x, i) => {
      expect(x).toBeCloseTo(here.gradient[i] as number, 5);
    });
    expect(rows.toArray()[0]).toEqual(c.toArray());
    // What was read stays readable, and what lies on the device goes into the next program from there.
    const twice = jit((v: V) => mul(v, 2))(gradient);
    expect((await twice.read()).toArray()).toEqual(gradient.toArray().map((x) => Math.fround(2 * x)));
  });
  it('lets the host compute what it alone can', async () => {
    const seen: number[] = [];
    configure({ target: 'toy' });
    const f = jit((v: V) => {
      debug.callback((x) => seen.push(x.item()), sum(v));
      return sin(v);
    });
    expect((await f(c).read()).toArray()).toHaveLength(3);
    expect(seen).toHaveLength(1);
  });
  it('is shown as text, and named', () => {
    configure({ target: 'toy' });
    const lowered = lower((v: V) => add(mul(v, 2), 1))(c);
    expect([lowered.target, lowered.source.includes('m.f32[')]).toEqual(['toy', true]);
    expect(() => configure({ target: 'none' })).toThrow(
      'the target is one of wasm, js, eval, toy, small toy; got none',
    );
  });
  it('may take the place of one of the library, and has programs of its own', () => {
    const loaded: string[] = [];
    const replace = (target: Target<string, Data>, name: string): void =>
      registerTarget({
        ...target,
        traits: { ...target.traits, overwritesArguments: true },
        load: (text, source) => {
          loaded.push(name);
          return target.load(text, source);
        },
      });
    const put = jit((v: V, x: Tensor<[1]>) => dynamicUpdateSlice(v, x, [tensor(1, i32)]), { donate: 0 });
    try {
      for (const name of ['first', 'second']) {
        replace(jsTarget, name);
        under({ target: 'js' }, () => expect(put(tensor([1, 2, 3]), tensor([9])).toArray()).toEqual([1, 9, 3]));
      }
    } finally {
      registerTarget(jsTarget);
    }
    expect(loaded).toEqual(['first', 'second']);
  });
  it('says what it has not', () => {
    configure({ target: 'small toy' });
    expect(() => jit((x: Tensor<[2], f64>) => mul(x, 2))(zeros([2], f64))).toThrow(CompilationError);
  });
});

describe('reading', () => {
  it('is at once on the usual target, and the same by promise', async () => {
    const x = jit((v: Tensor<[2]>) => mul(v, 2))(tensor([1, 2]));
    expect(await x.read()).toBe(x);
    expect(x.toArray()).toEqual([2, 4]);
    expect((await tree.read({ a: [x] })).a[0]?.toArray()).toEqual([2, 4]);
  });
  it('is refused while a transform traces', () => {
    expect(() => jit((v: Tensor<[2]>) => v.read() as never)(tensor([1, 2]))).toThrow(ConcretizationError);
  });
});
