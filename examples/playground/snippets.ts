// Programs to begin with in the editor.
export interface Snippet {
  readonly name: string;
  readonly code: string;
}
const snippet = (name: string, ...lines: readonly string[]): Snippet => ({ name, code: `${lines.join('\n')}\n` });

export const snippets: readonly Snippet[] = [
  snippet(
    'shapes',
    "import { add, matmul, mean, tensor, zeros } from 'adjoint';",
    '',
    'const x = tensor([[1, 2, 3], [4, 5, 6]]);',
    'const w = zeros([3, 4]);',
    'const y = add(matmul(x, w), 1);',
    'const m = mean(y, -1);',
  ),
  snippet(
    'a mistake',
    "import { matmul, zeros } from 'adjoint';",
    '',
    'const images = zeros([32, 784]);',
    'const w1 = zeros([784, 256]);',
    'const w2 = zeros([128, 10]);',
    'const hidden = matmul(images, w1);',
    'const scores = matmul(hidden, w2);',
  ),
  snippet(
    'einsum and reshape',
    "import { dim, einsum, reshape, zeros } from 'adjoint';",
    '',
    "const batch = dim('batch', 32);",
    'const q = zeros([batch, 4, 10, 16]);',
    'const k = zeros([batch, 4, 12, 16]);',
    "const scores = einsum('bhqd,bhkd->bhqk', q, k);",
    'const flat = reshape(scores, [batch, -1]);',
  ),
  snippet(
    'vmap and grad',
    "import { grad, mul, over, sum, type Tensor, vmap, zeros } from 'adjoint';",
    '',
    'const loss = (w: Tensor<[8]>, x: Tensor<[8]>) => sum(mul(w, mul(x, x)));',
    'const gradients = vmap(grad(loss), over(null, 0));',
    'const each = gradients(zeros([8]), zeros([64, 8]));',
  ),
];
