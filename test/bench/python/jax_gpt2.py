"""GPT-2 in JAX. Generation updates keys and values in a donated cache, and masks what has not been written."""
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from jax_programs import Repeated, Training, adam, adam_state, cross_entropy


def hidden(sizes, p, ids, cache=None):
    """What the last block gives for ids [1, T], and the cache with them: keys, values, and how many came before."""
    heads, width = sizes["heads"], sizes["width"]
    keys, values, begin = ([None] * sizes["layers"], [None] * sizes["layers"], 0) if cache is None else cache

    def linear(name, x):
        return x @ p[f"{name}.w"] + p[f"{name}.b"]

    def norm(name, x):
        scale = jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)
        return (x - x.mean(-1, keepdims=True)) * scale * p[f"{name}.scale"] + p[f"{name}.shift"]

    def split(x):
        return x.reshape(-1, heads, width // heads).swapaxes(0, 1)

    count = ids.shape[1]
    x = p["tokens"][ids[0]] + jax.lax.dynamic_slice_in_dim(p["positions"], begin, count)
    filled = []
    for i in range(sizes["layers"]):
        h = norm(f"{i}.norm1", x)
        q, k, v = (split(linear(f"{i}.{name}", h)) for name in ("query", "key", "value"))
        if cache is not None:
            k = jax.lax.dynamic_update_slice(keys[i], k, (0, begin, 0))
            v = jax.lax.dynamic_update_slice(values[i], v, (0, begin, 0))
        filled.append((k, v))
        seen = jnp.arange(k.shape[1]) <= begin + jnp.arange(count)[:, None]
        scores = jnp.where(seen, q @ k.swapaxes(-1, -2) / np.float32(np.sqrt(width // heads)), -1e9)
        mixed = jax.nn.softmax(scores) @ v
        x = x + linear(f"{i}.out", mixed.swapaxes(0, 1).reshape(count, width))
        h = norm(f"{i}.norm2", x)
        x = x + linear(f"{i}.down", jax.nn.gelu(linear(f"{i}.up", h)))
    return norm("norm", x), (*(list(parts) for parts in zip(*filled)), begin + count)


def empty(sizes, places):
    heads, size = sizes["heads"], sizes["width"] // sizes["heads"]
    room = [[jnp.zeros((heads, places, size)) for _ in range(sizes["layers"])] for _ in range(2)]
    return *room, jnp.int32(0)


def taken(given):
    """On JAX's side, one at a time: the numbers are not held twice."""
    return {name: jnp.asarray(given.pop(name)) for name in list(given)}


def gpt2_adam(sizes, given):
    ids, targets = given.pop("ids"), given.pop("targets")

    def loss(p, ids, targets):
        return jnp.mean(cross_entropy(hidden(sizes, p, ids)[0] @ p["tokens"].T, targets[0]))

    step = adam(loss, sizes["learningRate"])
    return Training(step, adam_state(given), [ids, targets], lambda state: state[0]["norm.scale"], sizes["steps"])


def gpt2_forward(sizes, given, jit=True):
    ids = given.pop("ids")

    def call(p, ids):
        return hidden(sizes, p, ids)[0] @ p["tokens"].T

    return Repeated(call, jit, lambda scores: scores[-1:]).on(taken(given), ids)


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def following(sizes, p, cache, ids):
    """The best token after ids, [1, 1], and the cache."""
    x, cache = hidden(dict(sizes), p, ids, cache)
    return jnp.argmax(x[-1:] @ p["tokens"].T, -1, keepdims=True).astype(jnp.int32), cache


class Prefill:
    def __init__(self, sizes, given):
        self.sizes, self.p, self.turn = tuple(sizes.items()), taken(given), 0
        self.prompts = [self.p.pop(f"ids{i}") for i in range(4)]
        self.cache = empty(sizes, sizes["positions"])

    def first(self, ids):
        token, self.cache = following(self.sizes, self.p, (*self.cache[:2], jnp.int32(0)), ids)
        return token.item()

    def values(self):
        return [[self.first(ids) for ids in self.prompts]]

    def run(self, calls):
        for _ in range(calls):
            self.first(self.prompts[self.turn % 4])
            self.turn += 1


class Tokens:
    def __init__(self, sizes, given):
        self.sizes, self.p, self.count = tuple(sizes.items()), taken(given), sizes["count"]
        ids = self.p.pop("ids")
        self.filled = ids.shape[1]
        _, self.cache = following(self.sizes, self.p, empty(sizes, sizes["places"]), ids)
        self.restart()

    def restart(self):
        self.cache = *self.cache[:2], jnp.int32(self.filled)
        self.used, self.last = self.filled, jnp.zeros((1, 1), jnp.int32)

    def token(self):
        self.last, self.cache = following(self.sizes, self.p, self.cache, self.last)
        self.used += 1
        return self.last.item()

    def values(self):
        self.restart()
        return [[self.token() for _ in range(self.count)]]

    def run(self, calls):
        for _ in range(calls):
            if self.used == self.filled + self.count + 1:
                self.restart()
            self.token()


WORKLOADS = {
    "gpt2_adam": gpt2_adam,
    "gpt2_forward": gpt2_forward,
    "gpt2_eager": lambda sizes, given: gpt2_forward(sizes, given, jit=False),
    "gpt2_prefill": Prefill,
    "gpt2_token": Tokens,
}
