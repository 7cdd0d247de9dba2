import { type AnyTensor, abs, argmax, concatenate, i32, max, sub, type Tensor, tensor } from 'adjoint';
import { charTokenizer } from 'adjoint/data';
import { generator } from 'adjoint/models';
import * as random from 'adjoint/random';
import { describe, expect, it } from 'vitest';
import { cachedGpt, gpt, init, initCaches, writer } from '../../examples/gpt';

describe('a GPT that writes', () => {
  const characters = charTokenizer('abcdefghijklmnopqrstuvwxyz ');
  const params = init(random.key(3), characters.size);
  const row = (ids: ArrayLike<number>): Tensor<[1, number], i32> =>
    tensor(Int32Array.from(ids), i32).reshape([1, ids.length]);

  it('scores the same with the cache as without', () => {
    const ids = characters.encode('there she blows');
    let caches = initCaches(params, 16);
    const pieces = Array.from(ids, (id): AnyTensor => {
      const [scores, next] = cachedGpt(params, caches, tensor([[id]], i32));
      caches = next;
      return scores;
    });
    const gap = max(abs(sub(concatenate(pieces, 1) as AnyTensor, gpt(params, row(ids)))) as AnyTensor);
    expect(gap.item()).toBeLessThan(1e-5);
  });
  it('draws the same characters with the cache as without', () => {
    const prompt = [...characters.encode('call me ')];
    const tokens = generator(cachedGpt, { temperature: 0 })(params, initCaches(params, 32), prompt, random.key(0));
    const drawn = Array.from({ length: 16 }, () => tokens.next().value);
    const whole = [...prompt];
    for (let i = 0; i < 16; i++) {
      whole.push(
        argmax(gpt(params, row(whole)), -1)
          .toArray()[0]
          ?.at(-1) as number,
      );
    }
    expect([...prompt, ...drawn]).toEqual(whole);
  });
  it('writes more than its cache holds, the same for the same key', () => {
    const write = writer(characters, 8);
    const text = write(params, 'ishmael', 20, random.key(1));
    expect(text).toMatch(/^ishmael[a-z ]{20}$/);
    expect(write(params, 'ishmael', 20, random.key(1))).toBe(text);
    expect(write(params, 'ishmael', 20, random.key(2))).not.toBe(text);
  });
});
