#!/usr/bin/env python3
"""Writes losses.json, what the losses of torch.nn.functional and their gradients are.

An input is written as its kind and shape: n[2,3] is randn, u rand, v rand + 0.1, s signs, k counts,
c5[2] classes below 5. They are drawn in order after torch.manual_seed(seed), as float32, and
converted. The gradients are those of all n, u and v, for "sum" in float64 and "mean" in float32.

Made with PyTorch 2.15, which checks arguments that 1.13 does not, so it is no part of generate.py.
(1.13 differs in errors only. No edge is a tie of a clamp, where 1.13 and wick pass the gradient
and 2.15 does not.)
"""

import itertools
import json
import math
import re
import sys

import golden
from golden import torch
from torch.nn import functional as F

ABOUT = ("Losses of torch.nn.functional; generate_losses.py says how inputs are written. Made with "
         "PyTorch ")
TENSORS = ("weight", "pos_weight")  # options that are tensors
INF, NAN = math.inf, math.nan

# (function, inputs, options): the last two in all combinations.
CASES = [
    ("mse_loss", ["n[5] n[5]", "n[3,4] n[3,4]", "n[2,3,2] n[3,1]"], [{}]),
    ("l1_loss", ["n[5] n[5]", "n[3,4] n[4]"], [{}]),
    ("smooth_l1_loss", ["n[6] n[6]", "n[3,4] n[3,4]"], [{}, {"beta": 0.3}, {"beta": 0}]),
    ("huber_loss", ["n[6] n[6]", "n[3,4] n[3,4]"], [{}, {"delta": 0.3}, {"delta": 2.5}]),
    ("poisson_nll_loss", ["v[5] k[5]", "v[3,4] k[3,4]"],
     [{}, {"log_input": False}, {"full": True}, {"log_input": False, "full": True, "eps": 0.01}]),
    ("gaussian_nll_loss", ["n[3,4] n[3,4] v[3,4]", "n[3,4] n[3,4] v[3]", "n[3,4] n[3,4] v[3,1]"],
     [{}, {"full": True}, {"eps": 0.5}]),
    ("cross_entropy", ["n[5] c5[]", "n[4,5] c5[4]", "n[2,5,3] c5[2,3]", "n[2,5,3,2] c5[2,3,2]"],
     [{}, {"ignore_index": 1}, {"weight": [1, 2, 0.5, 0.25, 3]}, {"label_smoothing": 0.1},
      {"weight": [1, 2, 0.5, 0.25, 3], "ignore_index": 2, "label_smoothing": 0.25}]),
    ("cross_entropy", ["n[4] u[4]", "n[3,4] u[3,4]", "n[2,4,3] u[2,4,3]"],
     [{}, {"weight": [1, 2, 0.5, 0.25]}, {"label_smoothing": 0.1},
      {"weight": [1, 2, 0.5, 0.25], "label_smoothing": 0.1}]),
    ("nll_loss", ["n[5] c5[]", "n[4,5] c5[4]", "n[2,5,3] c5[2,3]", "n[2,5,2,2,1] c5[2,2,2,1]"],
     [{}, {"ignore_index": 1}, {"weight": [1, 2, 0.5, 0.25, 3]},
      {"weight": [1, 2, 0.5, 0.25, 3], "ignore_index": 0}]),
    ("binary_cross_entropy", ["u[4] u[4]", "u[3,4] u[3,4]"], [{}, {"weight": [1, 2, 0.5, 0]}]),
    ("binary_cross_entropy_with_logits", ["n[4] u[4]", "n[3,4] u[3,4]"],
     [{}, {"weight": [1, 2, 0.5, 0]}, {"pos_weight": [3, 1, 0.5, 0]},
      {"weight": [1, 2, 0.5, 4], "pos_weight": [3]}]),
    ("kl_div", ["n[4] u[4]", "n[3,4] u[3,4]", "n[2,3,2] u[2,1,2]"], [{}, {"log_target": True}]),
    ("cosine_embedding_loss", ["n[4] n[4] s[]", "n[5,4] n[5,4] s[5]"], [{}, {"margin": 0.3}]),
    ("hinge_embedding_loss", ["n[6] s[6]", "n[3,4] s[3,4]"], [{}, {"margin": 0.4}]),
    ("margin_ranking_loss", ["n[6] n[6] s[6]", "n[3,4] n[3,4] s[3,4]"], [{}, {"margin": 0.5}]),
    ("triplet_margin_loss", ["n[4] n[4] n[4]", "n[5,4] n[5,4] n[5,4]", "n[2,3,4] n[1,3,4] n[2,1,4]"],
     [{}, {"margin": 2, "p": 1}, {"p": 3, "swap": True, "eps": 0.01}]),
    ("cosine_similarity", ["n[3,4] n[3,4]", "n[2,3,4] n[3,4]"], [{"dim": 1}, {"dim": -1}]),
    ("pairwise_distance", ["n[4] n[4]", "n[3,4] n[4]"],
     [{}, {"p": 1, "keepdim": True}, {"p": 3, "eps": 0.1}]),
    ("logsigmoid", ["n[12]"], [{}]),
]
UNREDUCED = ("cosine_similarity", "pairwise_distance", "logsigmoid")

# Edge values: the inputs as they are, for those that need a gradient first.
P, Q = [0., 1., 0., 1., 1e-13, 0.5], [0., 1., 1., 0., 1., 0.5]
LOGITS = [[1., 2., 0.5], [-1., 0.25, 3.]]
EDGES = [
    ("l1_loss", [[0., -0., INF, -INF, NAN, 2.], [0., 0., 0., 0., 0., 2.]], {}),
    ("mse_loss", [[0., INF, NAN], [0., 0., 0.]], {}),
    ("smooth_l1_loss", [[0., 1., -1., INF, -INF, NAN], [0., 0., 0., 0., 0., 0.]], {}),
    ("huber_loss", [[0., 2., -2., INF, -INF, NAN], [0., 0., 0., 0., 0., 0.]], {"delta": 2}),
    ("binary_cross_entropy", [P, Q], {}),
    ("binary_cross_entropy_with_logits",
     [[100., -100., 100., -100., 0., INF, NAN], [1., 0., 0., 1., 1., 0., 1.]], {}),
    ("kl_div", [[-1., -2., 0.], [0., 0.5, 1.]], {}),
    ("poisson_nll_loss", [[0., 100., -INF], [0., 1., 2.]], {"full": True}),
    ("poisson_nll_loss", [[0., 1., 0.], [0., 1., 2.]], {"log_input": False}),
    ("gaussian_nll_loss", [[0., 2., 1.], [0., 1., 1.], [0., 1e-9, 4.]], {}),
    ("cosine_embedding_loss", [[[0., 0.], [1., 0.]], [[1., 0.], [-2., 0.]], [1., -1.]], {}),
    ("hinge_embedding_loss", [[1., 2., 0., -1., 0.5], [1., -1., -1., -1., 0.]], {}),
    ("margin_ranking_loss", [[1., 2., 0.], [1., 1., 0.], [1., -1., 0.]],
     {"margin": 0.5}),
    ("triplet_margin_loss", [[[0., 0.], [1., 1.]], [[0., 0.], [1., 1.]], [[0., 0.], [9., 9.]]], {}),
    ("cosine_similarity", [[[0., 0.], [3., 4.]], [[1., 0.], [4., 3.]]], {}),
    ("logsigmoid", [[0., -0., 100., -100., INF, -INF, NAN]], {}),
    ("nll_loss", [[[-INF, -1.], [-2., -INF], [NAN, -3.]], [1, 0, -100]], {}),
    ("cross_entropy", [LOGITS, [-100, -100]], {}),
    ("cross_entropy", [LOGITS, [-100, -100]], {"label_smoothing": 0.5}),
    ("cross_entropy", [LOGITS, [-100, 2]], {"weight": [0, 0, 0]}),
    ("cross_entropy", [[[-INF, 0.], [INF, 0.], [1000., 0.], [-INF, -INF]], [0, 0, 1, 1]], {}),
    ("cross_entropy", [[[-INF, 0.], [NAN, 0.]], [-100, -100]], {}),
    ("cross_entropy", [[[-INF, 0.], [1., 0.]], [[0., 1.], [1., 0.]]], {}),
    ("cross_entropy", [LOGITS, [0, 2]], {"label_smoothing": 1}),
]

# Mistakes; o(a, b) is torch.ones(a, b), L the same as int64, T torch.tensor.
ERRORS = """
F.cross_entropy(o(2,3), L(2,3))
F.cross_entropy(o(2,3), o(2,3), ignore_index=1)
F.cross_entropy(o(2,3), o(2,4))
F.cross_entropy(o(2,3), T([0,-1]))
F.cross_entropy(o(2,3), T([3,-100]), ignore_index=3)
F.cross_entropy(o(2,3,2), T([[0,3],[7,1]]))
F.cross_entropy(o(2,3), T([0,3]), label_smoothing=0.1)
F.cross_entropy(o(3), T(3))
F.cross_entropy(o(3), T([1,1]))
F.cross_entropy(o(2,0), L(2))
F.cross_entropy(o(2,3,4), L(2,5))
F.cross_entropy(o(2,3,4), L(2))
F.cross_entropy(o(2,3,4,5,6), L(2,4,6,5))
F.cross_entropy(o(2,3), L(2,1))
F.cross_entropy(o(2,3), T(0))
F.cross_entropy(o(2,3), L(2), weight=o(2))
F.cross_entropy(o(2,3), L(2), weight=o(1,3))
F.cross_entropy(o(2,3), o(2,3), weight=o(2))
F.cross_entropy(o(2,3), L(2), weight=o(3).double())
F.cross_entropy(o(2,3), o(2,3), label_smoothing=1.5)
F.cross_entropy(o(2,3).long(), L(2))
F.nll_loss(T(1.), T(0))
F.nll_loss(o(2,3), o(2,3))
F.nll_loss(o(2,3,4), L(2,5))
F.nll_loss(o(2,3).long(), L(2))
F.mse_loss(o(2,3), o(4))
F.mse_loss(L(2), L(2))
F.mse_loss(o(2), o(2), reduction='batchmean')
F.l1_loss(L(2), L(2))
F.smooth_l1_loss(o(2), o(2), beta=-1.)
F.smooth_l1_loss(L(2), L(2))
F.huber_loss(o(2), o(2), delta=0.)
F.huber_loss(L(2), L(2))
F.binary_cross_entropy(o(2), o(2), weight=o(3,2))
F.binary_cross_entropy(L(2), L(2))
F.binary_cross_entropy(o(2), L(2))
F.binary_cross_entropy(T([-0.1]), o(1))
F.binary_cross_entropy(T([float('nan')]), o(1))
F.binary_cross_entropy(o(1), T([1.5]))
F.binary_cross_entropy_with_logits(o(2), o(3))
F.binary_cross_entropy_with_logits(o(2), o(2), weight=o(3))
F.binary_cross_entropy_with_logits(o(2), o(2), weight=o(3,2))
F.binary_cross_entropy_with_logits(o(2), o(2), pos_weight=o(3))
F.binary_cross_entropy_with_logits(o(2,1), o(2,1), pos_weight=o(3))
F.binary_cross_entropy_with_logits(L(2), L(2))
F.binary_cross_entropy_with_logits(o(2), L(2))
F.kl_div(o(2), o(2), reduction='avg')
F.kl_div(L(2), L(2))
F.kl_div(o(2), L(2))
F.cosine_embedding_loss(o(2,3), o(2,3), o(2,1))
F.cosine_embedding_loss(o(2,3), o(2,3), T(1.))
F.cosine_embedding_loss(o(3), o(3), o(1))
F.cosine_embedding_loss(o(2,3), o(2,4), o(2))
F.margin_ranking_loss(o(2), o(3), o(2))
F.margin_ranking_loss(o(2), o(2,1), o(2))
F.triplet_margin_loss(o(2,3), o(3), o(2,3))
F.triplet_margin_loss(o(2,3), o(2,3), o(2,3), margin=0.)
F.triplet_margin_loss(o(2,3), o(2,3), o(2,3), reduction='x')
F.poisson_nll_loss(o(2), o(2), reduction='x')
F.gaussian_nll_loss(o(2), o(2), -o(2))
F.gaussian_nll_loss(o(2,3), o(2,3), o(3))
F.gaussian_nll_loss(o(2,3), o(2,3), o(1,1))
F.gaussian_nll_loss(o(2,3), o(2,3), T(1.))
F.cosine_similarity(o(2,3), o(2,4))
F.cosine_similarity(L(2,3), L(2,3))
F.pairwise_distance(o(2,3), o(2,4))
F.logsigmoid(L(2))
torch.nn.TripletMarginLoss(margin=-1.5)
"""


def draw(spec, dtype):
    """The tensor that an input like c5[2,3] stands for."""
    kind, classes, sizes = re.fullmatch(r"([a-z])(\d*)\[(.*)\]", spec).groups()
    shape = [int(size) for size in sizes.split(",") if size]
    if kind == "c":
        return torch.randint(0, int(classes), shape)
    if kind == "s":
        return (torch.randint(0, 2, shape) * 2 - 1).to(dtype)
    if kind == "k":
        return torch.randint(0, 6, shape).to(dtype)
    x = (torch.randn if kind == "n" else torch.rand)(shape).to(dtype)
    return (x + 0.1 if kind == "v" else x).requires_grad_()


def run(function, inputs, options, dtype):
    options = {key: torch.tensor(value, dtype=dtype) if key in TENSORS else value
               for key, value in options.items()}
    return getattr(F, function)(*inputs, **options)


def numbers(tensor):
    """As short as they can be to give the same float32 or float64."""
    short = tensor.dtype == torch.float32
    return [float(f"{v:.9g}") if short else v for v in tensor.detach().flatten().tolist()]


def case(seed, function, spec, options, dtype):
    torch.manual_seed(seed)
    inputs = [draw(word, dtype) for word in spec.split(" ")]
    loss = run(function, inputs, options, dtype)
    entry = {"call": function, "inputs": spec, "options": options,
             "dtype": str(dtype).replace("torch.", ""), "seed": seed}
    close = {"value": numbers(loss)}
    if function in UNREDUCED or options["reduction"] == ("sum" if dtype == torch.float64
                                                         else "mean"):
        leaves = [x for x in inputs if x.requires_grad]
        grads = torch.autograd.grad(loss.sum(), leaves)
        close |= {f"grad{i}": numbers(grad) for i, grad in enumerate(grads)}
    return entry | {"shape": list(loss.shape), "close": close}


def cases():
    seed = 10  # some seeds have no targets but ignored ones, whose mean is nan
    for function, specs, all_options in CASES:
        reductions = ["none", "mean", "sum"] + ["batchmean"] * (function == "kl_div")
        for spec, options in itertools.product(specs, all_options):
            seed += 1
            for dtype in [torch.float64, torch.float32]:
                if function in UNREDUCED:
                    yield case(seed, function, spec, options, dtype)
                    continue
                for reduction in reductions:
                    yield case(seed, function, spec, options | {"reduction": reduction}, dtype)


def words(values):
    """JSON knows no nan; zeros keep their sign."""
    if isinstance(values, list):
        return [words(value) for value in values]
    return values if isinstance(values, int) else f"{values:.6g}"


def edge(function, values, options, reduction):
    inputs = [torch.tensor(value) for value in values]
    for x in inputs:
        x.requires_grad_(x.is_floating_point())
    reduced = options if reduction is None else options | {"reduction": reduction}
    loss = run(function, inputs, reduced, torch.float32)
    grad, = torch.autograd.grad(loss.sum(), [inputs[0]])
    return {"call": function, "inputs": words(values), "options": reduced,
            "value": words(loss.tolist()), "grad": words(grad.tolist())}


def edges():
    for function, values, options in EDGES:
        for reduction in [None] if function in UNREDUCED else ["none", "mean", "sum"]:
            yield edge(function, values, options, reduction)


def error(snippet):
    names = {"torch": torch, "F": F, "o": torch.ones, "T": torch.tensor,
             "L": lambda *shape: torch.ones(*shape, dtype=torch.int64)}
    try:
        return {"case": snippet, "kind": "OK", "message": str(eval(snippet, names))}
    except Exception as caught:
        return {"case": snippet, "kind": type(caught).__name__, "message": str(caught)}


def facts():
    head = '{"about": ' + json.dumps(ABOUT + torch.__version__ + ".") + ',\n"cases": [\n'
    tail = '\n],\n"edges": [\n' + golden.line_per_case("", edges(), "")
    tail += '\n],\n"errors": [\n'
    tail += golden.line_per_case("", map(error, ERRORS.strip().split("\n")), "\n]}\n")
    return {"losses.json": golden.line_per_case(head, cases(), tail)}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
