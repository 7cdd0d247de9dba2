"""How programs of PyTorch are repeated and trained."""
import torch


def tensors(given):
    return {k: torch.from_numpy(v).long() if v.dtype.kind == "i" else torch.from_numpy(v) for k, v in given.items()}


class Repeated:
    def __init__(self, call, watched=lambda result: result):
        self.call, self.watched = call, watched

    def values(self):
        result = self.watched(self.call())
        return [x.detach().numpy() for x in (result if isinstance(result, (list, tuple)) else [result])]

    def run(self, calls):
        for _ in range(calls):
            self.call()


class Training:
    """A call is so many steps, `length`."""

    def __init__(self, loss, params, optimizer, watched, steps, length=1):
        self.loss, self.watched, self.steps, self.length = loss, watched, steps, length
        for p in params:
            p.requires_grad_()
        self.optimizer = optimizer(params)

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss

    def call(self):
        for _ in range(self.length):
            loss = self.step()
        return loss

    def values(self):
        before = self.watched.detach().clone()
        losses = torch.tensor([self.call().item() for _ in range(self.steps)])
        return [losses.numpy(), (self.watched.detach() - before).numpy()]

    def run(self, calls):
        for _ in range(calls):
            self.call()


def adam(rate):
    return lambda params: torch.optim.Adam(params, lr=rate)
