"""The same numbers as inputs.ts, by the same formula."""
import numpy as np


def uniform(seed, count):
    with np.errstate(over="ignore"):
        h = np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF) + np.arange(count, dtype=np.uint32)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return (h ^ (h >> np.uint32(16))).astype(np.float64) / 2**32


def make(spec):
    u = uniform(spec["seed"], int(np.prod(spec["shape"], dtype=np.int64)))
    if spec["kind"] == "classes":
        return np.floor(u * spec["classes"]).astype(np.int32).reshape(spec["shape"])
    return (spec["low"] + (spec["high"] - spec["low"]) * u).astype(np.float32).reshape(spec["shape"])
