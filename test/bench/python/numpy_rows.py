"""Matrix products in NumPy, where it has OpenBLAS: how fast one core of this machine is."""
import numpy as np

BLAS = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
HAS_OPENBLAS = "openblas" in BLAS["name"]
VERSION = f"{np.__version__}, OpenBLAS {BLAS['version']}"
THREADS = 1  # peers.py says so before it imports NumPy


def forget():
    pass


class Product:
    def __init__(self, sizes, given):
        self.a, self.b = given["a"], given["b"]

    def values(self):
        return [np.matmul(self.a, self.b)]

    def run(self, calls):
        for _ in range(calls):
            np.matmul(self.a, self.b)


class LargeProduct(Product):
    def values(self):
        return [np.matmul(self.a, self.b)[-64:]]


WORKLOADS = {"matmul": Product, "large_matmul": LargeProduct} if HAS_OPENBLAS else {}
