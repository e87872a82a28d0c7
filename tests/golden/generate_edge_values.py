#!/usr/bin/env python3
"""Writes edge_values.txt: activations and their gradients at zeros, tails, infinities and nan."""

import sys

import golden
from golden import torch

FUNCTIONS = {
    "gelu": torch.nn.functional.gelu,
    "gelu_tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": torch.nn.functional.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}
NAN, INF = float("nan"), float("inf")
MAX = torch.finfo(torch.float32).max
POINTS = [0.0, -0.0, INF, -INF, NAN, 1e-45, -1e-45, 1e-38, -1e-38, 1e-20, -1e-20, 1, -1, 3, -3, 5,
          -5, -5.5, -6, 10, -10, -13, -14, -20, 88, -88, -89, -104, 100, -100, 1e4, -1e4, 1e10,
          -1e10, 1e13, -1e13, 1e20, -1e20, MAX, -MAX]


def value_and_gradient(function, x, count):
    """Of the first of `count` equal elements: long rows take the vectorised path."""
    input = torch.full((count,), x, requires_grad=True)
    output = function(input)
    output.backward(torch.ones(count))
    return f"y={output[0].item():.9g} dy={input.grad[0].item():.9g}"


def line(function, x):
    row = value_and_gradient(function, x, 16)
    alone = value_and_gradient(function, x, 1)
    return f"  x={x:<12.9g} {row}" + (f"   [scalar path: {alone}]" if alone != row else "")


def facts():
    lines = ['## 4.2 Edge values (16-element input; "[scalar path]" = 1-element input when it '
             'differs)', "```"]
    for name, function in FUNCTIONS.items():
        lines += ["## " + name] + [line(function, float(x)) for x in POINTS]
    return {"edge_values.txt": "\n".join(lines + ["```", ""])}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
