"""The same numbers as inputs.ts, by the same formula."""
import numpy as np


BLOCK = 1 << 20


def uniform(seed, begin, end):
    with np.errstate(over="ignore"):
        h = np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF) + np.arange(begin, end, dtype=np.uint32)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return (h ^ (h >> np.uint32(16))).astype(np.float64) / 2**32


def make(spec):
    count = int(np.prod(spec["shape"], dtype=np.int64))
    numbers = np.empty(count, np.int32 if spec["kind"] == "classes" else np.float32)
    # In blocks, so that making them is not the peak of memory.
    for begin in range(0, count, BLOCK):
        end = min(begin + BLOCK, count)
        u = uniform(spec["seed"], begin, end)
        if spec["kind"] == "classes":
            numbers[begin:end] = np.floor(u * spec["classes"])
        else:
            numbers[begin:end] = spec["low"] + (spec["high"] - spec["low"]) * u
    return numbers.reshape(spec["shape"])
