"""The workloads in PyTorch, run eagerly as its users do. Images and kernels are turned to NCHW and OIHW before the run."""
import torch
import torch.nn.functional as F

import torch_gpt2
from torch_programs import Repeated, Training, adam, tensors

VERSION = torch.__version__
THREADS = torch.get_num_threads()


def forget():
    """Nothing is kept between eager calls."""


def mlp_logits(p, x):
    return torch.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


NAMES = ("w1", "b1", "w2", "b2")


def mlp(sizes, given):
    g = tensors(given)

    def loss():
        return F.cross_entropy(mlp_logits(g, g["x"]), g["y"])

    return Training(loss, [g[k] for k in NAMES], adam(sizes["learningRate"]), g["w2"], sizes["steps"], sizes.get("length", 1))


def per_example(sizes, given):
    g = tensors(given)
    params = {k: g[k] for k in NAMES}

    def loss(p, x, y):
        return F.cross_entropy(mlp_logits(p, x), y)

    gradients = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))

    def call():
        result = gradients(params, g["x"], g["y"])
        return [result[k] for k in NAMES]

    return Repeated(call)


def cnn(sizes, given):
    g = tensors(given)
    x = g["x"].permute(0, 3, 1, 2).contiguous()
    k1, k2 = (g[k].permute(3, 2, 0, 1).contiguous() for k in ("k1", "k2"))
    w = g["w"].reshape(4, 4, 32, 10).permute(2, 0, 1, 3).reshape(512, 10).contiguous()

    def loss():
        h = F.max_pool2d(torch.relu(F.conv2d(x, k1, g["b1"])), 2)
        h = F.max_pool2d(torch.relu(F.conv2d(h, k2, g["b2"])), 2)
        return F.cross_entropy(h.flatten(1) @ w + g["b"], g["y"])

    params = [k1, g["b1"], k2, g["b2"], w, g["b"]]
    return Training(loss, params, adam(sizes["learningRate"]), g["b1"], sizes["steps"])


def gpt(sizes, given):
    g = tensors(given)
    heads, length, width = sizes["heads"], sizes["length"], sizes["width"]
    mask = torch.triu(torch.full((length, length), -1e9), 1)

    def split(x):
        return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)

    def block(i, x):
        def of(name):
            return g[f"{i}.{name}"]

        h = F.layer_norm(x, (width,), of("scale1"), of("bias1"))
        q, k, v = (split(h @ of(name)) for name in "qkv")
        scores = q @ k.transpose(-1, -2) / (width // heads) ** 0.5
        mixed = torch.softmax(scores + mask, -1) @ v
        x = x + mixed.transpose(1, 2).reshape(x.shape) @ of("o")
        h = F.layer_norm(x, (width,), of("scale2"), of("bias2"))
        return x + F.gelu(h @ of("up"), approximate="tanh") @ of("down")

    def loss():
        x = g["tokens"][g["ids"]] + g["positions"]
        for i in range(sizes["layers"]):
            x = block(i, x)
        logits = F.layer_norm(x, (width,), g["scale"], g["bias"]) @ g["head"]
        return F.cross_entropy(logits.flatten(0, 1), g["targets"].flatten())

    params = [x for name, x in g.items() if name not in ("ids", "targets")]
    return Training(loss, params, lambda ps: torch.optim.SGD(ps, lr=sizes["learningRate"]), g["tokens"], sizes["steps"])


def lstm(sizes, given):
    g = tensors(given)
    for name in ("wx", "wh", "b"):
        g[name].requires_grad_()

    def call():
        h = c = torch.zeros(g["x"].shape[1], g["wh"].shape[0])
        for now in g["x"]:
            i, f, n, o = (now @ g["wx"] + h @ g["wh"] + g["b"]).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(n)
            h = torch.sigmoid(o) * torch.tanh(c)
        return torch.autograd.grad((h**2).mean(), [g["wx"], g["wh"], g["b"]])[1]

    return Repeated(call)


def hessian(sizes, given):
    g = tensors(given)
    second = torch.func.hessian(lambda x: torch.sum(torch.tanh(g["w"] @ x) ** 2))
    return Repeated(lambda: second(g["x"]))


def function(f, *names, watched=lambda result: result):
    def make(sizes, given):
        xs = [tensors(given)[name] for name in names]
        return Repeated(lambda: f(*xs), watched)

    return make


WORKLOADS = {
    "matmul": function(torch.matmul, "a", "b"),
    "large_matmul": function(torch.matmul, "a", "b", watched=lambda product: product[-64:]),
    "elementwise": function(lambda x: torch.tanh(2 * x + 1) * x, "a"),
    "softmax": function(lambda x: torch.softmax(x, -1), "a"),
    "layer_norm": function(lambda x, s, b: F.layer_norm(x, s.shape, s, b), "a", "scale", "bias"),
    "sum": function(torch.sum, "a"),
    "cached_call": function(lambda x, y: x * y + 1, "a", "b"),
    "eager_add": function(torch.add, "a", "b"),
    "hessian": hessian,
    "lstm": lstm,
    "mlp": mlp,
    "mlp_steps": mlp,
    "per_example": per_example,
    "cnn": cnn,
    "gpt": gpt,
    **torch_gpt2.WORKLOADS,
}
