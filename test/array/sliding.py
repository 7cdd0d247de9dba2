"""Writes sliding.json: PyTorch's convolutions and pooling with padding that differs before and after, gaps, groups, output padding, ceil
mode, counted padding, indices of maxima and unpooling. Arguments are sin(1 + i²) and are not stored.
Run with a Python that has torch: python test/array/sliding.py; npx biome format --write test/array/sliding.json"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
cases = []


def numbers(shape, start):
    n = math.prod(shape)
    return torch.tensor([math.sin(start + i * i) for i in range(n)]).reshape(shape)


def first(v):
    return v.movedim(-1, 1)


def last(v):
    return v.movedim(1, -1)


def add(name, shapes, options, y, args=()):
    cases.append({"name": name, "shapes": shapes, "args": args, "options": options, "shape": list(y.shape), "y": y.flatten().tolist()})


def pairs(padding):
    return [(p, p) if isinstance(p, int) else tuple(p) for p in padding]


def flat(padding):
    return [n for p in reversed(pairs(padding)) for n in p]


def conv(x_shape, k_shape, stride, padding, dilation, groups):
    rank = len(stride)
    x, k = numbers(x_shape, 1), numbers(k_shape, 2)
    f = [F.conv1d, F.conv2d, F.conv3d][rank - 1]
    weights = k.permute(rank + 1, rank, *range(rank))
    y = f(F.pad(first(x), flat(padding)), weights, stride=stride, dilation=dilation, groups=groups)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    add(f"conv{rank}d", [x_shape, k_shape], options, last(y))


def transposed(x_shape, k_shape, stride, padding, dilation, groups, extra):
    rank = len(stride)
    x, k = numbers(x_shape, 1), numbers(k_shape, 2)
    f = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][rank - 1]
    # [...window, in / groups, groups, out / groups] -> [groups, in / groups, out / groups, ...window]
    parts = k.reshape(*k_shape[:-1], groups, k_shape[-1] // groups)
    weights = parts.permute(rank + 1, rank, rank + 2, *range(rank)).reshape(x_shape[-1], k_shape[-1] // groups, *k_shape[:rank])
    y = f(first(x), weights, stride=stride, dilation=dilation, groups=groups)
    widths = [w for (a, b), e in reversed(list(zip(pairs(padding), extra))) for w in (-a, e - b)]
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "outputPadding": extra}
    if all(isinstance(p, int) for p in padding) and all(e < max(s, d) for e, s, d in zip(extra, stride, dilation)):
        own = f(first(x), weights, stride=stride, dilation=dilation, groups=groups, padding=padding, output_padding=extra)
        assert torch.allclose(own, F.pad(y, widths))
    add(f"convTranspose{rank}d", [x_shape, k_shape], options, last(F.pad(y, widths)))


conv([2, 7, 4], [3, 2, 6], [2], [[2, 1]], [2], 2)
conv([1, 6, 7, 2], [3, 2, 2, 3], [1, 2], [[2, 0], 1], [1, 2], 1)
conv([1, 6, 7, 4], [2, 3, 1, 8], [2, 1], [[0, 3], [1, 2]], [2, 1], 4)
conv([1, 4, 5, 4, 2], [2, 2, 3, 1, 4], [1, 2, 1], [[1, 0], 0, [0, 2]], [1, 1, 2], 2)
transposed([2, 4, 4], [3, 2, 6], [2], [1], [2], 2, [1])
transposed([1, 3, 4, 2], [3, 2, 2, 3], [2, 3], [[2, 0], [0, 1]], [1, 2], 1, [1, 2])
transposed([1, 3, 4, 4], [2, 3, 1, 8], [2, 1], [[1, 0], [1, 2]], [2, 1], 4, [0, 0])
transposed([1, 2, 3, 2, 4], [2, 2, 3, 2, 2], [2, 1, 2], [0, 1, 1], [1, 2, 1], 2, [1, 0, 1])

# Window, stride, padding, dilation.
pools = [
    ([2, 9, 3], [3], [2], [1], [1]),
    ([2, 9, 3], [2], [3], [1], [1]),
    ([1, 10, 2], [1], [3], [0], [1]),
    ([1, 7, 6, 2], [3, 2], [2, 2], [1, 0], [1, 1]),
    ([1, 7, 8, 2], [2, 3], [3, 2], [1, 1], [1, 1]),
    ([1, 8, 9, 2], [3, 2], [2, 3], [1, 1], [2, 3]),
    ([1, 4, 5, 5, 2], [2, 2, 3], [2, 3, 2], [1, 0, 1], [1, 1, 1]),
]
for shape, window, stride, padding, dilation in pools:
    rank = len(window)
    suffix = "" if rank == 2 else f"{rank}d"
    x = first(numbers(shape, 1))
    for ceil in (False, True):
        options = {"padding": padding, "dilation": dilation, "ceilMode": ceil}
        f = [F.max_pool1d, F.max_pool2d, F.max_pool3d][rank - 1]
        y, i = f(x, window, stride, padding, dilation, ceil_mode=ceil, return_indices=True)
        add(f"maxPool{suffix}", [shape], options, last(y), [window, stride])
        add(f"maxPoolIndices{suffix}", [shape], options, last(i), [window, stride])
        if dilation == [1] * rank:
            for counted in (False, True):
                g = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][rank - 1]
                y = g(x, window, stride, padding, ceil_mode=ceil, count_include_pad=counted)
                add(f"avgPool{suffix}", [shape], {**options, "countPadding": counted}, last(y), [window, stride])
# Back to places that are all different.
for shape, window in [([2, 8, 3], [2]), ([1, 6, 4, 2], [2, 2]), ([1, 4, 2, 6, 2], [2, 1, 3])]:
    rank = len(window)
    y, i = [F.max_pool1d, F.max_pool2d, F.max_pool3d][rank - 1](first(numbers(shape, 1)), window, return_indices=True)
    back = [F.max_unpool1d, F.max_unpool2d, F.max_unpool3d][rank - 1](y, i, window, output_size=shape[1:-1])
    add(f"maxUnpool{'' if rank == 2 else f'{rank}d'}", [shape], {}, last(back), [window])

path = pathlib.Path(__file__).with_name("sliding.json")
path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(torch.__version__, len(cases), "cases")
