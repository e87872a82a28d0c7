#!/usr/bin/env python3
"""Writes data.json: what torch.utils.data gives for some seeds.

`default` and `own` are the number that the default generator and the loader's own would give next.
"""

import sys
import warnings

import golden
from golden import line_per_case, torch
from torch.utils import data

SEEDS = [0, 1, 42, 2**32 + 7, 9876543210]
EPOCHS = 3
SHAPES = [  # examples, batch size, drop_last
    (1, 1, False), (1, 4, True), (7, 1, False), (10, 3, False), (10, 3, True), (12, 4, False),
    (12, 4, True), (5, 8, False), (5, 8, True), (100, 32, False),
]
SPLITS = [
    (10, [3, 7]), (10, [10]), (10, [0, 10, 0]), (1, [1]), (10, [1]), (10, [1, 0]), (30, [0.3, 0.3, 0.4]),
    (10, [0.8, 0.2]), (7, [0.5, 0.5]), (11, [0.25, 0.25, 0.25, 0.25]), (5, [0.1] * 10),
    (3, [0.0, 1.0]), (100, [1 / 3, 1 / 3, 1 / 3]), (0, [0.5, 0.5]), (0, [0, 0]),
]
BAD_SPLITS = [(10, [3, 6]), (10, [4, 7]), (10, [0.5, 0.4]), (10, [0.5, 0.6]), (10, [1.5, -0.5]),
              (10, [-0.5, 1.5]), (10, [])]


def probe(generator):
    """The next number of a generator, which stays where it is."""
    copy = torch.Generator()
    copy.set_state(generator.get_state())
    return torch.empty((), dtype=torch.int64).random_(generator=copy).item()


class Run:
    """A loader over 0, 1, .. and its generators, from one seed."""

    def __init__(self, seed, shape, shuffle, own):
        size, batch_size, drop_last = shape
        self.case = {"seed": seed, "size": size, "batch_size": batch_size, "drop_last": drop_last,
                     "shuffle": shuffle, "own_generator": own}
        torch.manual_seed(seed)
        self.generator = torch.Generator().manual_seed(seed + 1) if own else None
        self.loader = data.DataLoader(data.TensorDataset(torch.arange(size)), batch_size,
                                      shuffle=shuffle, drop_last=drop_last,
                                      generator=self.generator)

    def probes(self):
        found = {"default": probe(torch.default_generator)}
        if self.generator is not None:
            found["own"] = probe(self.generator)
        return found

    def epochs(self):
        """Whole epochs, one after the other."""
        self.case["length"] = len(self.loader)
        self.case["epochs"] = [{"batches": [batch.tolist() for (batch,) in self.loader],
                                **self.probes()} for _ in range(EPOCHS)]
        return self.case

    def steps(self):
        """Where the generators are after each batch of an epoch."""
        iterator = iter(self.loader)
        self.case["steps"] = [self.probes() for _ in iterator] + [self.probes()]
        return self.case


def split(seed, size, lengths):
    torch.manual_seed(seed)
    parts = data.random_split(range(size), lengths)
    return {"seed": seed, "size": size, "lengths": lengths,
            "parts": [list(part.indices) for part in parts],
            "default": probe(torch.default_generator)}


def error_of(call):
    try:
        call()
    except (ValueError, AssertionError, IndexError) as error:
        return str(error)
    raise SystemExit("no error")


def errors():
    x = torch.arange(4)
    calls = {
        "batch_size=0": lambda: data.DataLoader(x, 0),
        "batch_size=-3": lambda: data.DataLoader(x, -3),
        "shuffle of nothing": lambda: data.DataLoader(data.TensorDataset(x[:0]), 2, shuffle=True),
        "TensorDataset": lambda: data.TensorDataset(x, x[:3]),
        "ConcatDataset": lambda: data.ConcatDataset([]),
        "ConcatDataset[-9]": lambda: data.ConcatDataset([x, x])[-9],
    }
    calls.update({f"split {size} {lengths}": lambda size=size, lengths=lengths:
                  data.random_split(range(size), lengths) for size, lengths in BAD_SPLITS})
    return [{"case": name, "message": error_of(call)} for name, call in calls.items()]


def facts():
    warnings.simplefilter("ignore")
    runs = [(seed, shape, shuffle, own) for seed in SEEDS for shape in SHAPES
            for shuffle in (False, True) for own in (False, True)]
    lists = {
        "epochs": [Run(*run).epochs() for run in runs],
        "steps": [Run(*run).steps() for run in runs if run[0] == 42],
        "splits": [split(seed, *one) for seed in SEEDS for one in SPLITS],
        "errors": errors(),
    }
    text = f'{{"about": "torch.utils.data of PyTorch {torch.__version__}"'
    for name, cases in lists.items():
        text += line_per_case(f',\n"{name}": [\n', cases, "]")
    return {"data.json": text + "}\n"}


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
