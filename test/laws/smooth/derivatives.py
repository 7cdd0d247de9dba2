"""Writes derivatives.json: the derivatives of orders 1 to 4 of smooth functions along lines, by mpmath with 60 digits.

Every function is written as in a textbook, without max, |x| or case distinctions. A case is a function of arguments that are numbers or
lists of numbers, points, and directions; its value, if it is a list, is summed with the weights 1, 1/2, 1/3 ...
Run with a Python that has mpmath: python test/laws/smooth/derivatives.py; npx biome format --write test/laws/smooth
"""

import json
import pathlib

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 60
ORDERS = 4
cases = {}


def weighted(y):
    return mp.fsum(v / (i + 1) for i, v in enumerate(y)) if isinstance(y, list) else y


def moved(x, v, s):
    return [moved(a, b, s) for a, b in zip(x, v)] if isinstance(x, list) else mpf(x) + s * mpf(v)


def case(name, f, points):
    rows = []
    for x, v in points:
        line = lambda s: weighted(f(*[moved(a, b, s) for a, b in zip(x, v)]))
        derivatives = [mp.diff(line, 0, n) for n in range(1, ORDERS + 1)]
        # Differences of 60 digits leave noise where a derivative is 0.
        rows.append({"x": x, "v": v, "d": [0.0 if abs(d) < 1e-30 else float(d) for d in derivatives]})
    cases[name] = rows


def unary(name, f, xs):
    case(name, f, [([x], [1]) for x in xs])


def binary(name, f, pairs, directions=((1, 0), (0, 1), (1, 1), (1, -0.5))):
    case(name, f, [(list(p), list(v)) for p in pairs for v in directions])


def vector(name, f, xs):
    """f of one vector, along the first axis, the last one, and all of them."""

    def along(x):
        n = len(x)
        return [[1] + [0] * (n - 1), [0] * (n - 1) + [1], [1 - 0.75 * i for i in range(n)]]

    case(name, f, [([x], [v]) for x in xs for v in along(x)])


whole = [0, 0.5, -0.5, 1, -1, 2.5, -2.5, 20, -20, 2**-54, -(2**-30)]
wide = [*whole, 0.9, 1.5, -0.6, 0.6, 5.95, 40, -40]
small = [0, 0.25, -0.25, 0.5, -0.5, 0.9, -0.9, 2**-54]
positive = [1, 0.5, 2, 1e-3, 1e3, 2**0.5, 2**-0.5, 7.25]

sigmoid = lambda x: 1 / (1 + mp.exp(-x))
softplus = lambda x: mp.log1p(mp.exp(x))
phi = lambda x: mp.erfc(-x / mp.sqrt(2)) / 2

unary("exp", mp.exp, whole)
unary("exp2", lambda x: mpf(2) ** x, whole)
unary("expm1", mp.expm1, whole)
unary("log", mp.log, positive)
unary("log1p", mp.log1p, [0, 0.5, -0.5, -0.9, 3, 2**-54])
unary("log2", lambda x: mp.log(x) / mp.log(2), positive)
unary("log10", lambda x: mp.log(x) / mp.log(10), positive)
unary("sqrt", mp.sqrt, positive)
unary("rsqrt", lambda x: 1 / mp.sqrt(x), positive)
unary("cbrt", lambda x: mp.cbrt(x) if mp.re(x) > 0 else -mp.cbrt(-x), [*positive, -1, -8])
unary("sin", mp.sin, whole)
unary("cos", mp.cos, whole)
unary("tan", mp.tan, [0, 0.5, -1, 2.5])
unary("asin", mp.asin, small)
unary("acos", mp.acos, small)
unary("atan", mp.atan, whole)
unary("sinh", mp.sinh, whole)
unary("cosh", mp.cosh, whole)
unary("tanh", mp.tanh, wide)
unary("asinh", mp.asinh, whole)
unary("acosh", mp.acosh, [1.25, 2, 10])
unary("atanh", mp.atanh, small)
unary("deg2rad", lambda x: x * mp.pi / 180, [0, 90])
unary("rad2deg", lambda x: x * 180 / mp.pi, [0, 1])
unary("erf", mp.erf, [x for x in wide if abs(x) < 10])
unary("erfc", mp.erfc, [x for x in wide if abs(x) < 10] + [0.5000001])
unary("erfInv", mp.erfinv, small)
unary("neg", lambda x: -x, [0, 1])
unary("square", lambda x: x * x, [0, 1, -3])
unary("reciprocal", lambda x: 1 / x, [1, -2, 0.5])
unary("sigmoid", sigmoid, whole)
unary("softplus", softplus, wide)
unary("logSigmoid", lambda x: -softplus(-x), wide)
unary("silu", lambda x: x * sigmoid(x), wide)
unary("mish", lambda x: x * mp.tanh(softplus(x)), wide)
unary(
    "gelu", lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))), [x for x in wide if abs(x) < 10]
)
unary("gelu:exact", lambda x: x * phi(x), [x for x in wide if abs(x) < 10])

equal = [(0, 0), (1, 1), (-3, -3), (1, 0), (0, 2), (-2.5, 0.5), (1000, 1000), (5, -30)]
binary("logaddexp", lambda x, y: x + mp.log1p(mp.exp(y - x)), equal)
binary("hypot", lambda x, y: mp.sqrt(x * x + y * y), [(0, 1), (0, -2), (3, 0), (1, 1), (-2, 2), (3, -4), (0.25, 4)])
binary("atan2", lambda y, x: mp.atan2(y, x) if mp.re(x) > 0 else mp.pi / 2 - mp.atan(x / y), [(0, 1), (1, 1), (-1, 1), (1, 0), (2, -1)])
case("pow", lambda x, y: x**y, [([x, y], list(v)) for x, y in [(1, 0), (1, 1), (2, 0), (1.5, 2.5), (2, -3), (0.5, 0.5)] for v in [(1, 0), (0, 1), (1, 1)]])
case("pow:integer", lambda x, y: x ** int(y), [([x, n], [1, 0]) for x in [0, -2, 1, 0.5] for n in [0, 1, 2, 3, 4, 5]])
binary("add", lambda x, y: x + y, [(0, 0)])
binary("sub", lambda x, y: x - y, [(0, 0), (1, 1)])
binary("mul", lambda x, y: x * y, [(0, 0), (1, 1), (2, -3)])
binary("mulNoNan", lambda x, y: x * y, [(0, 0), (1, 0), (0, 1), (2, -3)])
binary("div", lambda x, y: x / y, [(0, 1), (1, 1), (2, -3)])

rows = [[0, 0, 0], [1, 1, 1], [0, 1, -2], [1000, 1000, 999], [-1, 3, 3]]
expsum = lambda x: mp.fsum(mp.exp(v - x[0]) for v in x)
logsumexp = lambda x: x[0] + mp.log(expsum(x))
mean = lambda x: mp.fsum(x) / len(x)
variance = lambda x: mp.fsum((v - mean(x)) ** 2 for v in x) / len(x)
length = lambda x: mp.sqrt(mp.fsum(v * v for v in x))


def running(f):
    return lambda x: [f(x[: i + 1]) for i in range(len(x))]


vector("logsumexp", logsumexp, rows)
vector("cumlogsumexp", running(logsumexp), rows)
vector("softmax", lambda x: [mp.exp(v - x[0]) / expsum(x) for v in x], rows)
vector("logSoftmax", lambda x: [v - logsumexp(x) for v in x], rows)
vector("sum", mp.fsum, rows)
vector("mean", mean, rows)
vector("cumsum", running(mp.fsum), rows)
vector("prod", mp.fprod, [[0, 0, 0, 0], [1, 0, 2, 3], [0, 0, 2, 1], [1, 1, 1, 1], [2, -1, 3, 0.5], [2, 0, 3, 0, 5]])
vector("cumprod", running(mp.fprod), [[0, 0, 0, 0], [1, 0, 2, 3], [0, 0, 2, 1], [2, -1, 3, 0.5]])
vector("variance", variance, rows)
vector("std", lambda x: mp.sqrt(variance(x)), [[0, 1, -2], [-1, 3, 3], [0, 0, 1]])
vector("standardize", lambda x: [(v - mean(x)) / mp.sqrt(variance(x) + mpf("1e-5")) for v in x], [[0, 1, -2], [-1, 3, 3]])
vector("norm", length, [[3, -4, 0], [0, 0, 2], [1, 1, 1], [1e-3, 0, 0.5]])
vector("norm:4", lambda x: mp.fsum(v**4 for v in x) ** mpf(0.25), [[3, -4, 0], [0, 0, 2], [1, 1, 1]])
vector("glu", lambda x: [x[i] * sigmoid(x[i + len(x) // 2]) for i in range(len(x) // 2)], [[0, 0, 0, 0], [1, -2, 0, 3]])
case(
    "average",
    lambda x, w: mp.fsum(a * b for a, b in zip(x, w)) / mp.fsum(w),
    [([[1, 0, 2], [1, 1, 1]], [a, b]) for a, b in [([1, 0, -1], [0, 0, 0]), ([0, 0, 0], [1, 0, 0]), ([1, 0, 1], [0.5, 1, 0])]],
)

# Losses.
score = [0, 0.5, -0.5, 3, -3, 30, -30]
targets = [0, 1, 0.25]


def loss(name, f, points, direction=(1, 0)):
    case(name, f, [(list(p), list(direction)) for p in points])


bce = lambda x, t: t * softplus(-x) + (1 - t) * softplus(x)
loss("nn.binaryCrossEntropy", bce, [(x, t) for x in score for t in targets])
loss("nn.binaryCrossEntropyOf", lambda p, t: -t * mp.log(p) - (1 - t) * mp.log(1 - p), [(p, t) for p in [0.5, 0.1, 0.9] for t in targets])


def focal(gamma):
    return lambda x, t: (t * sigmoid(-x) + (1 - t) * sigmoid(x)) ** mpf(gamma) * bce(x, t)


loss("nn.focal", focal(2), [(x, t) for x in score[:5] for t in targets])
loss("nn.focal:half", focal(0.5), [(x, t) for x in score[:5] for t in targets])
both = ((1, 0), (0, 1), (1, -0.5))
binary("nn.logCosh", lambda x, y: mp.log(mp.cosh(x - y)), [(0, 0), (1, 1), (0.5, 0), (-2, 1), (40, 0)], both)
binary("nn.squaredError", lambda x, y: (x - y) ** 2, [(0, 0), (1, 3)], both)
loss("nn.poissonLoss", lambda x, t: x - t * mp.log(x + mpf(1e-8)), [(1, 0), (1, 2), (0.25, 3)])
loss("nn.poissonLoss:log", lambda x, t: mp.exp(x) - t * x, [(0, 0), (1, 2), (-1, 3)])
case(
    "nn.gaussianLoss",
    lambda x, t, v: (mp.log(v) + (x - t) ** 2 / v) / 2,
    [([x, t, v], d) for x, t, v in [(0, 0, 1), (1, 3, 0.5)] for d in [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0.5, 1]]],
)
vector("nn.crossEntropy", lambda x: logsumexp(x) - x[1], rows)
vector("nn.crossEntropy:smoothed", lambda x: logsumexp(x) - mpf(0.75) * x[1] - mpf(0.25) * mean(x), rows)
vector("nn.softCrossEntropy", lambda x: logsumexp(x) - mpf(0.25) * x[0] - mpf(0.75) * x[2], rows)
shares = [[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]
vector("nn.nll", lambda p: -mp.log(p[1]), shares)
vector("nn.categoricalCrossEntropy", lambda p: -mpf(0.25) * mp.log(p[0]) - mpf(0.75) * mp.log(p[2]), shares)
case(
    "nn.klDivergence",
    lambda p, q: mp.fsum(a * (mp.log(a) - b) for a, b in zip(p, q)),
    [([p, [-1, -1, -2]], d) for p in shares for d in [[[1, -0.5, 0], [0, 0, 0]], [[0, 0, 0], [1, 0, 2]], [[1, 1, -1], [0, 1, 1]]]],
)
cosine = lambda x, y: mp.fsum(a * b for a, b in zip(x, y)) / length(x) / length(y)
vectors = [([1, 0], [0, 1]), ([1, 1], [1, 1]), ([3, -4], [0, 2])]
lines = [[[1, 0], [0, 0]], [[0, 1], [0, 0]], [[1, -0.5], [0.5, 1]]]
for name, f in [("nn.cosineSimilarity", cosine), ("nn.cosineDistance", lambda x, y: 1 - cosine(x, y))]:
    case(name, f, [([x, y], d) for x, y in vectors for d in lines])

# Layers. Matrices are given as their elements, row by row.
def table(x, columns):
    return [x[i : i + columns] for i in range(0, len(x), columns)]


def product(x, w):
    return [mp.fsum(a * row[j] for a, row in zip(x, w)) for j in range(len(w[0]))]


plus = lambda x, y: [a + b for a, b in zip(x, y)]
tanh_of = lambda x: [mp.tanh(v) for v in x]
sigmoid_of = lambda x: [sigmoid(v) for v in x]
EPSILON = mpf(0.25)
standard = lambda x: [(v - mean(x)) / mp.sqrt(variance(x) + EPSILON) for v in x]


def affine(x, scale, shift):
    return [v * scale[i % len(scale)] + shift[i % len(shift)] for i, v in enumerate(x)]


def along_all(name, f, xs):
    """Along the first argument alone, each of the others alone, and all of them, elements moving at different speeds."""
    speeds = [[1 - 0.75 * j + 0.25 * i for j in range(len(x))] for i, x in enumerate(xs[0])]
    still = [[0] * len(x) for x in xs[0]]
    ways = [[s if i == k else z for i, (s, z) in enumerate(zip(speeds, still))] for k in range(len(speeds))] + [speeds]
    case(name, f, [(x, v) for x in xs for v in ways])


scale_shift = [[1, -2], [0.5, 0]]
four = [[0, 0, 0, 0], [1, 1, 1, 1], [1, -2, 0.5, 3]]
along_all("nn.layerNorm", lambda x, s, b: affine(standard(x), s, b), [[x, *scale_shift] for x in [[0, 0], [1, -2], [3, 3]]])
along_all(
    "nn.rmsNorm",
    lambda x, s: [v * a / mp.sqrt(mp.fsum(w * w for w in x) / len(x) + EPSILON) for v, a in zip(x, s)],
    [[x, [1, -2, 0.5]] for x in [[0, 0, 0], [1, -2, 0.5]]],
)
# Four features of one example in two groups.
along_all(
    "nn.groupNorm",
    lambda x, s, b: affine([*standard(x[:2]), *standard(x[2:])], s, b),
    [[x, [1, -2, 0.5, 1], [0.5, 0, 1, -1]] for x in four],
)
# Two places of two features.
flat = lambda rows: [v for row in rows for v in row]
by_feature = lambda x, s, b: affine(flat(zip(standard(x[0::2]), standard(x[1::2]))), s, b)
for name in ["nn.instanceNorm", "nn.batchNorm"]:
    along_all(name, by_feature, [[x, *scale_shift] for x in four])
along_all("nn.linear", lambda x, w, b: plus(product(x, table(w, 2)), b), [[[1, -2], [0.5, 1, 0, -1], [0, 3]]])


def recurrent(gates):
    cells = 2 * gates
    w = lambda seed: [round(float(mp.cos(seed + k * k)) * 64) / 64 for k in range(2 * cells)]
    return [[h, [1, -0.5], w(1), w(2), [0.25 * (k % 3) for k in range(cells)]] for h in [[0, 0], [0.5, -1]]]


halves = lambda x, n: [x[2 * i : 2 * i + 2] for i in range(n)]
along_all(
    "nn.simpleRnnCell",
    lambda h, x, wx, wh, b: tanh_of(plus(plus(product(x, table(wx, 2)), product(h, table(wh, 2))), b)),
    recurrent(1),
)


def lstm(h, x, wx, wh, b):
    # The cell is the state taken backwards, so that it moves as well.
    i, f, g, o = halves(plus(plus(product(x, table(wx, 8)), product(h, table(wh, 8))), b), 4)
    c = [sigmoid(q) * old + sigmoid(p) * mp.tanh(r) for p, q, r, old in zip(i, f, g, h[::-1])]
    return [*[sigmoid(p) * mp.tanh(q) for p, q in zip(o, c)], *c]


def gru(h, x, wx, wh, b):
    xr, xz, xn = halves(plus(product(x, table(wx, 6)), b), 3)
    hr, hz, hn = halves(product(h, table(wh, 6)), 3)
    r, z = sigmoid_of(plus(xr, hr)), sigmoid_of(plus(xz, hz))
    n = [mp.tanh(p + q * s) for p, q, s in zip(xn, r, hn)]
    return [p + q * (old - p) for p, q, old in zip(n, z, h)]


along_all("nn.lstmCell", lstm, recurrent(4))
along_all("nn.gruCell", gru, recurrent(3))


def attention(q, k, v):
    keys, found = table(k, 2), []
    for row in table(q, 2):
        weights = [mp.exp(mp.fsum(a * b for a, b in zip(row, key)) / mp.sqrt(2)) for key in keys]
        found += [w / mp.fsum(weights) for w in product(weights, table(v, 2))]
    return found


along_all("nn.dotProductAttention", attention, [[q, [1, 0, 0.5, 2, -1, 1], [1, 2, 3, -4, 0, 0.5]] for q in [[0, 0, 0, 0], [1, -2, 0.5, 3]]])


def info_nce(q, k):
    queries, keys = table(q, 2), table(k, 2)
    scores = [[cosine(x, y) * 2 for y in keys] for x in queries]
    return [logsumexp(row) - row[i] for i, row in enumerate(scores)]


along_all("nn.infoNce", info_nce, [[q, [1, 0, 0, 2]] for q in [[1, 0, 0, 2], [1, -2, 0.5, 3]]])

body = ",\n".join(f' "{name}": [\n' + ",\n".join("  " + json.dumps(r) for r in rows) + "\n ]" for name, rows in cases.items())
path = pathlib.Path(__file__).with_name("derivatives.json")
path.write_text(f'{{\n "mpmath": "{mp.__version__}",\n "orders": {ORDERS},\n "cases": {{\n{body}\n}}\n}}\n')
print(len(cases), "functions,", sum(map(len, cases.values())), "lines")
