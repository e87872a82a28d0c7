#!/usr/bin/env python3
"""Writes module_repr.txt: what modules and optimizers print, and the names they hold."""

import sys

import golden
from golden import torch
from torch import nn

MODULES = """
Linear(3, 4)
Linear(3, 4, bias=False)
GELU()
GELU(approximate="tanh")
Dropout(0.1)
Dropout(0.5, inplace=True)
Dropout(0)
Dropout(1.0)
ReLU()
ReLU(inplace=True)
Sigmoid()
Tanh()
SiLU()
SiLU(inplace=True)
Identity()
LeakyReLU()
LeakyReLU(0.2, inplace=True)
ELU()
Softmax(dim=1)
Softmax()
LogSoftmax(dim=-1)
LayerNorm(512)
LayerNorm((3, 4), eps=1e-6, elementwise_affine=False)
Embedding(10, 3)
Embedding(10, 3, padding_idx=0)
BatchNorm1d(4)
CrossEntropyLoss()
MSELoss()
Softplus()
Hardtanh()
PReLU()
Conv2d(1, 2, 3)
Conv2d(1, 2, 3, padding=1, bias=False)
MaxPool2d(2)
Flatten()
Unflatten(1, (2, 3))
Mish()
SELU()
Hardswish()
Threshold(0.1, 20)
GroupNorm(2, 4)
AlphaDropout(0.1)
Dropout2d()
Bilinear(1, 2, 3)
MultiheadAttention(4, 2)
Sequential()
Sequential(Linear(2, 3), GELU(), Dropout(0.1), Linear(3, 2))
"""


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(512, 2048)
        self.activation = nn.GELU()
        self.dropout = nn.Dropout(0.1)
        self.linear2 = nn.Linear(2048, 512)


class Empty(nn.Module):
    pass


class Nest(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.ReLU(), nn.Dropout()))
        self.ml = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Linear(2, 2)])
        self.md = nn.ModuleDict({"x": nn.Tanh(), "y": nn.ReLU()})
        self.e = Empty()
        self.pl = nn.ParameterList([nn.Parameter(torch.ones(2, 2))])


class Extra(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(1, 1)

    def extra_repr(self):
        return "k=3"


class Extra2(nn.Module):
    def extra_repr(self):
        return "k=3\nj=4"


def facts():
    feed_forward = FeedForward()
    linear = nn.Linear(1, 1)
    twice = nn.Sequential(linear, linear)  # a module held twice gives its parameters once
    answers = [eval(text, vars(nn).copy()) for text in MODULES.split("\n") if text]
    answers += [feed_forward, Empty(), Nest(), Extra(), Extra2()]
    answers += [nn.ModuleList(), nn.ModuleDict(), nn.ParameterList()]
    answers += [torch.optim.SGD(linear.parameters(), lr=0.1),
                torch.optim.Adam(linear.parameters()), torch.optim.AdamW(linear.parameters())]
    answers += [[name for name, _ in twice.named_parameters()], feed_forward.state_dict().keys(),
                [name for name, _ in feed_forward.named_modules()]]
    return {"module_repr.txt": "".join(f"{answer!r}\n" for answer in answers)}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
