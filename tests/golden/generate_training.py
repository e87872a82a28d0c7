#!/usr/bin/env python3
"""Writes training.json, the losses of training runs step by step, and gradients of one block.

The net is Sequential(Linear(8, 16), GELU, Linear(16, 4)) made after manual_seed(0), its data are
drawn after manual_seed(1) in the order of data(). L-BFGS runs in float64: it amplifies rounding
until float32 curves part in the third digit. The block of a Transformer is Sequential(
Linear(64, 256), GELU, Dropout(0.1), Linear(256, 64)), trained with dropout after manual_seed(2); a
PyTorch whose dropout draws from MKL gives other numbers for it. PyTorch 1.13 and 2.15 agree.
"""

import json
import sys

import golden
from golden import torch
from torch import nn, optim
from torch.nn import functional as F

STEPS, BLOCK_STEPS = 50, 10


class CorrectNAdam(optim.Optimizer):
    """NAdam for PyTorch 1.x, whose own has a factor mu too many in the product for the next step.
    """

    def __init__(self, params, lr, weight_decay=0, momentum_decay=4e-3):
        super().__init__(params, {})
        self.lr, self.decay, self.psi = lr, weight_decay, momentum_decay
        self.steps, self.product = 0, 1

    def mu(self, step):
        return 0.9 * (1 - 0.5 * 0.96 ** (step * self.psi))

    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        self.steps += 1
        t, mu, after = self.steps, self.mu(self.steps), self.mu(self.steps + 1)
        self.product *= mu
        for p in self.param_groups[0]["params"]:
            grad = p.grad + self.decay * p
            state = self.state[p]
            m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * grad
            v = state["v"] = 0.999 * state.get("v", 0) + 0.001 * grad * grad
            d = (v / (1 - 0.999 ** t)).sqrt() + 1e-8
            p -= self.lr * (1 - mu) / (1 - self.product) * grad / d
            p -= self.lr * after / (1 - self.product * after) * m / d
        return loss


# (class, options, loss, steps): each from a new net.
OPTIMIZERS = [
    ("SGD", {"lr": 0.1}, "mse_loss"),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01, "nesterov": True},
     "cross_entropy"),
    ("SGD", {"lr": 0.05, "momentum": 0.8, "dampening": 0.3}, "mse_loss"),
    ("SGD", {"lr": 0.01, "maximize": True}, "cross_entropy"),
    ("Adam", {"lr": 0.01}, "cross_entropy"),
    ("Adam", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.1,
              "amsgrad": True}, "mse_loss"),
    ("AdamW", {"lr": 0.01}, "mse_loss"),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.5, "amsgrad": True}, "cross_entropy"),
    ("NAdam", {"lr": 0.01}, "mse_loss"),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "momentum_decay": 0.01}, "cross_entropy"),
    ("RAdam", {"lr": 0.01}, "cross_entropy"),
    ("RAdam", {"lr": 0.02, "betas": [0.8, 0.95], "weight_decay": 0.1}, "mse_loss"),
    ("Adamax", {"lr": 0.01}, "mse_loss"),
    ("Adamax", {"lr": 0.01, "weight_decay": 0.1}, "cross_entropy"),
    ("RMSprop", {"lr": 0.001}, "cross_entropy"),
    ("RMSprop", {"lr": 0.001, "alpha": 0.9, "momentum": 0.5, "centered": True,
                 "weight_decay": 0.1}, "mse_loss"),
    ("Adagrad", {"lr": 0.05}, "mse_loss"),
    ("Adagrad", {"lr": 0.05, "lr_decay": 0.01, "weight_decay": 0.1,
                 "initial_accumulator_value": 0.1}, "cross_entropy"),
    ("Adadelta", {}, "cross_entropy"),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}, "mse_loss"),
    ("LBFGS", {"lr": 0.1, "max_iter": 2}, "mse_loss"),
    ("LBFGS", {"max_iter": 3, "history_size": 5, "line_search_fn": "strong_wolfe"},
     "cross_entropy"),
]


def data():
    torch.manual_seed(1)
    return {"x": torch.randn(32, 8), "y": torch.randn(32, 4), "classes": torch.randint(0, 4, (32,)),
            "p": torch.rand(32, 4), "signs": torch.randint(0, 2, (32, 4)) * 2. - 1.,
            "counts": torch.randint(0, 5, (32, 4)).float()}


# The loss of the net's output o [32, 4] with the data d.
LOSSES = {
    "mse_loss": lambda o, d: F.mse_loss(o, d["y"]),
    "l1_loss": lambda o, d: F.l1_loss(o, d["y"]),
    "smooth_l1_loss": lambda o, d: F.smooth_l1_loss(o, d["y"], beta=0.5),
    "huber_loss": lambda o, d: F.huber_loss(o, d["y"], delta=0.7),
    "poisson_nll_loss": lambda o, d: F.poisson_nll_loss(o, d["counts"], full=True),
    "gaussian_nll_loss": lambda o, d:
        F.gaussian_nll_loss(o[:, :2], d["y"][:, :2], F.softplus(o[:, 2:])),
    "cross_entropy": lambda o, d: F.cross_entropy(o, d["classes"]),
    "cross_entropy smoothed": lambda o, d: F.cross_entropy(
        o, d["classes"], weight=torch.tensor([1., 2., 0.5, 3.]), label_smoothing=0.1,
        ignore_index=2),
    "cross_entropy probabilities": lambda o, d: F.cross_entropy(o, d["p"]),
    "nll_loss": lambda o, d: F.nll_loss(F.log_softmax(o, 1), d["classes"]),
    "binary_cross_entropy": lambda o, d: F.binary_cross_entropy(torch.sigmoid(o), d["p"]),
    "binary_cross_entropy_with_logits": lambda o, d: F.binary_cross_entropy_with_logits(
        o, d["p"], pos_weight=torch.tensor([1., 2., 0.5, 3.])),
    "kl_div": lambda o, d: F.kl_div(F.log_softmax(o, 1), F.softmax(d["y"], 1),
                                    reduction="batchmean"),
    "cosine_embedding_loss": lambda o, d: F.cosine_embedding_loss(
        o[:16], o[16:], d["signs"][:16, 0], margin=0.2),
    "hinge_embedding_loss": lambda o, d: F.hinge_embedding_loss(o.abs(), d["signs"]),
    "margin_ranking_loss": lambda o, d: F.margin_ranking_loss(
        o[:, 0], o[:, 1], d["signs"][:, 0], margin=0.5),
    "triplet_margin_loss": lambda o, d: F.triplet_margin_loss(o[:10], o[10:20], o[20:30],
                                                              swap=True),
}
# 0.1 but for the losses that it brings to 0.
RATES = {"cosine_embedding_loss": 0.01, "triplet_margin_loss": 0.02}


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 4))


def block():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 256), nn.GELU(), nn.Dropout(0.1), nn.Linear(256, 64))


def curve(optimizer, loss, steps):
    """The loss that each step starts from."""
    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value
    return [float(f"{optimizer.step(closure).item():.9g}") for _ in range(steps)]


def trained(kind, options, loss):
    model, d = net(), data()
    if kind == "LBFGS":
        model.double()
        d = {key: x.double() if x.is_floating_point() else x for key, x in d.items()}
    old = kind == "NAdam" and torch.__version__.startswith("1.")
    optimizer = (CorrectNAdam if old else getattr(optim, kind))(model.parameters(), **options)
    return {"curve": curve(optimizer, lambda: LOSSES[loss](model(d["x"]), d), STEPS)}


def block_data():
    torch.manual_seed(1)
    x, y = torch.randn(16, 64), torch.randn(16, 64)
    torch.manual_seed(2)
    return x, y


def block_curve():
    model, (x, y) = block(), block_data()
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    return {"curve": curve(optimizer, lambda: F.mse_loss(model(x), y), BLOCK_STEPS)}


def block_gradients():
    model, (x, y) = block(), block_data()
    F.mse_loss(model(x), y, reduction="sum").backward()
    return {name: [float(f"{v:.8g}") for v in p.grad.flatten().tolist()]
            for name, p in model.named_parameters()}


def facts():
    about = f"Training with PyTorch {torch.__version__}; see generate_training.py."
    optimizers = [{"case": f"{kind} {options}", "optimizer": kind, "options": options, "loss": loss,
                   "close": trained(kind, options, loss)} for kind, options, loss in OPTIMIZERS]
    losses = [{"case": name, "lr": lr, "close": trained("SGD", {"lr": lr}, name)}
              for name in LOSSES for lr in [RATES.get(name, 0.1)]]
    text = '{"about": ' + json.dumps(about) + ',\n"optimizers": [\n'
    text += golden.line_per_case("", optimizers, '\n],\n"losses": [\n')
    text += golden.line_per_case("", losses, '\n],\n"block": {"close": ')
    text += json.dumps(block_curve()) + '},\n"block_gradients": {"close": {\n'
    text += ",\n".join(json.dumps(name) + ": " + json.dumps(values, separators=(",", ":"))
                       for name, values in block_gradients().items())
    return {"training.json": text + "\n}}}\n"}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
