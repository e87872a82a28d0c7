#!/usr/bin/env python3
"""Writes optim.json: where torch.optim's optimizers take two parameters, given one sequence of
gradients, and the learning rates that torch.optim.lr_scheduler gives.
"""

import json
import random
import sys

import golden
from golden import torch
from torch import optim
from torch.optim import lr_scheduler as lrs

STEPS = 50
SHOWN = (1, 2, 7, 50)  # after so many steps
EPOCHS = 60
SHAPES = ((3, 7), (5,))

# Every option set runs with float32 and float64 parameters. The second parameter has no gradient in
# each third step.
OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.02}),
    ("SGD", {"lr": 0.01, "momentum": 0.8, "nesterov": True, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.02, "amsgrad": True}),
    ("Adam", {"lr": 0.01, "betas": [0.3, 0.99], "maximize": True, "weight_decay": 0.1,
              "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.2, "amsgrad": True, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "momentum_decay": 0.01}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.01, "betas": [0.9, 0.95], "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.02, "betas": [0.8, 0.9], "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.003, "alpha": 0.9, "momentum": 0.7, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.003, "centered": True, "eps": 1e-3}),
    ("RMSprop", {"lr": 0.003, "centered": True, "momentum": 0.5, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1,
                 "initial_accumulator_value": 0.5, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
]


def numbers(tensors):
    return [v for tensor in tensors for v in tensor.detach().flatten().tolist()]


def split(values, dtype):
    result = []
    for shape in SHAPES:
        count = torch.Size(shape).numel()
        result.append(torch.tensor(values[:count], dtype=dtype).view(shape))
        values = values[count:]
    return result


def rounded(values):
    """Exact in float32, so that both dtypes start from the same numbers."""
    return torch.tensor(values, dtype=torch.float32).tolist()


def curve(name, options, start, grads, dtype):
    # Numbers that PyTorch keeps in tensors, such as NAdam's product, have the default dtype.
    torch.set_default_dtype(dtype)
    params = [p.requires_grad_() for p in split(start, dtype)]
    optimizer = getattr(optim, name)(
        params, foreach=False,
        **{key: tuple(v) if isinstance(v, list) else v for key, v in options.items()})
    result = []
    for step in range(1, STEPS + 1):
        for index, (param, grad) in enumerate(zip(params, split(grads[step - 1], dtype))):
            param.grad = None if index == 1 and step % 3 == 2 else grad
        optimizer.step()
        if step in SHOWN:
            result.append(numbers(params))
    torch.set_default_dtype(torch.float32)
    return result


def curves():
    draw = random.Random(1)
    count = sum(torch.Size(shape).numel() for shape in SHAPES)
    start = rounded([draw.choice((-1, 1)) * draw.uniform(1, 3) for _ in range(count)])
    grads = [rounded([draw.gauss(0.3, 1) * 10 ** draw.uniform(-2, 0.5) for _ in range(count)])
             for _ in range(STEPS)]
    cases = [{"optimizer": name, "options": options,
              "float32": curve(name, options, start, grads, torch.float32),
              "float64": curve(name, options, start, grads, torch.float64)}
             for name, options in OPTIMIZERS]
    return {"shown": SHOWN, "start": start, "grads": grads, "curves": cases}


def rosenbrock(options, steps):
    x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    lbfgs = optim.LBFGS([x], **options)
    losses, points = [], []

    def closure():
        a, b = x.detach().tolist()
        x.grad = torch.tensor([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)],
                              dtype=torch.float64)
        return torch.tensor((1 - a) ** 2 + 100 * (b - a * a) ** 2, dtype=torch.float64)

    for _ in range(steps):
        losses.append(float(lbfgs.step(closure)))
        points.append(x.detach().tolist())
    state = lbfgs.state[x]
    return {"options": options, "losses": losses, "points": points,
            "func_evals": state["func_evals"], "n_iter": state["n_iter"]}


LBFGS = [
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "max_iter": 3, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "max_iter": 4, "lr": 0.1},
    {"lr": 0.1, "max_iter": 5},
    {"lr": 0.02, "max_iter": 4, "history_size": 3},
]


def two_groups(kind="SGD", **options):
    params = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    return getattr(optim, kind)([{"params": [params[0]], "lr": 0.1},
                                 {"params": [params[1]], "lr": 0.02}], **options)


def momentum(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def schedule(make, optimizer, metrics=None):
    scheduler = make(optimizer)
    lr, moved = [], []
    for epoch in range(EPOCHS + 1):
        if epoch > 0:
            optimizer.step()
            if metrics:
                scheduler.step(metrics[epoch - 1])
            else:
                scheduler.step()
        assert scheduler.get_last_lr() == [g["lr"] for g in optimizer.param_groups]
        lr.append([group["lr"] for group in optimizer.param_groups])
        moved.append([momentum(group) for group in optimizer.param_groups])
    return lr, moved


def sequential(*makes, milestones):
    return lambda o: lrs.SequentialLR(o, [make(o) for make in makes], milestones)


def chained(*makes):
    return lambda o: lrs.ChainedScheduler([make(o) for make in makes])


def constant(o):
    return lrs.ConstantLR(o, factor=0.5, total_iters=7)


def linear(o):
    return lrs.LinearLR(o, start_factor=0.2, total_iters=10)


def exponential(o):
    return lrs.ExponentialLR(o, gamma=0.95)


def cosine(o):
    return lrs.CosineAnnealingLR(o, T_max=15, eta_min=0.001)


def step(o):
    return lrs.StepLR(o, step_size=8, gamma=0.5)


SCHEDULERS = {
    "LambdaLR": lambda o: lrs.LambdaLR(o, [lambda t: 0.95 ** t, lambda t: 1 / (1 + t)]),
    "LambdaLR one": lambda o: lrs.LambdaLR(o, lambda t: 1 / (1 + t)),
    "StepLR": step,
    "MultiStepLR": lambda o: lrs.MultiStepLR(o, [30, 5, 20, 20], gamma=0.3),
    "ConstantLR": constant,
    "ConstantLR defaults": lrs.ConstantLR,
    "LinearLR": linear,
    "LinearLR down": lambda o: lrs.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=20),
    "ExponentialLR": exponential,
    "PolynomialLR": lambda o: lrs.PolynomialLR(o, total_iters=25, power=2.0),
    "PolynomialLR defaults": lrs.PolynomialLR,
    "CosineAnnealingLR": cosine,
    "CosineAnnealingWarmRestarts": lambda o: lrs.CosineAnnealingWarmRestarts(o, 7),
    "CosineAnnealingWarmRestarts mult":
        lambda o: lrs.CosineAnnealingWarmRestarts(o, 5, T_mult=2, eta_min=0.001),
    "OneCycleLR": lambda o: lrs.OneCycleLR(o, max_lr=0.3, total_steps=EPOCHS),
    "OneCycleLR groups": lambda o: lrs.OneCycleLR(
        o, max_lr=[0.3, 0.05], epochs=12, steps_per_epoch=5, pct_start=0.25,
        anneal_strategy="linear", base_momentum=[0.8, 0.7], max_momentum=0.9, div_factor=10,
        final_div_factor=100),
    "OneCycleLR three phases":
        lambda o: lrs.OneCycleLR(o, max_lr=0.3, total_steps=EPOCHS, three_phase=True),
    "OneCycleLR no momentum":
        lambda o: lrs.OneCycleLR(o, max_lr=0.3, total_steps=EPOCHS, cycle_momentum=False),
    "CyclicLR": lambda o: lrs.CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=8),
    "CyclicLR triangular2": lambda o: lrs.CyclicLR(
        o, base_lr=[0.01, 0.02], max_lr=[0.1, 0.3], step_size_up=5, step_size_down=9,
        mode="triangular2"),
    "CyclicLR exp_range": lambda o: lrs.CyclicLR(
        o, base_lr=0.01, max_lr=0.1, step_size_up=6, mode="exp_range", gamma=0.97),
    "CyclicLR scale_fn": lambda o: lrs.CyclicLR(
        o, base_lr=0.01, max_lr=0.1, step_size_up=6, scale_fn=lambda x: 1 / (5 ** (x * 0.01)),
        scale_mode="iterations", cycle_momentum=False),
    "SequentialLR": sequential(constant, exponential, milestones=[20]),
    "SequentialLR three": sequential(linear, cosine, step, milestones=[10, 30]),
    "SequentialLR restarts": sequential(
        linear, lambda o: lrs.CosineAnnealingWarmRestarts(o, 6, 2), milestones=[9]),
    "SequentialLR from 0": sequential(step, linear, exponential, milestones=[0, 20]),
    "ChainedScheduler": chained(constant, exponential),
    "ChainedScheduler three": chained(linear, step, cosine),
    "SequentialLR of chained": sequential(
        chained(constant, exponential), step, milestones=[15]),
}

PLATEAU = {
    "min rel": {"patience": 3, "factor": 0.5},
    "max abs": {"mode": "max", "patience": 2, "threshold": 0.05, "threshold_mode": "abs",
                "cooldown": 4, "factor": 0.7},
    "min_lr": {"patience": 0, "factor": 0.3, "min_lr": [0.01, 0.001], "eps": 1e-3},
    "max rel": {"mode": "max", "patience": 1, "threshold": 0.1},
}


def schedules():
    result = []
    for name, make in SCHEDULERS.items():
        for kind, options in ("SGD", {"momentum": 0.9}), ("Adam", {}):
            if kind == "Adam" and "Cycl" not in name:
                continue
            lr, moved = schedule(make, two_groups(kind, **options))
            case = {"case": f"{name} {kind}", "scheduler": name, "optimizer": kind, "lr": lr}
            if "Cycl" in name:
                case["momentum"] = moved
            result.append(case)
    draw = random.Random(2)
    metrics = [1 / (1 + 0.3 * t) + 0.1 * draw.random() for t in range(EPOCHS)]
    plateaus = [{"case": name, "options": options,
                 "lr": schedule(lambda o, kw=options: lrs.ReduceLROnPlateau(o, **kw),
                                two_groups(momentum=0.9), metrics)[0]}
                for name, options in PLATEAU.items()]
    return {"schedules": result, "metrics": metrics, "plateaus": plateaus}


def clipping():
    result = []
    for max_norm, norm_type in (1.0, 2.0), (100.0, 2.0), (0.5, 1.0), (0.5, float("inf")), (2.0, 3.0):
        params = [torch.zeros(s, requires_grad=True) for s in SHAPES]
        for param in params:
            param.grad = (torch.arange(param.numel()).view(param.shape) - 4) / 8
        total = torch.nn.utils.clip_grad_norm_(params, max_norm, norm_type)
        result.append({"max_norm": max_norm, "norm_type": str(norm_type), "norm": float(total),
                       "grads": numbers([p.grad for p in params])})
    return {"clip_grad_norm_": result}


def facts():
    torch.set_num_threads(1)
    content = {"about": "What torch.optim gives; see generate_optim.py. Made with PyTorch "
                        + torch.__version__ + "."}
    content |= curves() | {"lbfgs": [rosenbrock(options, 8) for options in LBFGS]}
    content |= schedules() | clipping()
    return {"optim.json": json.dumps(content, separators=(",", ":")) + "\n"}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
