"""Writes special.json: functions of zeros, infinities, NaN and a few other numbers, by the C library (glibc, which keeps annex F of C99)
and, where C has no such function, by NumPy. Where NumPy leaves the sign of a zero open (maximum, minimum) or differs from XLA (sign,
remainder), IEEE 754-2019 and XLA are followed: 0 is larger than -0, sign keeps zeros, a remainder of 0 has the sign of the dividend. Run with a Python that has NumPy:
python test/array/special.py; npx biome format --write test/array/special.json"""

import ctypes
import ctypes.util
import json
import math
import pathlib

import numpy as np

np.seterr(all="ignore")
libm = ctypes.CDLL(ctypes.util.find_library("m"))


def of_c(name, arity):
    f = getattr(libm, name)
    f.restype = ctypes.c_double
    f.argtypes = [ctypes.c_double] * arity
    return f


def of_numpy(f):
    return lambda *x: float(f(*map(np.float64, x)))


inf, nan = math.inf, math.nan
points = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, inf, -inf, nan]
unary = {
    name: of_c(c, 1)
    for name, c in {
        **{n: n for n in "acos asin atan acosh asinh atanh cos sin tan cosh sinh tanh exp exp2 expm1".split()},
        **{n: n for n in "log log10 log1p log2 cbrt sqrt erf erfc ceil floor trunc".split()},
        "abs": "fabs",
        "round": "rint",
    }.items()
}
unary["sign"] = lambda x: x if x == 0 else float(np.sign(x))
unary["reciprocal"] = of_numpy(lambda x: 1 / x)
unary["rsqrt"] = of_numpy(lambda x: 1 / np.sqrt(x))
unary["sigmoid"] = of_numpy(lambda x: 1 / (1 + np.exp(-x)))
unary["softplus"] = of_numpy(lambda x: np.logaddexp(x, 0))
unary["logSigmoid"] = of_numpy(lambda x: -np.logaddexp(-x, 0))
binary = {name: of_c(name, 2) for name in "atan2 hypot pow fmod".split()}
binary["div"] = of_numpy(np.divide)
binary["logaddexp"] = of_numpy(np.logaddexp)
binary["maximum"] = lambda x, y: max(x, y, key=lambda v: math.copysign(1, v)) if x == y == 0 else float(np.maximum(x, y))
binary["minimum"] = lambda x, y: min(x, y, key=lambda v: math.copysign(1, v)) if x == y == 0 else float(np.minimum(x, y))
binary["remainder"] = lambda x, y: math.copysign(0, x) if np.remainder(x, y) == 0 else float(np.remainder(x, y))
binary["floorDivide"] = of_numpy(np.floor_divide)


def shown(x):
    return "NaN" if math.isnan(x) else ("-" if x < 0 else "") + "Infinity" if math.isinf(x) else "-0" if x == 0 and math.copysign(1, x) < 0 else x


out = {
    "points": [shown(x) for x in points],
    "unary": {name: [shown(f(x)) for x in points] for name, f in unary.items()},
    "binary": {name: [[shown(f(x, y)) for y in points] for x in points] for name, f in binary.items()},
}
lines = lambda table: ",\n".join(f'  "{name}": {json.dumps(row)}' for name, row in table.items())
text = f'{{\n "points": {json.dumps(out["points"])},\n "unary": {{\n{lines(out["unary"])}\n }},\n "binary": {{\n{lines(out["binary"])}\n }}\n}}\n'
pathlib.Path(__file__).with_name("special.json").write_text(text)
