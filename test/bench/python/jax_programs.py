"""How programs of JAX are repeated and trained."""
import jax
import jax.numpy as jnp
import numpy as np


class Repeated:
    def __init__(self, call, jit=True, watched=lambda result: result):
        self.call, self.watched = jax.jit(call) if jit else call, watched

    def on(self, *args):
        self.args = [jax.tree.map(jnp.asarray, x) for x in args]
        return self

    def values(self):
        return [np.asarray(x) for x in jax.tree.leaves(self.watched(self.call(*self.args)))]

    def run(self, calls):
        for _ in range(calls):
            jax.block_until_ready(self.call(*self.args))


class Training:
    """A call is so many steps, `length`."""

    def __init__(self, step, state, batch, watched, steps, length=1):
        self.step, self.steps, self.watched, self.length = jax.jit(step), steps, watched, length
        self.state = jax.tree.map(jnp.asarray, state)
        self.batch = [jnp.asarray(x) for x in batch]

    def call(self):
        for _ in range(self.length):
            self.state, loss = jax.block_until_ready(self.step(self.state, *self.batch))
        return loss

    def values(self):
        before = np.asarray(self.watched(self.state))
        losses = np.array([float(self.call()) for _ in range(self.steps)])
        return [losses, np.asarray(self.watched(self.state)) - before]

    def run(self, calls):
        for _ in range(calls):
            self.call()


def adam(loss, rate, b1=0.9, b2=0.999, epsilon=1e-8):
    def step(state, *batch):
        params, mean, square, count = state
        value, gradients = jax.value_and_grad(loss)(params, *batch)
        count = count + 1
        mean = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, mean, gradients)
        square = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, square, gradients)
        c1, c2 = 1 - b1**count, 1 - b2**count
        params = jax.tree.map(lambda p, m, v: p - rate * (m / c1) / (jnp.sqrt(v / c2) + epsilon), params, mean, square)
        return (params, mean, square, count), value

    return step


def adam_state(params):
    zeros = {k: np.zeros_like(p) for k, p in params.items()}
    return params, zeros, zeros, np.float32(0)


def cross_entropy(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], -1)[..., 0]
