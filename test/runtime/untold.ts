// Run by memory.test.ts in a process of its own: a loop that keeps some of its results, where garbage cannot be collected on demand.
import type { Tensor } from 'adjoint';

Reflect.deleteProperty(process, 'getBuiltinModule');
const { add, configure, jit, zeros } = await import('adjoint');
const { residence } = await import('../../src/runtime/resident');

configure({ residentLimit: 8 * 2 ** 20 });
const step = jit((x: Tensor<[100_000]>) => add(x, 1));
const kept: Tensor<[100_000]>[] = [];
let x: Tensor<[100_000]> = zeros([100_000]);
let most = 0;
for (let i = 0; i < 500; i++) {
  x = step(x);
  if (i % 50 === 0) kept.push(x);
  most = Math.max(most, residence().bytes);
}
const right = x.at(9).item() === 500 && kept.every((y, k) => y.at(99_999).item() === 50 * k + 1);
console.log(JSON.stringify({ most, right }));
