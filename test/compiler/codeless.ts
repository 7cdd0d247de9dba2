// Run by codeless.test.ts in a process of its own.
import { grad, jit, makeJaxpr, matmul, softmax, sum, type Tensor, tensor } from 'adjoint';
import { compiled } from '../../src/runtime/executable';

const f = (x: Tensor<[2, 2]>) => sum(matmul(softmax(x), x));
const x = tensor([
  [0.1, 2],
  [-3, 0.7],
]);
const { target } = compiled(makeJaxpr(f)(x).jaxpr);
console.log(JSON.stringify({ target, values: [jit(f)(x).toArray(), jit(grad(f))(x).toArray()] }));
