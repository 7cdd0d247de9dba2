// A program that is not well formed is a fault of a rule; the checker names the equation.
import { describe, expect, it } from 'vitest';
import { aval } from '../../src/core/aval';
import { checkJaxpr } from '../../src/core/checker';
import { f32, i32 } from '../../src/core/dtype';
import { JaxprError } from '../../src/core/errors';
import { type Jaxpr, Literal, Var } from '../../src/core/jaxpr';
import { allPrimitives, type Primitive } from '../../src/core/primitive';
import '../../src/primitives';

const primitive = (name: string): Primitive => {
  const found = allPrimitives().find((p) => p.name === name);
  if (found === undefined) throw new Error(`no primitive ${name}`);
  return found;
};
const vector = aval([3], f32);
const x = new Var(vector);
const y = new Var(vector);
const program = (change: Partial<Jaxpr>): Jaxpr => ({
  inputs: [x],
  equations: [{ primitive: primitive('sin'), inputs: [x], params: {}, outputs: [y] }],
  outputs: [y],
  ...change,
});

describe('checkJaxpr', () => {
  it('accepts a program that is well formed', () => {
    expect(() => checkJaxpr(program({}))).not.toThrow();
  });
  const rejected: readonly (readonly [string, Jaxpr, RegExp])[] = [
    [
      'a variable used before it is defined',
      program({ inputs: [] }),
      /equation 0 \(sin\) uses a variable that is not defined before/,
    ],
    [
      'a result that is not defined',
      program({ equations: [] }),
      /the result uses a variable that is not defined before/,
    ],
    ['a variable defined twice', program({ inputs: [x, x] }), /a variable is defined twice/],
    [
      'results of another shape than the rule says',
      program({
        equations: [{ primitive: primitive('sin'), inputs: [x], params: {}, outputs: [new Var(aval([4], f32))] }],
        outputs: [],
      }),
      /equation 0 \(sin\) gives f32\[4\], its shape rule says f32\[3\]/,
    ],
    [
      'the wrong number of results',
      program({ equations: [{ primitive: primitive('sin'), inputs: [x], params: {}, outputs: [] }], outputs: [] }),
      /equation 0 \(sin\) has 0 results, its shape rule says 1/,
    ],
    ['a literal that is no scalar', program({ outputs: [new Literal(vector, 1)] }), /literal that is not a scalar/],
    [
      'a fault in an inner program',
      program({
        equations: [
          { primitive: primitive('sin'), inputs: [x], params: { jaxpr: program({ inputs: [] }) }, outputs: [y] },
        ],
      }),
      /uses a variable that is not defined before/,
    ],
  ];
  it.each(rejected)('rejects %s', (_what, jaxpr, pattern) => {
    expect(() => checkJaxpr(jaxpr)).toThrow(JaxprError);
    expect(() => checkJaxpr(jaxpr)).toThrow(pattern);
  });
  it('rejects operands that the primitive does not take', () => {
    const n = new Var(aval([3], i32));
    const jaxpr: Jaxpr = {
      inputs: [n],
      equations: [{ primitive: primitive('sin'), inputs: [n], params: {}, outputs: [y] }],
      outputs: [y],
    };
    expect(() => checkJaxpr(jaxpr)).toThrow('sin: expected a float dtype (f16, bf16, f32, f64), got i32');
  });
});
