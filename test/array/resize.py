"""Writes resize.json: images made larger and smaller by PyTorch and, where PyTorch has no such mode, by JAX.
The image is sin(1 + i²) and is not stored.
Run with a Python that has both: python test/array/resize.py; npx biome format --write test/array/resize.json"""

import json
import math
import pathlib

import jax
import numpy as np
import torch
import torch.nn.functional as F

jax.config.update("jax_enable_x64", True)
shape = [1, 5, 8, 2]
image = np.array([math.sin(1 + i * i) for i in range(math.prod(shape))]).reshape(shape)
sizes = [[9, 11], [3, 4], [10, 3], [1, 20], [5, 1]]
cases = []


def add(size, options, y):
    cases.append({"size": size, "options": options, "y": np.asarray(y).ravel().tolist()})


def by_torch(size, mode, **keywords):
    y = F.interpolate(torch.tensor(image).permute(0, 3, 1, 2), size=size, mode=mode, **keywords)
    return y.permute(0, 2, 3, 1)


for size in sizes:
    add(size, {"method": "nearest"}, by_torch(size, "nearest-exact"))
    add(size, {"method": "nearest", "coordinates": "asymmetric", "rounding": "floor"}, by_torch(size, "nearest"))
    add(size, {"method": "nearest"}, jax.image.resize(image, [1, *size, 2], "nearest"))
    for method, mode in (("linear", "bilinear"), ("cubic", "bicubic")):
        add(size, {"method": method}, by_torch(size, mode, align_corners=False))
        add(size, {"method": method, "coordinates": "alignCorners"}, by_torch(size, mode, align_corners=True))
        add(size, {"method": method, "antialias": True}, by_torch(size, mode, align_corners=False, antialias=True))
        if method == "linear":
            add(size, {"method": method, "antialias": True}, jax.image.resize(image, [1, *size, 2], "linear", antialias=True))

path = pathlib.Path(__file__).with_name("resize.json")
text = ",\n".join(json.dumps(c) for c in cases)
path.write_text(f'{{\n "shape": {json.dumps(shape)},\n "cases": [\n{text}\n]\n}}\n')
print(torch.__version__, jax.__version__, len(cases), "cases")
