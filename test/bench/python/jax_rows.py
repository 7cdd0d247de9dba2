"""The workloads in JAX."""
import os

import jax
import jax.numpy as jnp
import numpy as np

import jax_gpt2
from jax_programs import Repeated, Training, adam, adam_state, cross_entropy

VERSION = jax.__version__
THREADS = os.cpu_count()


def forget():
    """So that the next program compiles as in a new process."""
    jax.clear_caches()


def mlp_logits(p, x):
    return jax.nn.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]


def parameters(given):
    return {k: v for k, v in given.items() if k not in ("x", "y", "ids", "targets")}


def mlp(sizes, given):
    def loss(p, x, y):
        return jnp.mean(cross_entropy(mlp_logits(p, x), y))

    step = adam(loss, sizes["learningRate"])
    batch, length = [given["x"], given["y"]], sizes.get("length", 1)
    return Training(step, adam_state(parameters(given)), batch, lambda state: state[0]["w2"], sizes["steps"], length)


def per_example(sizes, given):
    def loss(p, x, y):
        return cross_entropy(mlp_logits(p, x), y)

    gradients = jax.vmap(jax.grad(loss), (None, 0, 0))

    def call(p, x, y):
        g = gradients(p, x, y)
        return [g[k] for k in ("w1", "b1", "w2", "b2")]

    return Repeated(call).on(parameters(given), given["x"], given["y"])


def cnn(sizes, given):
    def convolved(x, kernel):
        return jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def pooled(x):
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def loss(p, x, y):
        x = pooled(jax.nn.relu(convolved(x, p["k1"]) + p["b1"]))
        x = pooled(jax.nn.relu(convolved(x, p["k2"]) + p["b2"]))
        return jnp.mean(cross_entropy(x.reshape(x.shape[0], -1) @ p["w"] + p["b"], y))

    step = adam(loss, sizes["learningRate"])
    batch = [given["x"], given["y"]]
    return Training(step, adam_state(parameters(given)), batch, lambda state: state[0]["b1"], sizes["steps"])


def standardized(x):
    return (x - x.mean(-1, keepdims=True)) * jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)


def gpt(sizes, given):
    layers, heads, length = sizes["layers"], sizes["heads"], sizes["length"]
    mask = np.triu(np.full((length, length), -1e9, np.float32), 1)

    def split(x):
        return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    def block(p, i, x):
        def of(name):
            return p[f"{i}.{name}"]

        h = standardized(x) * of("scale1") + of("bias1")
        q, k, v = (split(h @ of(name)) for name in "qkv")
        scores = q @ k.swapaxes(-1, -2) / np.float32(np.sqrt(q.shape[-1]))
        mixed = jax.nn.softmax(scores + mask) @ v
        x = x + mixed.transpose(0, 2, 1, 3).reshape(x.shape) @ of("o")
        h = standardized(x) * of("scale2") + of("bias2")
        return x + jax.nn.gelu(h @ of("up")) @ of("down")

    def loss(p, ids, targets):
        x = p["tokens"][ids] + p["positions"]
        for i in range(layers):
            x = block(p, i, x)
        logits = (standardized(x) * p["scale"] + p["bias"]) @ p["head"]
        return jnp.mean(cross_entropy(logits, targets))

    def step(p, ids, targets):
        value, gradients = jax.value_and_grad(loss)(p, ids, targets)
        return jax.tree.map(lambda w, g: w - sizes["learningRate"] * g, p, gradients), value

    batch = [given["ids"], given["targets"]]
    return Training(step, parameters(given), batch, lambda p: p["tokens"], sizes["steps"])


def lstm(sizes, given):
    def loss(p, x):
        def step(state, now):
            h, c = state
            i, f, g, o = jnp.split(now @ p["wx"] + h @ p["wh"] + p["b"], 4, 1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        start = jnp.zeros((x.shape[1], p["wh"].shape[0]))
        (h, _), _ = jax.lax.scan(step, (start, start), x)
        return jnp.mean(h**2)

    return Repeated(lambda p, x: jax.grad(loss)(p, x)["wh"]).on(parameters(given), given["x"])


def hessian(sizes, given):
    def f(x, w):
        return jnp.sum(jnp.tanh(w @ x) ** 2)

    return Repeated(jax.hessian(f)).on(given["x"], given["w"])


def function(f, *names, **options):
    # A new function each time, or jit would remember the last one.
    return lambda sizes, given: Repeated(lambda *xs: f(*xs), **options).on(*(given[name] for name in names))


WORKLOADS = {
    "matmul": function(jnp.matmul, "a", "b"),
    "large_matmul": function(jnp.matmul, "a", "b", watched=lambda product: product[-64:]),
    "elementwise": function(lambda x: jnp.tanh(2 * x + 1) * x, "a"),
    "softmax": function(jax.nn.softmax, "a"),
    "layer_norm": function(lambda x, s, b: standardized(x) * s + b, "a", "scale", "bias"),
    "sum": function(jnp.sum, "a"),
    "cached_call": function(lambda x, y: x * y + 1, "a", "b"),
    "eager_add": function(jnp.add, "a", "b", jit=False),
    "eager_normal": lambda sizes, given: Repeated(
        lambda: jax.random.normal(jax.random.key(0), (sizes["n"],)), jit=False).on(),
    "hessian": hessian,
    "lstm": lstm,
    "mlp": mlp,
    "mlp_steps": mlp,
    "per_example": per_example,
    "cnn": cnn,
    "gpt": gpt,
    **jax_gpt2.WORKLOADS,
}
