#!/usr/bin/env python3
"""Writes what PyTorch prints: printing.json, for the Python expressions listed in that file, and
printing_random.json, for tensors of many kinds.

In the second, values are written out (floats as hexadecimal floats, exact in the tensor's dtype),
so that the file says everything a test needs and the seed below only decides which cases there are.
"""
import json
import random
import re
import sys

import golden
from golden import torch

FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTS = ["int64", "int32", "uint8"]
LIMITS = {"int64": 2**63 - 1, "int32": 2**31 - 1, "uint8": 255}
SPECIAL = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0]
OPTIONS = [
    {"precision": 2},
    {"precision": 0},
    {"precision": 9, "linewidth": 60},
    {"threshold": 10},
    {"threshold": 0, "edgeitems": 1},
    {"threshold": 20, "edgeitems": 2, "linewidth": 40},
    {"linewidth": 20},
    {"linewidth": 120},
    {"linewidth": 1},
    {"sci_mode": True},
    {"sci_mode": False},
    {"sci_mode": True, "precision": 1},
    {"sci_mode": False, "precision": 6, "threshold": 8, "edgeitems": 2},
]


def set_options(options):
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**options)


def random_float(rng, kind):
    if kind == "integral":
        return float(rng.randint(-2000, 2000))
    if kind == "small integral":
        return float(rng.randint(-9, 9))
    if kind == "wide":
        return rng.choice([-1, 1]) * 10 ** rng.uniform(-30, 30)
    if kind == "tiny":
        return rng.uniform(-1e-4, 1e-4)
    if kind == "large":
        return rng.uniform(-2e8, 2e8)
    if kind == "quarters":  # halves to round
        return rng.randint(-400, 400) / 32
    return rng.gauss(0, 1)


def random_values(rng, dtype, count):
    if dtype == "bool":
        return [rng.random() < 0.5 for _ in range(count)]
    if dtype in INTS:
        limit = min(LIMITS[dtype], rng.choice([9, 100, 10**6, 2**63 - 1]))
        low = 0 if dtype == "uint8" else -limit
        return [rng.randint(low, limit) for _ in range(count)]
    kind = rng.choice(["integral", "small integral", "wide", "tiny", "large", "quarters", "normal",
                       "normal", "normal"])
    special = rng.choice([0, 0, 0.2, 1 if rng.random() < 0.3 else 0.5])
    return [rng.choice(SPECIAL) if rng.random() < special else random_float(rng, kind)
            for _ in range(count)]


def random_shape(rng):
    dims = rng.choice([0, 1, 1, 1, 2, 2, 2, 3, 3, 4])
    if dims == 1 and rng.random() < 0.15:
        return [rng.choice([999, 1000, 1001, 1200])]
    largest = {0: 1, 1: 40, 2: 9, 3: 5, 4: 3}[dims]
    shape = [rng.randint(1, largest) for _ in range(dims)]
    if dims and rng.random() < 0.08:
        shape[rng.randrange(dims)] = 0
    return shape


def hex_text(value):
    return re.sub(r"\.?0+p", "p", value.hex()) if value else value.hex().replace(".0p+0", "p+0")


def case(values, shape, dtype, options, meta=False, requires_grad=False):
    kind = getattr(torch, dtype)
    if meta:
        t = torch.empty(shape, dtype=kind, device="meta")
    else:
        t = torch.tensor(values, dtype=kind).reshape(shape)
    if requires_grad:
        t.requires_grad_()
    set_options(options)
    entry = {"shape": shape, "dtype": dtype}
    if not meta:
        flat = t.detach().reshape(-1)
        exact = flat.double() if t.is_floating_point() else flat
        entry["values"] = [hex_text(v) if isinstance(v, float) else int(v) for v in exact.tolist()]
    for key, value in [("options", options), ("meta", meta), ("requires_grad", requires_grad)]:
        if value:
            entry[key] = value
    entry["text"] = str(t)
    return entry


def random_case(rng):
    shape = random_shape(rng)
    count = 1
    for size in shape:
        count *= size
    dtype = rng.choice(FLOATS * 2 + ["float32"] * 6 + INTS + ["bool"])
    if count > 300:  # keeps the file small
        dtype = rng.choice(["uint8", "bool"])
    options = rng.choice(OPTIONS) if rng.random() < 0.5 else {}
    grad = dtype in FLOATS and rng.random() < 0.15
    return case(random_values(rng, dtype, count), shape, dtype, options, requires_grad=grad)


def chosen_cases():
    names = {"torch": torch, "T": torch.tensor, "nan": float("nan"), "inf": float("inf")}
    listed = json.loads((golden.FOLDER / "printing.json").read_text(encoding="utf-8"))["cases"]
    return [entry | {"text": str(eval(entry["python"], names))} for entry in listed]


def random_cases():
    rng = random.Random(2)
    cases = [random_case(rng) for _ in range(150)]
    for dtype in FLOATS + INTS + ["bool"]:
        for shape in [[], [3], [3, 4], [2, 0]]:
            cases.append(case(None, shape, dtype, {}, meta=True))
        cases.append(case([], [0, 3], dtype, {}))
    cases.append(case(None, [2, 3], "float32", {}, meta=True, requires_grad=True))
    cases.append(case(None, [2, 3], "float64", {"linewidth": 50}, meta=True, requires_grad=True))
    return cases


def facts():
    chosen = {"about": f"str(tensor) of PyTorch {torch.__version__}. T is torch.tensor.",
              "cases": chosen_cases()}
    head = (f'{{"about": "str(tensor) of PyTorch {torch.__version__}; written by '
            'generate_printing.py",\n"cases": [\n')
    return {"printing.json": json.dumps(chosen, indent=1),
            "printing_random.json": golden.line_per_case(head, random_cases(), "\n]}\n")}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
