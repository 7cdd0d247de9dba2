import { is } from '../expect';
import type { Tensor } from '../language';
import { argmax, cumsum, i32, logsumexp, max, mean, softmax, sum, variance, zeros } from '../language';

is<Tensor<[]>>()(sum(zeros([2, 3])), true);
is<Tensor<[2]>>()(sum(zeros([2, 3]), -1), true);
is<Tensor<[3]>>()(sum(zeros([2, 3]), 0), true);
is<Tensor<[2, 1]>>()(sum(zeros([2, 3]), 1, { keepDims: true }), true);
is<Tensor<[1, 1]>>()(sum(zeros([2, 3]), undefined, { keepDims: true }), true);
is<Tensor<[3]>>()(sum(zeros([2, 3, 4]), [0, -1]), true);
is<Tensor<[1, 3, 1]>>()(sum(zeros([2, 3, 4]), [0, -1], { keepDims: true }), true);
is<Tensor<[]>>()(max(zeros([2, 3]), [0, 1]), true);
is<Tensor<[3]>>()(max(zeros([2, 3]), [0]), true);
is<Tensor<[2, 3]>>()(max(zeros([2, 3]), []), true);
is<Tensor<[2, 5]>>()(logsumexp(zeros([2, 3, 4, 5]), [2, 1]), true);
is<Tensor<[2, 2]>>()(mean(zeros([2, 2, 2]), [1]), true);
is<Tensor<[2]>>()(variance(zeros([2, 3]), 1), true);
is<Tensor<[2], i32>>()(argmax(zeros([2, 3]), -1), true);
is<Tensor<[], i32>>()(argmax(zeros([2, 3])), true);
is<Tensor<[2, 3]>>()(softmax(zeros([2, 3]), -1), true);
is<Tensor<[2, 3], i32>>()(cumsum(zeros([2, 3], i32), 0), true);
// an axis that is not a literal leaves the rank to the trace
declare const axis: 0 | 1;
declare const unknownRank: Tensor<number[]>;
is<Tensor<[2] | [3]>>()(sum(zeros([2, 3]), axis), true);
is<Tensor<number[]>>()(sum(unknownRank, 4), true);
is<Tensor<number[]>>()(sum(unknownRank, [0, 1]), true);
