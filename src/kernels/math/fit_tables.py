#!/usr/bin/env python3
"""Prints a table of math_tables32.h whose columns are of equal width: kGeluTanh, or kGelu.

    fit_tables.py kGeluTanh 6 5      # columns in 1, degree of the polynomials

In each column: a centre c at which the value is a float to 31 bits, then coefficients of (a - c)^k
by weighted least squares on Chebyshev nodes, reweighted (Lawson) towards the minimax fit of the
relative error; each coefficient is rounded to float in turn and the later ones are fitted again.
The last column is 0. Needs mpmath and numpy.
"""
import sys

import mpmath
import numpy
from mpmath import mpf

mpmath.mp.dps = 40
COLUMNS, NODES = 32, 400


def gelu(a):
    """a P(Z > a)."""
    return a * mpmath.erfc(a / mpmath.sqrt(2)) / 2


def gelu_tanh(a):
    """-gelu_tanh(-a)."""
    return a / (1 + mpmath.exp(mpmath.sqrt(8 / mpmath.pi) * (a + mpf("0.044715") * a ** 3)))


FUNCTIONS = {"kGelu": gelu, "kGeluTanh": gelu_tanh}


def as_float(x):
    return float(numpy.float32(float(x)))


def centre(f, low, high):
    """Near the middle and with few bits, where the value is a float to 31 bits, or the best such."""
    step = 2.0 ** -13
    best = None
    for i in range(-int((high - low) / 8 / step), int((high - low) / 8 / step) + 1):
        c = round((low + high) / 2 / step + i) * step
        value = f(mpf(c))
        error = abs(as_float(value) / value - 1)
        if best is None or error < best[0]:
            best = error, c
        if error < mpf(2) ** -31:
            break
    return best[1]


def least_squares(powers, target):
    """Coefficients of the columns of `powers` that come close to the smallest largest error."""
    norms = numpy.abs(powers).max(axis=0)
    weight = numpy.ones(len(target))
    for _ in range(60):
        root = numpy.sqrt(weight)
        solution = numpy.linalg.lstsq(powers / norms * root[:, None], target * root, rcond=None)[0]
        error = numpy.abs(powers / norms @ solution - target)
        weight *= error / error.max() + 1e-3
        weight /= weight.sum()
    return solution / norms


def column(f, low, high, degree):
    """What stands in a column, and log2 of its largest relative error."""
    c = 0.0 if low == 0 else centre(f, low, high)
    found = [as_float(f(mpf(c)))]
    a = (low + high) / 2 + (high - low) / 2 * numpy.cos(
        numpy.pi * (numpy.arange(NODES) + 0.5) / NODES)
    exact = [f(mpf(x)) for x in a]
    size = numpy.array([float(y) for y in exact])
    rest = numpy.array([float(y - found[0]) for y in exact])
    for k in range(1, degree + 1):
        powers = numpy.stack([(a - c) ** j for j in range(k, degree + 1)], axis=1)
        found.append(as_float(least_squares(powers / size[:, None], rest / size)[0]))
        rest -= found[-1] * (a - c) ** k
    return [c] + found, numpy.log2(numpy.abs(rest / size).max())


def literal(x):
    if x == 0:
        return "0.0f"
    mantissa, exponent = x.hex().split("p")
    return mantissa[:mantissa.index(".") + 7] + "p" + exponent + "f"


def main():
    name, per_unit, degree = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    columns = []
    for i in range(COLUMNS - 1):
        low, high = max(0.0, (i - 0.5) / per_unit), (i + 0.5) / per_unit
        values, error = column(FUNCTIONS[name], low, high, degree)
        columns.append(values)
        print(f"to {high:.3f}: relative error 2^{error:.1f}", file=sys.stderr)
    columns.append([0.0] * (degree + 2))
    print(f"alignas(64) inline constexpr float {name}[{degree + 2}][{COLUMNS}] = {{")
    for row in zip(*columns):
        print("    {" + ", ".join(map(literal, row)) + "},")
    print("};")


if __name__ == "__main__":
    main()
