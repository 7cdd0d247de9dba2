"""Writes activations.json: PyTorch's activations in float64. Run with a Python that has torch: python test/nn/activations.py"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
x = torch.tensor([-1000.0, -20.0, -4.0, -3.0, -1.0, -0.1, 0.0, 0.1, 1.0, 3.0, 4.0, 20.0, 1000.0])
names = {
    "sigmoid": torch.sigmoid,
    "relu": F.relu,
    "leakyRelu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "celu": F.celu,
    "gelu": lambda v: F.gelu(v, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "tanh": torch.tanh,
    "hardSigmoid": F.hardsigmoid,
    "hardSwish": F.hardswish,
    "hardTanh": F.hardtanh,
    "relu6": F.relu6,
    "mish": F.mish,
    "logSigmoid": F.logsigmoid,
}
out = {"torch": torch.__version__, "x": x.tolist(), "values": {}, "slopes": {}}
for name, f in names.items():
    v = x.clone().requires_grad_(True)
    y = f(v)
    y.sum().backward()
    out["values"][name] = y.tolist()
    out["slopes"][name] = v.grad.tolist()
pathlib.Path(__file__).with_name("activations.json").write_text(json.dumps(out, indent=1) + "\n")
