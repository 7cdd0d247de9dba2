"""The dtypes that JAX gives: of x + y for every pair, of x with a number literal, of reductions. Writes promotion.json.

Run: python promotion.py   (jax 0.10.2; 64-bit dtypes enabled for f64 alone: integers of 64 bits stand for those of 32)
"""
import json
import pathlib
import warnings

import jax
import jax.numpy as jnp

warnings.filterwarnings("ignore")
names = {
    "f16": "float16", "bf16": "bfloat16", "f32": "float32", "f64": "float64", "i8": "int8", "u8": "uint8",
    "i16": "int16", "u16": "uint16", "i32": "int32", "u32": "uint32", "bool": "bool",
}
short = {long: name for name, long in names.items()} | {"int64": "i32", "uint64": "u32"}
narrow = [name for name in names if name != "f64"]


def name_of(x):
    return short[str(x.dtype)]


jax.config.update("jax_enable_x64", True)
# Without 64-bit mode there is no f64; with it the default dtypes of integers would be wider, so it serves for this table only.
pairs = {a: {b: short[str(jnp.promote_types(names[a], names[b]))] for b in names} for a in names}
jax.config.update("jax_enable_x64", False)
for a in narrow:
    for b in narrow:
        assert name_of(jnp.ones(2, names[a]) + jnp.ones(2, names[b])) == pairs[a][b], (a, b)


def of_each(f, which=narrow):
    return {a: name_of(f(jnp.ones(2, names[a]))) for a in which}


table = {
    "pairs": pairs,
    "integerLiteral": of_each(lambda x: x + 2),
    "fractionalLiteral": of_each(lambda x: x + 1.5),
    "sum": of_each(jnp.sum),
    "prod": of_each(jnp.prod),
    "cumsum": of_each(lambda x: jnp.cumsum(x)),
    "mean": of_each(jnp.mean),
    "div": of_each(lambda x: x / x),
    "exp": of_each(jnp.exp),
    "max": of_each(jnp.max),
    "dot": of_each(lambda x: jnp.dot(x, x), [a for a in narrow if a != "bool"]),
    # Floats to integers truncate and saturate; integers wrap.
    "converted": {
        a: [int(v) for v in jnp.array([300, -300, float("nan"), float("inf"), -1.7, 127.9, 4e4, -4e4, 7e4], "float32").astype(names[a])]
        for a in ["i8", "u8", "i16", "u16", "i32", "u32"]
    },
    "wrapped": {
        a: [int(v) for v in jnp.array([300, -300, 70000, -1], "int32").astype(names[a])]
        for a in ["i8", "u8", "i16", "u16", "u32"]
    },
    "normal": {
        a: [float(v) for v in jax.random.normal(jax.random.key(0), (8,), names[a]).astype("float32")] for a in ["f16", "bf16"]
    },
    "uniform": {
        a: [float(v) for v in jax.random.uniform(jax.random.key(0), (8,), names[a]).astype("float32")] for a in ["f16", "bf16"]
    },
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(table, indent=1) + "\n")
