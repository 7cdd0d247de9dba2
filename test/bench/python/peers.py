"""Runs workloads in JAX, PyTorch and NumPy for the benchmark: one JSON request a line on stdin, one JSON answer a line on stdout.
`peers.py LIBRARY` loads that one alone.

{"op": "hello"}                                        -> {"libraries": [{"name", "version", "threads", "workloads"}]}
{"op": "open", "library", "workload", "sizes", "inputs"} -> {}                       the program replaces the last one
{"op": "values", "folder"}                             -> {"seconds", "files"}      float32, in the order of the results
{"op": "time", "calls"}                                -> {"seconds"}
{"op": "memory"}                                       -> {"bytes"}                 the peak of what was resident
What fails is answered with {"error": ...}.
"""
import importlib
import json
import os
import re
import resource
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of NumPy, which is asked what one core can do

import inputs

import numpy as np


def libraries(only):
    for name in only or ("jax", "torch", "numpy"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        rows = importlib.import_module(f"{name}_rows")
        if rows.WORKLOADS:
            yield name, rows


def peak_memory():
    """As memory.ts: ru_maxrss on Linux is at least the parent's."""
    try:
        with open("/proc/self/status") as status:
            return int(re.search(r"^VmHWM:\s*(\d+) kB$", status.read(), re.MULTILINE)[1]) * 1024
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def answer(request, rows, programs):
    op = request["op"]
    if op == "hello":
        return {"libraries": [
            {"name": n, "version": m.VERSION, "threads": m.THREADS, "workloads": list(m.WORKLOADS)}
            for n, m in rows.items()
        ]}
    if op == "memory":
        return {"bytes": peak_memory()}
    library = request["library"]
    if op == "open":
        programs.pop(library, None)
        rows[library].forget()
        given = {name: inputs.make(spec) for name, spec in request["inputs"].items()}
        programs[library] = rows[library].WORKLOADS[request["workload"]](request["sizes"], given)
        return {}
    program = programs[library]
    began = time.perf_counter()
    if op == "time":
        program.run(request["calls"])
        return {"seconds": time.perf_counter() - began}
    values = program.values()
    seconds = time.perf_counter() - began
    files = []
    for i, x in enumerate(values):
        files.append(os.path.join(request["folder"], f"{library}{i}.f32"))
        np.asarray(x, dtype=np.float32).tofile(files[-1])
    return {"seconds": seconds, "files": files}


def main():
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    rows, programs = dict(libraries(sys.argv[1:])), {}
    for line in sys.stdin:
        try:
            result = answer(json.loads(line), rows, programs)
        except Exception as error:  # said to the caller, which reports it in its table
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), file=out, flush=True)


main()
