#!/usr/bin/env python3
"""Compares wick's random streams with PyTorch's, bit for bit, on seeds nobody has looked at.

    check_random.py PATH_TO_random_dump [--seeds N] [--size N] [--first-seed S]

Each seed runs one program of calls, shuffled, from one generator, so that what a call leaves behind
(the kept normal number, an odd number of outputs) is checked too. Without PyTorch there is nothing
to compare with: the script says so and succeeds.
"""

import argparse
import random
import subprocess
import sys
import warnings

try:
    import torch
except ImportError:
    torch = None

FLOATING = ["float32", "float64", "float16", "bfloat16"]
ALL = FLOATING + ["int64", "int32", "uint8", "bool"]


def calls(rng, size):
    """One list of calls: every op on every dtype that PyTorch takes, in random order."""
    result = []

    def add(op, dtype, *arguments, n=None):
        if n is None:
            n = rng.choice([0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 623, 624, 625, 1000, size - 1])
        result.append(":".join([op, dtype, str(n)] + [str(a) for a in arguments]))

    for dtype in FLOATING:
        for _ in range(3):
            low = rng.uniform(-5, 5)
            add("uniform", dtype, low, low + rng.choice([1e-3, 1.0, 7.3]))
            add("normal", dtype, rng.uniform(-3, 3), rng.uniform(0, 4))
            add("normal", dtype, 0, 1)
        add("uniform", dtype, 0, 1, n=size)
        add("normal", dtype, 0, 1, n=size)
        add("normal_strided", dtype, 0.5, 2)
        add("exponential", dtype, rng.uniform(0.1, 5))
    for dtype in FLOATING + ["int64", "int32"]:
        add("randperm", dtype, n=rng.choice([0, 1, 2, 10, 200]))
    add("randperm", "int64", n=size)
    for dtype in ["float32", "float64", "bfloat16"]:  # PyTorch has no bernoulli_ for float16
        add("dropout", dtype, rng.uniform(0.01, 0.99))
        add("dropout", dtype, rng.choice([0.1, 0.2, 0.3, 0.5]), n=size)
        add("bernoulli_each", dtype)
    for dtype in ALL:
        add("random", dtype)
        if dtype != "float16":
            add("bernoulli", dtype, rng.random())
    bounds = {"bool": (0, 2), "uint8": (3, 250), "float16": (-1000, 1001), "bfloat16": (-100, 90)}
    for dtype in ALL:
        add("randint", dtype, *bounds.get(dtype, (-(2**20), 2**30)))
    for dtype in ["int64", "float32", "float64", "bfloat16"]:
        add("randint", dtype, -5, 2**32 - 5 + rng.choice([-1, 0, 1]))
        add("randint", dtype, -(2 ** rng.randrange(33, 60)), 2 ** rng.randrange(33, 60) + 1)
        start = rng.randrange(-(2**50), 2**50)
        add("randint", dtype, start, start + rng.choice([2**51, 2**52]))
    rng.shuffle(result)
    return [call for entry in result for call in (entry, "state:float32:0")]


def expected(call):
    """The tensor that PyTorch gives for a call, or None where it refuses."""
    op, dtype, n, *arguments = call.split(":")
    dtype, n = getattr(torch, dtype), int(n)
    if op == "state":
        return torch.get_rng_state()
    if op == "randint":
        return torch.empty(n, dtype=dtype).random_(int(arguments[0]), int(arguments[1]))
    if op == "randperm":
        return torch.randperm(n, dtype=dtype)
    numbers = [float(a) for a in arguments]
    if op == "dropout":
        return torch.nn.functional.dropout(torch.ones(n, dtype=dtype), numbers[0], True)
    if op == "bernoulli_each":
        p = torch.tensor([i % 11 / 10 for i in range(n)], dtype=torch.float64)
        return torch.bernoulli(p.to(torch.float32).to(dtype) if dtype != torch.float64 else p)
    if op == "normal_strided":
        return torch.empty(n, 2, dtype=dtype)[:, 0].normal_(*numbers)
    return getattr(torch.empty(n, dtype=dtype), op + "_")(*numbers)


def check_seed(dump, seed, size):
    """Runs one program; returns the number of bytes compared and the lines that differ."""
    program = calls(random.Random(seed), size)
    output = subprocess.run([dump, str(seed), *program], check=True, capture_output=True, text=True)
    lines = output.stdout.split("\n")
    compared, wrong = 0, []
    torch.manual_seed(seed)
    for index, (call, line) in enumerate(zip(program, lines)):
        tensor = expected(call)
        wanted = tensor.contiguous().numpy().tobytes() if tensor.dtype != torch.bfloat16 else (
            tensor.contiguous().view(torch.int16).numpy().tobytes())
        actual = bytes.fromhex(line)
        compared += len(wanted)
        if actual != wanted:
            width = tensor.element_size()
            count = sum(actual[i:i + width] != wanted[i:i + width]
                        for i in range(0, len(wanted), width))
            wrong.append(f"seed {seed}, call {index} {call}: {count} of {tensor.numel()} differ")
    return compared, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump", help="the random_dump program")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--size", type=int, default=100003, help="length of the long calls")
    parser.add_argument("--first-seed", type=int, default=None, help="repeat a run; else random")
    options = parser.parse_args()
    if torch is None:
        print("check_random: skipped, this python has no torch")
        return 0
    warnings.simplefilter("ignore")  # torch warns of bounds that a dtype cannot count to
    start = options.first_seed
    seeds = [random.SystemRandom().randrange(-(2**63), 2**64) if start is None else start + i
             for i in range(options.seeds)]
    total, wrong = 0, []
    for seed in seeds:
        compared, problems = check_seed(options.dump, seed, options.size)
        total += compared
        wrong += problems
    print("\n".join(wrong + [f"check_random: torch {torch.__version__}, {len(seeds)} seeds, "
                             f"{total} bytes compared, {len(wrong)} calls differ"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
