// Run, bundled, by confined.test.ts in processes that may not do everything.
import { add, configure, jit, matmul, sum, tensor, zeros } from 'adjoint';
import { loadCheckpoint, saveCheckpoint } from 'adjoint/io';
import { threadsReady } from '../../src/runtime/pool';

const f = jit((x: ReturnType<typeof ramp>) => sum(matmul(x, x)));
const ramp = () => add(zeros([300, 300]), 0.125);
const values: number[] = [];
let threads = 1;
const [, , directory, patience] = process.argv;
// Where threads are expected they get their time.
const end = Date.now() + Number(patience ?? 0);
for (let i = 0; i < 40 || (threads === 1 && Date.now() < end); i++) {
  values.push(f(ramp()).toArray());
  threads = Math.max(threads, threadsReady());
  await new Promise((resolve) => setTimeout(resolve, threads === 1 ? 10 : 0));
}
const saved = !directory ? null : await saveCheckpoint(directory, { w: tensor([1, 2]) })();
const loaded = !directory ? null : await loadCheckpoint(directory, { w: zeros([2]) })();
const { target, threads: chosen } = configure();
console.log(
  JSON.stringify({ target, chosen, threads, values: [...new Set(values)], saved: saved?._tag, loaded: loaded?._tag }),
);
