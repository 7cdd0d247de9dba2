"""Writes losses.json: PyTorch's losses in float64 on fixed inputs. Run with a Python that has torch: python test/nn/losses.py"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
x = torch.randn(4, 3)
y = torch.randn(4, 3)
z = torch.randn(4, 3)
p = torch.softmax(torch.randn(4, 3), -1)
t = torch.softmax(torch.randn(4, 3), -1)
bits = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
labels = torch.tensor([2, 0, 1, 2])
none = {"reduction": "none"}
unit = lambda v: v / v.norm(dim=-1, keepdim=True)
long = torch.randn(2, 7, 5)
sequences = torch.tensor([[1, 2, 2], [3, 4, 0]])
lengths, counts = torch.tensor([7, 5]), torch.tensor([3, 2])
ctc_in = long.clone().requires_grad_(True)
ctc = F.ctc_loss(ctc_in.log_softmax(-1).transpose(0, 1), sequences, lengths, counts, blank=0, reduction="none")
(ctc_grad,) = torch.autograd.grad(ctc.sum(), ctc_in)
cases = {
    "squaredError": F.mse_loss(x, y, **none),
    "absoluteError": F.l1_loss(x, y, **none),
    "huber": F.huber_loss(x, y, delta=0.7, **none),
    "poissonLoss": F.poisson_nll_loss(x, y, log_input=True, **none),
    "gaussianLoss": F.gaussian_nll_loss(x, y, p, **none),
    "cosineSimilarity": F.cosine_similarity(x, y, dim=-1),
    "crossEntropy": F.cross_entropy(x, labels, **none),
    "crossEntropy smoothed": F.cross_entropy(x, labels, label_smoothing=0.1, **none),
    "softCrossEntropy": F.cross_entropy(x, t, **none),
    "nll": F.nll_loss(p.log(), labels, **none),
    "binaryCrossEntropy": F.binary_cross_entropy_with_logits(x, bits, **none),
    "binaryCrossEntropyOf": F.binary_cross_entropy(p, bits, **none),
    "klDivergence": F.kl_div(x.log_softmax(-1), t, **none).sum(-1),
    "tripletLoss": F.triplet_margin_loss(x, y, z, eps=0, **none),
    "infoNce": F.cross_entropy(unit(x) @ unit(y).T / 0.1, torch.arange(4), **none),
    "ctcLoss": ctc,
    "ctcLoss gradient": ctc_grad,
}
inputs = {"x": x, "y": y, "z": z, "p": p, "t": t, "bits": bits, "labels": labels, "long": long}
out = {
    "torch": torch.__version__,
    "inputs": {k: v.tolist() for k, v in inputs.items()},
    "cases": {k: v.tolist() for k, v in cases.items()},
}
pathlib.Path(__file__).with_name("losses.json").write_text(json.dumps(out, indent=1) + "\n")
