#!/usr/bin/env python3
"""Writes semantics.txt: values and gradients where a definition leaves room."""

import re
import sys
import warnings

import golden
from golden import torch
from torch import nn
from torch.nn import functional as F

T = torch.tensor
NAN, INF = float("nan"), float("inf")


def pair(function, values, only=None, dtype=torch.float32):
    """The values of a function and the gradient of their sum, or of the element `only`."""
    x = T(values, dtype=dtype, requires_grad=True)
    y = function(x)
    torch.autograd.backward(y if only is None else y[only],
                            torch.ones_like(y) if only is None else None)
    return y.tolist(), x.grad.tolist()


def seeded(function):
    torch.manual_seed(0)
    return function()


def draws(function):
    """Whether a function takes random numbers."""
    before = torch.get_rng_state()
    function()
    return not torch.equal(before, torch.get_rng_state())


def kind(y):
    return re.sub(" at 0x[0-9a-f]+", "", str(y.grad_fn))


def dropout():
    x = torch.ones(4, requires_grad=True)
    o = torch.ones
    evaluated = F.dropout(x, 0.5, False)
    yield (f"dropout p=0 returns same object: {F.dropout(x, 0) is x} eval same data_ptr: "
           f"{evaluated.data_ptr() == x.data_ptr()}")
    yield f"eval: y is x {evaluated is x} grad_fn {kind(F.dropout(x, 0.5))}"
    quiet = [lambda: F.dropout(x, 0), lambda: F.dropout(x, 1), lambda: F.dropout(x, 0.5, False),
             lambda: F.dropout(o(0), 0.5)]
    yield f"p=0/p=1/eval/empty consume RNG? {any(map(draws, quiet))}"
    yield f"p=.5 consumes {draws(lambda: F.dropout(x, 0.5))}"
    yield f"p=1: {pair(lambda x: F.dropout(x, 1), [1, -2, INF, NAN])}"
    mixed = [1, -1, INF, INF, NAN, -0.0, 2, 3]
    yield f"p=.5 on [1,-1,inf,nan,-0]: {seeded(lambda: pair(F.dropout, mixed))}"
    yield f"double dropout: {seeded(lambda: F.dropout(o(8, dtype=torch.float64), 0.3)).tolist()}"
    yield f"float dropout : {seeded(lambda: F.dropout(o(8), 0.3)).tolist()}"
    y = o(6)
    yield f"inplace returns same {seeded(lambda: F.dropout(y, 0.5, True, True)) is y} {y.tolist()}"
    channels = seeded(lambda: nn.Dropout2d()(o(1, 4, 2, 2)))[0, :, 0, 0]
    yield f"Dropout1d? {hasattr(nn, 'Dropout1d')} Dropout2d: {channels.tolist()}"
    yield f"AlphaDropout {seeded(lambda: nn.AlphaDropout()(o(6))).tolist()}"
    yield (f"nn.functional.dropout default training=True: {F.dropout.__defaults__} "
           f"nn.Dropout default p {nn.Dropout().p}")


def softmax():
    yield "-- softmax"
    rows = [[1., 2., 3.], [1000., 1000., 0.], [-INF, 0., 1.], [-INF, -INF], [INF, 0.], [NAN, 0.],
            [0.], [-1e30, 1e30], [88., -88.], [-200., 0.]]
    for name in ["softmax", "log_softmax"]:
        for row in rows:
            yield f"{name} {row} {pair(lambda x: getattr(torch, name)(x, 0), row, only=0)}"
    small = [torch.softmax(torch.empty(0), 0), torch.softmax(torch.empty(2, 0), 1),
             torch.softmax(T(3.), 0), torch.log_softmax(T(3.), 0)]
    yield "empty softmax " + " ".join(map(str, small))


def layer_norm():
    yield "-- layer_norm"
    rows = [[1., 2., 3., 4.], [5., 5., 5.], [1.], [1e20, -1e20], [1e-20, -1e-20], [INF, 0.],
            [NAN, 1.], [1e8, 1e8 + 8, 1e8 + 16], [-0.0, 0.0]]
    for row in rows:
        yield f"ln {row} {pair(lambda x: F.layer_norm(x, x.shape), row, only=0)}"
    unscaled = F.layer_norm(T(rows[0]), (4,), eps=0)
    yield (f"ln biased var:  {unscaled.tolist()} empty {F.layer_norm(torch.empty(2, 0), (0,))} "
           f"{F.layer_norm(torch.empty(0, 3), (3,))}")


LOGITS = [[1., 2., 3.], [0.5, -1., 2.]]
WEIGHT = [1.0, 2.0, 0.5]
OPTIONS = [{}, {"reduction": "sum"}, {"reduction": "none"}, {"weight": WEIGHT},
           {"weight": WEIGHT, "reduction": "none"}, {"weight": WEIGHT, "reduction": "sum"},
           {"ignore_index": 0}, {"label_smoothing": 0.1},
           {"label_smoothing": 0.1, "weight": WEIGHT},
           {"label_smoothing": 0.1, "reduction": "none"}, {"label_smoothing": 1.0}]


def loss(logits, target, weight=None, **options):
    return F.cross_entropy(T(logits) if isinstance(logits, list) else logits, target,
                           None if weight is None else T(weight), **options)


def loss_pair(target, **options):
    value, gradient = pair(lambda x: loss(x, target, **options), LOGITS)
    return f"{value} {gradient}"


def cross_entropy():
    yield "-- cross_entropy"
    target = T([2, 0])
    for options in OPTIONS:
        yield f"CE {options} {loss_pair(target, **options)}"
    shares = T([[0.2, 0.3, 0.5], [1., 0., 0.]])
    yield f"CE prob targets {loss_pair(shares)}"
    yield (f"CE prob + ls {loss(LOGITS, shares, label_smoothing=0.1).item()} "
           f"weight {loss(LOGITS, shares, WEIGHT).item()}")
    ignored = T([-100, -100])
    means = [loss(LOGITS, ignored, reduction=r).tolist() for r in ["mean", "sum", "none"]]
    yield "CE all ignored mean {} sum {} none {}".format(*means)
    none = loss(torch.empty(0, 3), torch.empty(0, dtype=torch.int64))
    spread = loss(torch.zeros(2, 3, 4), torch.zeros(2, 4, dtype=torch.int64))
    yield (f"CE 1-d {loss(LOGITS[0], T(2)).item()} empty batch {none.item()} "
           f"KxdxN {spread.item()}")
    yield (f"CE inf logits {loss([[-INF, 0.]], T([0])).item()} {loss([[INF, 0.]], T([0])).item()} "
           f"{loss([[1000., 0.]], T([1])).item()}")
    yield f"CE weight+ignore {loss(LOGITS, target, WEIGHT, ignore_index=2).item()}"


def linear():
    yield "-- linear"
    layer = seeded(lambda: nn.Linear(3, 2))
    plain = nn.Linear(3, 2, bias=False)
    for shape in [(3,), (1, 3), (4, 3), (2, 4, 3), (0, 3), (2, 0, 3)]:
        yield f"linear {shape} {tuple(layer(torch.ones(shape)).shape)}"
    yield f"bias False param {plain.bias} {[name for name, _ in plain.named_parameters()]}"
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        narrow = nn.Linear(0, 4)
    yield (f"Linear(0,4) {narrow.weight.shape} {narrow.bias} {narrow(torch.ones(2, 0))} "
           f"{[str(w.message) for w in warned]}")
    results = [layer(torch.ones(3)), layer(torch.ones(2, 3)), layer(torch.ones(2, 4, 3)),
               plain(torch.ones(2, 4, 3)), plain(torch.ones(2, 3))]
    yield " ".join(map(kind, results))
    for shape in [(3,), (2, 3), (2, 4, 3)]:
        x = torch.ones(shape, requires_grad=True)
        layer.zero_grad()
        layer(x).sum().backward()
        yield (f"grads {shape} {x.grad.flatten()[:3].tolist()} {layer.weight.grad.tolist()} "
               f"{layer.bias.grad.tolist()}")
    yield (f"zero_grad default set_to_none? {nn.Module.zero_grad.__defaults__} "
           f"{torch.optim.Optimizer.zero_grad.__defaults__}")


def losses():
    yield "-- mse/bce"
    zeros, target = torch.zeros(2), T([1., 0., 1.])
    values = [F.mse_loss(T([1., 2.]), zeros), F.l1_loss(T([1., 2.]), zeros),
              F.smooth_l1_loss(T([0.5, 2.]), zeros), F.huber_loss(T([0.5, 2.]), zeros),
              F.binary_cross_entropy(T([0., 1., 0.5]), target, reduction="none"),
              F.binary_cross_entropy_with_logits(T([-100., 100., 0.]), target, reduction="none")]
    yield " ".join(str(value.tolist()) for value in values)


ACTIVATIONS = ["relu6", "leaky_relu", "elu", "selu", "celu", "softplus", "mish", "hardswish",
               "hardsigmoid", "hardtanh", "softsign", "logsigmoid", "tanhshrink", "softshrink",
               "hardshrink", "abs", "sqrt", "exp", "log", "sign"]


def activations():
    yield "-- misc activations at 0/-0/nan/inf"
    points = [0., -0., 1., -1., 3., -3., 6., 20., INF, -INF, NAN]
    for name in ACTIVATIONS:
        y, d = pair(getattr(F, name, None) or getattr(torch, name), points)
        yield f"{name:<11} y={[float(f'{v:.6g}') for v in y]}"
        yield f"{'':<11} d={[float(f'{v:.6g}') for v in d]}"
    yield (f"max grad ties {pair(torch.max, [1, 1, 0])} "
           f"max dim {pair(lambda x: x.max(0)[0], [1, 1, 0])} "
           f"maximum {pair(lambda x: torch.maximum(x, T([1.])), [1])} "
           f"clamp {pair(lambda x: x.clamp(0, 1), [0, 1, -1, 2, NAN])} "
           f"abs0 {pair(torch.abs, [0])} norm0 {pair(torch.norm, [0, 0])} "
           f"var1 {T([1.]).var().item()} "
           f"pow {pair(lambda x: x ** 0.5, [0])} {pair(lambda x: x ** 0, [0])}")


def facts():
    parts = [dropout, softmax, layer_norm, cross_entropy, linear, losses, activations]
    return {"semantics.txt": "".join(f"{line}\n" for part in parts for line in part())}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
