#!/usr/bin/env python3
"""Writes errors.json: what PyTorch answers to common mistakes."""

import ast
import copy
import json
import sys
import warnings

import errors_modules
import errors_tensors
import golden
from golden import torch
from torch import nn


def net():
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(3, 2, bias=False))


def leaf(*shape):
    return torch.ones(*shape, requires_grad=True)


NAMES = {"torch": torch, "nn": nn, "F": nn.functional, "optim": torch.optim, "copy": copy,
         "o": torch.ones, "T": torch.tensor, "net": net, "leaf": leaf}


def run(snippet):
    """The value of the last expression in a snippet, or None after a statement."""
    names = dict(NAMES)
    program = ast.parse(snippet)
    last = program.body.pop() if isinstance(program.body[-1], ast.Expr) else None
    exec(compile(program, "<case>", "exec"), names)
    return last and eval(compile(ast.Expression(last.value), "<case>", "eval"), names)


def case(name, snippet):
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            entry = {"case": name, "kind": "OK", "message": repr(run(snippet))}
        except Exception as error:
            entry = {"case": name, "kind": type(error).__name__, "message": str(error)}
    if warned:
        entry["warnings"] = [f"{w.category.__name__}: {w.message}" for w in warned]
    return entry


def facts():
    about = (f"What PyTorch {torch.__version__} (CPU) answers to common mistakes. o(a,b) is "
             "torch.ones(a,b), T is torch.tensor.")
    snippets = errors_tensors.CASES | errors_modules.CASES
    content = {"about": about, "cases": [case(*entry) for entry in snippets.items()]}
    return {"errors.json": json.dumps(content, indent=1)}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
