#!/usr/bin/env python3
"""Writes promotion.json: which dtypes operations give.

Operands are tensors with dimensions ("float32"), 0-d tensors ("0-d float32") and numbers ("number
bool", "number int", "number float"); null stands for an error."""
import json
import sys

import golden
from golden import torch

DTYPES = {
    "float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16,
    "float16": torch.float16, "int64": torch.int64, "int32": torch.int32,
    "uint8": torch.uint8, "bool": torch.bool,
}


def operands():
    for name, dtype in DTYPES.items():
        yield name, torch.ones(2, dtype=dtype)
        yield "0-d " + name, torch.ones((), dtype=dtype)
    yield "number bool", True
    yield "number int", 1
    yield "number float", 1.0


def dtype_of(function):
    try:
        return str(function().dtype).replace("torch.", "")
    except RuntimeError:
        return None


def binary_cases():
    for name_a, a in operands():
        for name_b, b in operands():
            if not (torch.is_tensor(a) or torch.is_tensor(b)):
                continue
            yield {
                "a": name_a, "b": name_b,
                "result_type": str(torch.result_type(a, b)).replace("torch.", ""),
                "add": dtype_of(lambda: a + b),
                "div": dtype_of(lambda: a / b),
                "add_": dtype_of(lambda: a.clone().add_(b)) if torch.is_tensor(a) else None,
            }


def facts():
    cast = [{"from": f, "to": t, "can_cast": torch.can_cast(DTYPES[f], DTYPES[t])}
            for f in DTYPES for t in DTYPES]
    sums = {name: dtype_of(lambda: torch.ones(2, dtype=dtype).sum())
            for name, dtype in DTYPES.items()}
    return {"promotion.json":
            '{"about": "Asked of PyTorch %s by generate_promotion.py",\n' % torch.__version__ +
            ' "sum": %s,\n' % json.dumps(sums) +
            ' "can_cast": [\n  %s],\n' % ",\n  ".join(map(json.dumps, cast)) +
            ' "binary": [\n  %s]}\n' % ",\n  ".join(map(json.dumps, binary_cases()))}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
