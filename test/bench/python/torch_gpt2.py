"""GPT-2 in PyTorch. Generation writes keys and values into buffers that were made once, and attends to what has been written."""
import torch
import torch.nn.functional as F

from torch_programs import Repeated, Training, adam, tensors


class Cache:
    def __init__(self, sizes, places):
        heads, size = sizes["heads"], sizes["width"] // sizes["heads"]
        self.keys, self.values = (
            [torch.zeros(1, heads, places, size) for _ in range(sizes["layers"])] for _ in range(2)
        )
        self.length = 0

    def joined(self, i, k, v):
        """Keys and values so far, with those of the next places."""
        end = self.length + k.shape[2]
        self.keys[i][:, :, self.length:end] = k
        self.values[i][:, :, self.length:end] = v
        return self.keys[i][:, :, :end], self.values[i][:, :, :end]


def hidden(p, sizes, ids, cache=None):
    """What the last block gives for ids [1, T]; with a cache they are the next ones."""
    heads, width, begin = sizes["heads"], sizes["width"], 0 if cache is None else cache.length

    def linear(name, x):
        return torch.addmm(p[f"{name}.b"], x, p[f"{name}.w"])

    def norm(name, x):
        return F.layer_norm(x, (width,), p[f"{name}.scale"], p[f"{name}.shift"])

    def split(x):
        return x.view(1, -1, heads, width // heads).transpose(1, 2)

    x = p["tokens"][ids[0]] + p["positions"][begin:begin + ids.shape[1]]
    for i in range(sizes["layers"]):
        h = norm(f"{i}.norm1", x)
        q, k, v = (split(linear(f"{i}.{name}", h)) for name in ("query", "key", "value"))
        if cache is not None:
            k, v = cache.joined(i, k, v)
        # One place looks at all before it; of several, the rows below are those of a sequence from its beginning.
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=q.shape[2] > 1)
        x = x + linear(f"{i}.out", mixed.transpose(1, 2).reshape(-1, width))
        h = norm(f"{i}.norm2", x)
        x = x + linear(f"{i}.down", F.gelu(linear(f"{i}.up", h), approximate="tanh"))
    if cache is not None:
        cache.length += ids.shape[1]
    return norm("norm", x)


def gpt2_adam(sizes, given):
    g = tensors(given)
    ids, targets = g.pop("ids"), g.pop("targets")

    def loss():
        return F.cross_entropy(hidden(g, sizes, ids) @ g["tokens"].T, targets[0])

    return Training(loss, list(g.values()), adam(sizes["learningRate"]), g["norm.scale"], sizes["steps"])


def gpt2_forward(sizes, given):
    g = tensors(given)

    @torch.inference_mode()
    def call():
        return hidden(g, sizes, g["ids"]) @ g["tokens"].T

    return Repeated(call, lambda scores: scores[-1:])


class Prefill:
    def __init__(self, sizes, given):
        self.sizes, self.p, self.turn = sizes, tensors(given), 0
        self.prompts = [self.p[f"ids{i}"] for i in range(4)]
        self.cache = Cache(sizes, sizes["positions"])

    @torch.inference_mode()
    def first(self, ids):
        self.cache.length = 0
        return int((hidden(self.p, self.sizes, ids, self.cache)[-1] @ self.p["tokens"].T).argmax())

    def values(self):
        return [[self.first(ids) for ids in self.prompts]]

    def run(self, calls):
        for _ in range(calls):
            self.first(self.prompts[self.turn % 4])
            self.turn += 1


class Tokens:
    @torch.inference_mode()
    def __init__(self, sizes, given):
        self.sizes, self.p, self.count = sizes, tensors(given), sizes["count"]
        self.cache = Cache(sizes, sizes["places"])
        hidden(self.p, sizes, self.p["ids"], self.cache)
        self.filled = self.cache.length
        self.restart()

    def restart(self):
        self.cache.length, self.last = self.filled, torch.zeros(1, 1, dtype=torch.long)

    @torch.inference_mode()
    def token(self):
        scores = hidden(self.p, self.sizes, self.last, self.cache) @ self.p["tokens"].T
        self.last = scores.argmax(-1, keepdim=True)
        return int(self.last)

    def values(self):
        self.restart()
        return [[self.token() for _ in range(self.count)]]

    def run(self, calls):
        for _ in range(calls):
            if self.cache.length == self.filled + self.count + 1:
                self.restart()
            self.token()


WORKLOADS = {
    "gpt2_adam": gpt2_adam,
    "gpt2_forward": gpt2_forward,
    "gpt2_eager": gpt2_forward,
    "gpt2_prefill": Prefill,
    "gpt2_token": Tokens,
}
