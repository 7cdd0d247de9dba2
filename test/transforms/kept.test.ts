// A tensor that is kept across steps keeps its value, whatever steps run in between and however little room there is.
import { add, configure, DonatedError, jit, reshape, type Tensor, tensor, transpose } from 'adjoint';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { residence } from '../../src/runtime/resident';
import { runs } from '../laws/runs';

const { residentLimit } = configure();
afterEach(() => {
  configure({ residentLimit });
});

const size = 6000;
type X = Tensor<[6000]>;
const ramp = Float32Array.from({ length: size }, (_, i) => i);

/** Ways from one tensor to the next: each adds `by` to every element. */
const step = jit((x: X, by: Tensor<[]>) => add(x, by));
const donating = jit((x: X, by: Tensor<[]>) => add(x, by), { donate: 0 });
const withInput = jit((x: X, by: Tensor<[]>) => [x, add(x, by)] as const);
const twice = jit((x: X, by: Tensor<[]>) => {
  const turned = transpose(reshape(x, [60, 100]));
  return [turned, add(reshape(transpose(turned), [size]), by)] as const;
});

interface Kept {
  readonly values: () => Iterable<number>;
  readonly offset: number;
  readonly isGone: boolean;
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('step', 'donating', 'with input', 'view kept', 'eager'),
    by: fc.integer({ min: -3, max: 3 }),
    keeps: fc.boolean(),
    forgets: fc.nat({ max: 20 }),
    looksAt: fc.nat({ max: 20 }),
  }),
  { minLength: 1, maxLength: 120 },
);

const isRamp = ({ values, offset }: Kept): boolean => {
  let i = 0;
  for (const v of values()) if (v !== (ramp[i++] as number) + offset) return false;
  return i === size;
};
const throwsDonated = ({ values }: Kept): boolean => {
  try {
    values();
    return false;
  } catch (error) {
    return error instanceof DonatedError;
  }
};

describe('a tensor kept across steps', () => {
  it.each([
    ['little', 2 ** 17, 60],
    ['some', 2 ** 20, 100],
    ['no', 0, 20],
  ])('keeps its value with %s room for dead results', (_, limit, count) => {
    configure({ residentLimit: limit });
    let most = 0;
    fc.assert(
      fc.property(steps, (list) => {
        let x: X = tensor(ramp).as([size]);
        let offset = 0;
        let kept: Kept[] = [];
        const keep = (values: Kept['values'], isGone: boolean): void => {
          kept.push({ values, offset, isGone });
        };
        const isRight = (k: Kept): boolean => (k.isGone ? throwsDonated(k) : isRamp(k));
        for (const { kind, by, keeps, forgets, looksAt } of list) {
          const before = x;
          const amount = tensor(by);
          if (keeps) keep(() => before.toTypedArray(), kind === 'donating');
          switch (kind) {
            case 'step':
              x = step(x, amount);
              break;
            case 'donating':
              x = donating(x, amount);
              break;
            case 'with input':
              x = withInput(x, amount)[1];
              break;
            case 'view kept': {
              const [turned, next] = twice(x, amount);
              keep(() => transpose(turned).toTypedArray(), false);
              x = next;
              break;
            }
            case 'eager':
              x = add(x, amount);
          }
          offset += by;
          const chosen = kept[looksAt];
          if (chosen !== undefined && !isRight(chosen)) return false;
          kept = kept.filter((_, i) => i !== forgets);
          most = Math.max(most, kept.length);
        }
        keep(() => x.toTypedArray(), false);
        return kept.every(isRight);
      }),
      runs(count),
    );
    expect(residence().bytes).toBeLessThanOrEqual(limit + (most + 8) * 4 * size);
  });

  it('does not see what is written to the numbers that left it', () => {
    const x = step(tensor(ramp).as([size]), tensor(1));
    x.toTypedArray().fill(7);
    expect(x.at(5).item()).toBe(6);
    expect(step(x, tensor(1)).at(5).item()).toBe(7);
  });
});
