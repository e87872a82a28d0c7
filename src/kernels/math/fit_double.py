#!/usr/bin/env python3
"""Prints the coefficients of math_double-inl.h: polynomials through Chebyshev's points, which are
within a factor of about 2 of the best. Needs mpmath."""
import mpmath as mp

mp.mp.prec = 300


def interpolate(f, low, high, degree):
    """Coefficients, the lowest first, of the polynomial through f at Chebyshev's points."""
    n = degree + 1
    center, half = (mp.mpf(high) + low) / 2, (mp.mpf(high) - low) / 2
    nodes = [center + half * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    rows = mp.matrix(n, n)
    for i, x in enumerate(nodes):
        for j in range(n):
            rows[i, j] = x ** j
    return list(mp.lu_solve(rows, mp.matrix([f(x) for x in nodes])))


def error(f, coefficients, low, high):
    """log2 of the largest relative error."""
    points = [low + (mp.mpf(high) - low) * i / 2000 for i in range(2001)]
    value = lambda x: mp.polyval(coefficients[::-1], x)
    return mp.log(max(abs(value(x) / f(x) - 1) for x in points), 2)


def show(name, f, low, high, degree):
    c = [mp.mpf(float(x)) for x in interpolate(f, low, high, degree)]
    print(f"{name}, degree {degree}, relative error 2^{float(error(f, c, low, high)):.1f}")
    print("  " + ", ".join(float(x).hex() for x in c))


def tail_of(k, c):
    """(1 + c a) exp(a^2 / 2) P(Z > a) as a function of t = (a - k) / (a + k)."""

    def f(t):
        a = k * (1 + t) / (1 - t)
        return (1 + c * a) * mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2

    return f


if __name__ == "__main__":
    h = mp.log(2) / 2
    cubic = lambda r: (mp.exp(r) - 1 - r - r * r / 2) / r ** 3
    show("(exp(r) - 1 - r - r^2 / 2) / r^3", cubic, -h, h * (1 + mp.mpf(2) ** -60), 9)
    ratio = lambda v: mp.erf(mp.sqrt(v)) / mp.sqrt(v)
    show("erf(x) / x in x^2", ratio, mp.mpf(2) ** -200, 0.25, 8)
    high = (mp.mpf("38.7") - 6) / (mp.mpf("38.7") + 6)
    show("(1 + a) exp(a^2 / 2) P(Z > a) in (a - 6) / (a + 6)", tail_of(6, 1), -1, high, 22)

    def erfc_ratio(t):
        a = 3 * (1 + t) / (1 - t)
        return (a + 3) * mp.exp(a * a) * mp.erfc(a)

    low, high = (mp.mpf(0.5) - 3) / mp.mpf(3.5), mp.mpf(3) / 9
    show("(a + 3) exp(a^2) erfc(a) in (a - 3) / (a + 3)", erfc_ratio, low, high, 16)
