#!/usr/bin/env python3
"""Writes random.json: what PyTorch's random functions give for some seeds."""

import json
import sys

import golden
from golden import bits, torch

SEEDS = [0, 1, 42, 123456789, 2**32 + 7]


def linear():
    layer = torch.nn.Linear(3, 4)
    return {"weight": bits(layer.weight), "bias": bits(layer.bias)}


def kept_normal():
    """Three normal numbers leave a fourth behind, which uniform ones do not touch."""
    return bits(torch.cat([torch.rand(2), torch.randn(3), torch.randn(3), torch.rand(2)]))


CALLS = {
    "rand(5)": lambda: bits(torch.rand(5)),
    "randn(5)": lambda: bits(torch.randn(5)),
    "randn(16)": lambda: bits(torch.randn(16)),
    "randn(3,17)": lambda: bits(torch.randn(3, 17)),
    "randperm(10)": lambda: torch.randperm(10).tolist(),
    "randint(0,1000,(6,))": lambda: torch.randint(0, 1000, (6,)).tolist(),
    "empty(7).uniform_(-2,3)": lambda: bits(torch.empty(7).uniform_(-2, 3)),
    "empty(20).normal_(2,3)": lambda: bits(torch.empty(20).normal_(2, 3)),
    "empty(12).bernoulli_(0.3)": lambda: torch.empty(12).bernoulli_(0.3).int().tolist(),
    "Dropout(0.5)(ones(12))": lambda: torch.nn.Dropout(0.5)(torch.ones(12)).tolist(),
    "Linear(3,4)": linear,
    "rand(2) then randn(3) then randn(3) then rand(2)": kept_normal,
    "randn(4,dtype=f64)":
        lambda: [v.hex() for v in torch.randn(4, dtype=torch.float64).tolist()],
}


def case(seed):
    entry = {"seed": seed}
    for name, call in CALLS.items():
        torch.manual_seed(seed)
        entry[name] = call()
    return entry


def facts():
    about = (f"PyTorch {torch.__version__} CPU random streams; float32 values as the unsigned "
             "integer of their bits, float64 as hex. Every entry starts from manual_seed(seed).")
    content = {"about": about, "cases": [case(seed) for seed in SEEDS]}
    return {"random.json": json.dumps(content, separators=(",", ":"))}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
