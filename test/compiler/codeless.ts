// Run by codeless.test.ts in a process of its own.
import type { Tensor } from 'adjoint';

if (process.argv.includes('--without-wasm')) Reflect.deleteProperty(globalThis, 'WebAssembly');
const { configure, grad, jit, matmul, softmax, sum, tensor } = await import('adjoint');

// Madd rounds differently.
configure({ fusedMultiplyAdd: false });
const f = (x: Tensor<[2, 2]>) => sum(matmul(softmax(x), x));
const x = tensor([
  [0.1, 2],
  [-3, 0.7],
]);
const values = [jit(f)(x).toArray(), jit(grad(f))(x).toArray()];
const { target, simd } = configure();
console.log(JSON.stringify({ target, simd, values }));
