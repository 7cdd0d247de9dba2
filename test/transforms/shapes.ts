// Run by caches.test.ts in a process of its own: one function called with thousands of shapes, under jit and outside of it.
import { add, clearCaches, configure, jit, mul, sin, sum, type Tensor, zeros } from 'adjoint';

const [target, count] = [process.argv[2] as 'wasm' | 'js', Number(process.argv[3])];
configure({ target });
const f = jit((x: Tensor<[number]>) => sum(mul(sin(x), add(x, 2))));
const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);
const rss: number[] = [];
for (let n = 1; n <= count; n++) {
  f(zeros([n]));
  if (n % (count / 10) === 0) {
    rss.push(megabytes());
    // Warnings are given, and garbage is counted, between tasks.
    await new Promise((resolve) => setTimeout(resolve));
  }
}
clearCaches();
console.log(JSON.stringify({ rss, value: f(add(zeros([3]), 1)).toArray() }));
