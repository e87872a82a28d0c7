#!/usr/bin/env python3
"""Writes indexing.json: random index expressions on arange tensors, and what PyTorch makes of them.
"""
import json
import random
import sys

import golden
from golden import torch

CASES = 240


def index_tensor(size, shape, wrong):
    count = 1
    for n in shape:
        count *= n
    low, high = (-size - 2, size + 2) if wrong else (-size, size)
    values = [random.randrange(low, high) for _ in range(count)] if high > low else None
    if values is None:
        return None
    return {"long": {"shape": shape, "values": values}}


def mask(sizes, kind, wrong):
    sizes = list(sizes)
    if wrong and sizes:
        sizes[random.randrange(len(sizes))] += random.choice([-1, 1])
        if min(sizes) < 0:
            return None
    count = 1
    for n in sizes:
        count *= n
    return {kind: {"shape": sizes, "values": [random.randrange(2) for _ in range(count)]}}


def random_index(shape):
    """A list of entries that mostly fits `shape`; the picking tensors mostly broadcast."""
    entries = []
    dim = 0
    picks = random.choice([[], [2], [3], [2, 3], [1, 3], [0]])
    wrong = random.random() < 0.12
    dots = False
    while dim < len(shape) and random.random() < 0.9:
        size = shape[dim]
        kind = random.choice(["int", "slice", "all", "none", "ellipsis", "long", "long", "mask"])
        if kind == "int" and (size or wrong):
            entries.append({"int": random.randrange(-size - (2 * wrong), size + (2 * wrong))})
            dim += 1
        elif kind == "slice":
            ends = [random.choice([None, random.randrange(-6, 7)]) for _ in range(2)]
            step = random.choice([1, 1, 2, 3, -1 if wrong else 1])
            entries.append({"slice": ends + [step]})
            dim += 1
        elif kind == "all":
            entries.append({"slice": [None, None, 1]})
            dim += 1
        elif kind == "none" and random.random() < 0.4:
            entries.append("none")
        elif kind == "ellipsis" and not dots:
            dots = True
            entries.append("ellipsis")
            dim += random.randrange(0, len(shape) - dim + 1)
        elif kind == "long":
            entry = index_tensor(size, random.choice([picks, picks, picks[-1:], [1], []]), wrong)
            if entry:
                entries.append(entry)
                dim += 1
        elif kind == "mask" and random.random() < 0.5:
            rank = random.randrange(0, min(2, len(shape) - dim) + 1)
            entry = mask(shape[dim : dim + rank], random.choice(["bool", "bool", "byte"]), wrong)
            if entry:
                entries.append(entry)
                dim += rank
    if random.random() < 0.04:
        entries.append({"int": 0})
    return entries


def python_index(entry):
    if entry == "none":
        return None
    if entry == "ellipsis":
        return ...
    (kind, value), = entry.items()
    if kind == "int":
        return value
    if kind == "slice":
        return slice(*value)
    dtype = {"long": torch.int64, "bool": torch.bool, "byte": torch.uint8}[kind]
    return torch.tensor(value["values"], dtype=dtype).reshape(value["shape"])


def misread(index):
    """Whether entries follow a mask of several dimensions: PyTorch applies them to the wrong ones,
    NumPy does not.
    """
    seen = False
    for entry in index:
        kind = next(iter(entry)) if isinstance(entry, dict) else entry
        if seen and kind not in ("long", "bool", "byte"):
            return True
        if kind in ("bool", "byte") and len(entry[kind]["shape"]) > 1:
            seen = True
    return False


def facts():
    random.seed(2)
    cases = []
    seen = set()
    while len(cases) < CASES:
        shape = [random.choice([1, 2, 3, 3, 4] + [0] * (random.random() < 0.2))
                 for _ in range(random.randrange(0, 5))]
        index = random_index(shape)
        count = 1
        for n in shape:
            count *= n
        x = torch.arange(count).reshape(shape)
        case = {"shape": shape, "index": index}
        if misread(index):
            continue
        keys = [python_index(e) for e in index]
        try:
            result = x[keys[0] if len(keys) == 1 else tuple(keys)]
            if result.numel() > 100:
                continue
            case["result"] = {"shape": list(result.shape), "values": result.flatten().tolist()}
        except (IndexError, ValueError) as error:
            if sum("error" in c for c in cases) >= CASES // 4:
                continue
            case["kind"] = type(error).__name__
            case["error"] = str(error)
        key = json.dumps(case)
        if index and key not in seen:
            seen.add(key)
            cases.append(case)
    head = ('{"about": "What PyTorch %s answers to x[index] with x = arange.", "cases": [\n' %
            torch.__version__)
    return {"indexing.json": golden.line_per_case(head, cases, "\n]}\n")}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
