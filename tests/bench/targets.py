"""What the project wants to reach, as data.

`quantity` is one of
  limit         wick's rate as a part of what the machine can do (see machine_bench.cpp)
  torch, compiled, libtorch, system, libtorch_system
                how many times as fast as that library wick is
  reference     how many times as fast as the case's reference wick is: the same with one thread,
                relu on the same input, the other form of GELU, ordinary numbers, float32
  microseconds  time of a call
and the numbers of costs.py by their names.
"""
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Target:
    cases: str       # names with * for any text
    quantity: str
    value: float
    most: bool = False   # the value is the largest allowed, not the smallest

    def __str__(self):
        value = f"{100 * self.value:.0f} %" if self.quantity == "limit" else f"{self.value:.3g}"
        return f"{self.quantity} {'<=' if self.most else '>='} {value}"


def at_least(cases, **quantities):
    return [Target(name, quantity, value)
            for name in cases.split() for quantity, value in quantities.items()]


def at_most(cases, **quantities):
    return [Target(name, quantity, value, True)
            for name in cases.split() for quantity, value in quantities.items()]


TARGETS = [
    *at_least("ffn", limit=0.90, torch=1.15, compiled=1.05, reference=1.9),
    *at_least("ffn-1-thread", limit=0.90, torch=1.15, compiled=1.05),
    *at_least("ffn-by-hand", limit=0.90, torch=1.15, compiled=1.05),
    *at_least("ffn-1-token ffn-8-tokens", torch=1.5),
    *at_most("ffn-16-64-16-1-token", microseconds=1),
    *at_least("ffn-16-64-16-1-token", libtorch=10),
    *at_least("ffn-dropout ffn-dropout-recorded", torch=1.2),
    *at_least("ffn-training-step", torch=1.15, limit=0.80),
    *at_least("ffn-bf16", reference=1.8),
    *at_least("silu-both-ways sigmoid-both-ways tanh-both-ways", reference=1 / 1.1),
    *at_least("silu-forward sigmoid-forward tanh-forward", reference=1 / 1.1),
    *at_least("gelu-both-ways gelu_tanh-both-ways", reference=1 / 1.3),
    *at_least("gelu-forward gelu_tanh-forward", reference=1 / 1.3),
    *at_least("*-forward *-both-ways", torch=1),
    *at_most("*-1000", microseconds=0.4),
    *at_least("gelu-1000", libtorch=8),
    *at_least("*-1000", torch=1, libtorch=1),
    *at_least("gelu_tanh-1000 gelu-edges gelu-denormal gelu-nan", reference=1),
    *at_least("softmax log_softmax layer_norm sum mean", limit=0.85, torch=1),
    *at_least("add* mul* where cat-* transpose*", torch=1),
    *at_least("randn dropout", system=3),
    *at_least("tiny", reference=0.001),  # for sanity.py
    *at_most("memory", extra_megabytes_per_thread=4),
    *at_most("compile", part_of_libtorch=1 / 15),
    *at_most("start", milliseconds_over_empty=5),
    *at_most("size", megabytes=4),
]


def targets_of(case):
    return [target for target in TARGETS if fnmatchcase(case, target.cases)]


def judge(target, low, median, high):
    """yes, near (the spread reaches it) or no."""
    if target.most:
        low, median, high = -high, -median, -low
    value = -target.value if target.most else target.value
    return "yes" if median >= value else "near" if high >= value else "no"
