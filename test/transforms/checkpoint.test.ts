// Rematerialisation as users measure it: memory, work, and what is kept.
import {
  add,
  type CheckpointPolicy,
  checkpoint,
  checkpointName,
  checkpointPolicies,
  grad,
  jit,
  lower,
  matmul,
  savedResiduals,
  sin,
  sum,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from 'adjoint';
import { describe, expect, it } from 'vitest';

type Weights = Tensor<[32, 32]>;
type Hidden = Tensor<[128, 32]>;
const depth = 12;

const layer = (h: Hidden, w: Weights) => add(h, tanh(matmul(tanh(matmul(h, w)), w)));
const network = (block: typeof layer) => (ws: readonly Weights[], x: Hidden) => {
  let h = x;
  for (const w of ws) h = block(h, w);
  return sum(h);
};
const weights = Array.from({ length: depth }, () => zeros([32, 32]));
const x = zeros([128, 32]);

/** Temporaries and operations of the gradient of a deep network whose layers are checkpointed under this policy. */
const measured = (policy?: CheckpointPolicy) => {
  const net = network(policy === undefined ? layer : checkpoint(layer, { policy }));
  const { scratchBytes, cost } = lower(grad(net))(weights, x);
  return { scratchBytes, flops: cost.flops };
};

describe('the gradient of a deep network', () => {
  const plain = measured();
  const forward = lower(network(layer))(weights, x).cost.flops;
  const bytes = 4 * 128 * 32;
  it('keeps one value a layer instead of all of them, for at most one more forward pass', () => {
    const { scratchBytes, flops } = measured(checkpointPolicies.nothingSaveable);
    // Two values in each layer have a derivative that needs them; the sum is needed by the next layer.
    expect(plain.scratchBytes).toBeGreaterThan(3 * (depth - 1) * bytes);
    expect(scratchBytes).toBeLessThan((depth + 6) * bytes + weights.length * 4096);
    expect(flops).toBeGreaterThan(plain.flops);
    expect(flops - plain.flops).toBeLessThanOrEqual(forward);
  });
  it('is what it was where everything is saveable', () => {
    expect(measured(checkpointPolicies.everythingSaveable)).toEqual(plain);
  });
  it('computes no contraction again where they are saveable', () => {
    const contractions = (policy?: CheckpointPolicy): number => {
      const net = network(policy === undefined ? layer : checkpoint(layer, { policy }));
      return lower(grad(net))(weights, x)
        .kernels.split('\n')
        .filter((line) => line.includes('= contract')).length;
    };
    expect(contractions(checkpointPolicies.dotsSaveable)).toBe(contractions());
    expect(contractions(checkpointPolicies.dotsWithNoBatchDimsSaveable)).toBe(contractions());
    expect(contractions(checkpointPolicies.nothingSaveable)).toBeGreaterThan(contractions());
  });
  it('has the same bits', () => {
    const ws = weights.map((w, i) => add(w, 0.01 * (i + 1)));
    const input = add(x, 0.5);
    const [plainGradient, checkpointed] = [network(layer), network(checkpoint(layer))].map((net) =>
      jit(grad(net))(ws, input).map((g) => g.toArray()),
    );
    expect(checkpointed).toEqual(plainGradient);
  });
});

describe('savedResiduals', () => {
  const f = (p: { readonly w: Tensor<[3, 3]> }, v: Tensor<[3]>) =>
    sum(sin(checkpointName(tanh(matmul(v, p.w)), 'hidden')));
  const p = { w: zeros([3, 3]) };
  const v = tensor([1, 2, 3]);
  const kept = (policy?: CheckpointPolicy): string[] =>
    String(savedResiduals(policy === undefined ? f : checkpoint(f, { policy }))(p, v))
      .split('\n')
      .sort();
  it('says what is kept and why', () => {
    expect(kept()).toEqual([
      'f32[3,3] argument 0.w',
      'f32[3] argument 1',
      'f32[3] the result of cos',
      'f32[3] the result of sub',
      'f32[3] the result of tanh',
    ]);
  });
  it('follows the policy', () => {
    expect(kept(checkpointPolicies.nothingSaveable)).toEqual(['f32[3,3] argument 0.w', 'f32[3] argument 1']);
    expect(kept(checkpointPolicies.dotsSaveable)).toEqual([
      'f32[3,3] argument 0.w',
      'f32[3] argument 1',
      'f32[3] the result of dot_general in checkpoint f',
    ]);
    expect(kept(checkpointPolicies.saveOnlyTheseNames('hidden'))).toEqual([
      'f32[3,3] argument 0.w',
      'f32[3] argument 1',
      "f32[3] the value named 'hidden' in checkpoint f",
    ]);
    expect(kept(checkpointPolicies.saveAnyNamesButThese('hidden'))).toEqual(kept(checkpointPolicies.nothingSaveable));
    const { saveFromBoth, saveOnlyTheseNames, dotsSaveable, saveAnythingExceptTheseNames } = checkpointPolicies;
    expect(kept(saveFromBoth(saveOnlyTheseNames('hidden'), dotsSaveable))).toEqual(kept(saveOnlyTheseNames('hidden')));
    expect(kept(saveAnythingExceptTheseNames('hidden'))).toEqual([
      'f32[3,3] argument 0.w',
      'f32[3] argument 1',
      'f32[3] the result of cos in checkpoint f',
      'f32[3] the result of sub in checkpoint f',
      'f32[3] the result of tanh in checkpoint f',
    ]);
  });
  it('counts the bytes that are not there anyway', () => {
    expect(savedResiduals(f)(p, v).bytes).toBe(36);
    expect(savedResiduals(checkpoint(f))(p, v).bytes).toBe(0);
  });
});

it('a checkpointed function is traced: its values are not known', () => {
  const g = checkpoint((y: Tensor<[]>) => (y.item() > 0 ? y : sin(y)));
  expect(() => grad(g)(tensor(1))).toThrow(/is not known while checkpoint traces the function/);
});
