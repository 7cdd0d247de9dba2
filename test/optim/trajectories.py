"""Writes trajectories.json: ten steps of PyTorch's optimisers in float64, from fixed parameters with gradients that
depend on the parameters and the step. Run with a Python that has torch: python test/optim/trajectories.py"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
O = torch.optim


def start():
    w = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)
    b = torch.tensor([0.1, -0.2, 0.3], requires_grad=True)
    return w, b


def gradient(p, step, phase):
    # What trajectories.test.ts computes: 0.3 p + sin(2 p + phase + step).
    return 0.3 * p + torch.sin(2 * p + phase + step)


def run(make, steps=10):
    w, b = start()
    optimiser = make([w, b])
    for t in range(steps):
        w.grad = gradient(w.detach(), t, 0.0)
        b.grad = gradient(b.detach(), t, 1.0)
        optimiser.step()
    return {"w": w.tolist(), "b": b.tolist()}


cases = {
    "sgd": lambda p: O.SGD(p, lr=0.1),
    "sgd momentum": lambda p: O.SGD(p, lr=0.1, momentum=0.9),
    "sgd nesterov": lambda p: O.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: O.Adam(p, lr=0.1),
    "adamw": lambda p: O.AdamW(p, lr=0.1, weight_decay=0.05),
    "adamax": lambda p: O.Adamax(p, lr=0.1),
    "nadam": lambda p: O.NAdam(p, lr=0.1),
    "radam": lambda p: O.RAdam(p, lr=0.1),
    "adagrad": lambda p: O.Adagrad(p, lr=0.1),
    "adadelta": lambda p: O.Adadelta(p, lr=0.5),
    "rmsprop": lambda p: O.RMSprop(p, lr=0.1),
    "rmsprop centred momentum": lambda p: O.RMSprop(p, lr=0.1, centered=True, momentum=0.9),
    "adafactor": lambda p: O.Adafactor(p, lr=0.1, weight_decay=0.01),
}
out = {"torch": torch.__version__, "cases": {name: run(make) for name, make in cases.items()}}
path = pathlib.Path(__file__).with_name("trajectories.json")
path.write_text(json.dumps(out, indent=1) + "\n")
