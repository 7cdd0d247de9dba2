// A user's project sees the built declarations: the shapes must have survived the bundling of types.
import { add, type f32, grad, jit, matmul, over, sum, type Tensor, tensor, vmap, zeros } from 'adjoint';
import { decodeIdx, epochBatches, type IdxArray } from 'adjoint/data';
import { decodeNpy } from 'adjoint/io';
import * as laws from 'adjoint/laws';
import { type Dense, linear } from 'adjoint/nn';
import { adam } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { fold } from 'adjoint/train';
import type { Either } from 'fp-ts/lib/Either.js';

type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const exactly = <A, B>(_: Exactly<A, B>): void => undefined;

const product = matmul(zeros([2, 3]), zeros([3, 4]));
exactly<typeof product, Tensor<[2, 4], f32>>(true);
// @ts-expect-error: dimensions 3 and 5 differ
matmul(zeros([2, 3]), zeros([5, 4]));

const f = (w: Tensor<[3]>) => sum(add(w, random.normal(random.key(0), [3])));
exactly<ReturnType<typeof gradient>, Tensor<[3]>>(true);
const gradient = jit(grad(f));
// @ts-expect-error: not a scalar
grad((w: Tensor<[3]>) => add(w, 1));

const rows = vmap(f, over(0))(tensor([[1, 2, 3]]));
exactly<typeof rows, Tensor<[1]>>(true);

const layer: Dense<3, 4> = { w: zeros([3, 4]), b: zeros([4]) };
const scores = linear(layer)(zeros([8, 3]));
exactly<typeof scores, Tensor<[8, 4]>>(true);

export const decoded: Either<{ readonly message: string }, IdxArray> = decodeIdx(Uint8Array.of());
export const used = [epochBatches, decodeNpy, laws, adam, fold];
