// The declarations that require() finds are the same types.
import { matmul, type Tensor, zeros } from 'adjoint';
import { readIdx } from 'adjoint/data';
import * as random from 'adjoint/random';

export const product: Tensor<[2, 4]> = matmul(random.normal(random.key(0), [2, 3]), zeros([3, 4]));
// @ts-expect-error: dimensions 3 and 5 differ
matmul(zeros([2, 3]), zeros([5, 4]));
export const read: (path: string) => () => Promise<unknown> = readIdx;
