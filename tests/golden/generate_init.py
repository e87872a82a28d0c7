#!/usr/bin/env python3
"""Writes init.json, what torch.nn.init gives, and random_fills.json, what random functions give for
tensors that are not row-major.
"""

import json
import sys

import golden
from golden import bits, torch
from torch.nn import init

ABOUT = ("Values are float32 as the unsigned integer of their bits, or plain numbers where only a "
         "tolerance holds. Every entry starts from torch.manual_seed(seed). Made with PyTorch ")


def numbers(tensor):
    return tensor.double().flatten().tolist()


def empty(*shape):
    return torch.empty(*shape)


EXACT = {
    "uniform_([3,5],-1,2)": lambda: init.uniform_(empty(3, 5), -1, 2),
    "normal_([4,5],1,0.5)": lambda: init.normal_(empty(4, 5), 1, 0.5),
    "normal_([3,4].t())": lambda: init.normal_(empty(5, 4).t()),
    "xavier_uniform_([5,7])": lambda: init.xavier_uniform_(empty(5, 7)),
    "xavier_uniform_([4,3,2],tanh)": lambda: init.xavier_uniform_(empty(4, 3, 2), 5 / 3),
    "xavier_normal_([5,7])": lambda: init.xavier_normal_(empty(5, 7)),
    "xavier_normal_([2,3,3,3],0.5)": lambda: init.xavier_normal_(empty(2, 3, 3, 3), 0.5),
    "kaiming_uniform_([4,6])": lambda: init.kaiming_uniform_(empty(4, 6)),
    "kaiming_uniform_([4,6],sqrt5)": lambda: init.kaiming_uniform_(empty(4, 6), 5 ** 0.5),
    "kaiming_uniform_([4,6,3],0.2,FAN_OUT)":
        lambda: init.kaiming_uniform_(empty(4, 6, 3), 0.2, "FAN_OUT"),
    "kaiming_normal_([4,6],relu)":
        lambda: init.kaiming_normal_(empty(4, 6), nonlinearity="relu"),
    "kaiming_normal_([6,4],fan_out,selu)":
        lambda: init.kaiming_normal_(empty(6, 4), 0, "fan_out", "selu"),
    "sparse_([5,4],0.3)": lambda: init.sparse_(empty(5, 4), 0.3),
    "sparse_([3,2],1)": lambda: init.sparse_(empty(3, 2), 1, 2),
    "eye_([3,4])": lambda: init.eye_(empty(3, 4)),
    "eye_([4,3].t())": lambda: init.eye_(empty(4, 3).t()),
    "dirac_([4,2,3])": lambda: init.dirac_(empty(4, 2, 3)),
    "dirac_([4,3,2,3],2)": lambda: init.dirac_(empty(4, 3, 2, 3), 2),
    "dirac_([2,2,1,2,3])": lambda: init.dirac_(empty(2, 2, 1, 2, 3)),
    "constant_([3],2.5)": lambda: init.constant_(empty(3), 2.5),
}

CLOSE = {
    "trunc_normal_([40])": lambda: init.trunc_normal_(empty(40)),
    "trunc_normal_([5,5],1,3,-1,0.5)": lambda: init.trunc_normal_(empty(5, 5), 1, 3, -1, 0.5),
    "trunc_normal_([4],10)": lambda: init.trunc_normal_(empty(4), 10),
    "orthogonal_([3,5])": lambda: init.orthogonal_(empty(3, 5)),
    "orthogonal_([5,3],2)": lambda: init.orthogonal_(empty(5, 3), 2),
    "orthogonal_([4,4])": lambda: init.orthogonal_(empty(4, 4)),
    "orthogonal_([6,2,3])": lambda: init.orthogonal_(empty(6, 2, 3)),
    "orthogonal_([5,3].t())": lambda: init.orthogonal_(empty(5, 3).t()),
    "orthogonal_([40,33])": lambda: init.orthogonal_(empty(40, 33)),
}


def transposed(*shape):
    return empty(*shape).t()


def with_gaps():
    x = torch.zeros(4, 12)
    x[:, ::2].uniform_(-1, 1)
    return x


def sliced_normal():
    x = torch.zeros(40, 2)
    x[:, 1].normal_(2, 3)
    return x


def permuted():
    return empty(3, 4, 5).permute(2, 0, 1)


# Fills of tensors that are not row-major; the values are listed in row-major order.
FILLS = {
    "uniform_ [5,4].t()": lambda: transposed(5, 4).uniform_(-2, 3),
    "normal_ [6,4].t()": lambda: transposed(6, 4).normal_(1, 2),
    "uniform_ permuted": lambda: permuted().uniform_(),
    "normal_ permuted": lambda: permuted().normal_(),
    "uniform_ with gaps": with_gaps,
    "normal_ with gaps": sliced_normal,
    "uniform_ long with gaps": lambda: torch.zeros(900, 2)[:, 0].uniform_(),
    "bernoulli_ [5,4].t()": lambda: transposed(5, 4).bernoulli_(0.4),
    "random_ [5,4].t()": lambda: transposed(5, 4).random_(-5, 1000),
    "random_() [5,4].t()": lambda: transposed(5, 4).random_(),
    "exponential_ [5,4].t()": lambda: transposed(5, 4).exponential_(2),
    "bernoulli(P.t())": lambda: torch.bernoulli((torch.arange(20.) / 20).view(4, 5).t()),
    "rand_like [5,4].t()": lambda: torch.rand_like(transposed(5, 4)),
    "randn_like [5,4].t()": lambda: torch.randn_like(transposed(5, 4)),
    "randint_like [5,4].t()": lambda: torch.randint_like(transposed(5, 4), 3, 90),
    "dropout [5,4].t()":
        lambda: torch.nn.functional.dropout(torch.arange(20.).view(5, 4).t(), 0.3),
    "dropout permuted":
        lambda: torch.nn.functional.dropout(torch.arange(60.).view(3, 4, 5).permute(2, 0, 1), 0.1),
    "dropout with gaps":
        lambda: torch.nn.functional.dropout(torch.arange(40.).view(4, 10)[:, ::2], 0.5),
    "dropout_ [5,4].t()":
        lambda: torch.nn.functional.dropout(torch.arange(20.).view(5, 4).t(), 0.3, True, True),
    "dropout [1500]": lambda: torch.nn.functional.dropout(torch.arange(1500.), 0.2),
    "dropout bfloat16": lambda: torch.nn.functional.dropout(
        torch.arange(30.).bfloat16() / 7, 0.1).float(),
    "normal(2,3,[17])": lambda: torch.normal(2., 3., (17,)),
}


def run(table, form):
    result = {}
    for name, make in table.items():
        torch.manual_seed(0)
        result[name] = form(make())
    return result


def text(content):
    content = {"about": ABOUT + torch.__version__ + ".", "seed": 0} | content
    return json.dumps(content, separators=(",", ":")) + "\n"


def facts():
    gains = {name: init.calculate_gain(name) for name in
             ["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
              "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]}
    return {"init.json": text({"gains": gains, "exact": run(EXACT, bits),
                               "close": run(CLOSE, numbers)}),
            "random_fills.json": text({"fills": run(FILLS, bits)})}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
