"""Special functions that compiled loops need and numba does not bring.

Loops run on vectors of several numbers at once if what they call has no branches and no calls into the C library:
hence exponentials and logarithms of our own.
"""

from __future__ import annotations

import math

from emergence_stats.compiled import bits_of, compiled, float_of, inlined
from emergence_stats.series import FloatArray

LN2 = 0.6931471805599453
LN2_HIGH, LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10  # their sum is ln 2, the first one short
INVERSE_LN2 = 1.4426950408889634
HALF_LOG_TWO_PI = 0.9189385332046727
STIRLING_FROM = 7.0  # where Stirling's series has converged
ROUNDING = 1.5 * 2.0**52  # added to a double it leaves the nearest whole number in the last bits
ONE_BITS = 0x3FF0000000000000
ROOT_HALF_BITS = 0x3FE6A09E667F3BCD


@inlined
def fast_exp(x: float) -> float:
    """exp(x) with a relative error below 1e-14, held constant beyond +-700; free of branches.

    x = k ln 2 + r with |r| <= ln 2 / 2, the Taylor series of exp(r), and k put into the exponent's bits.
    """
    y = min(max(x, -700.0), 700.0)
    shifted = y * INVERSE_LN2 + ROUNDING
    k = shifted - ROUNDING
    r = (y - k * LN2_HIGH) - k * LN2_LOW
    p = 1.0 / 5040.0 + r * (1.0 / 40320.0 + r * (1.0 / 362880.0 + r * (1.0 / 3628800.0 + r * (1.0 / 39916800.0))))
    p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * p))))))
    return p * float_of((bits_of(shifted) << 52) + ONE_BITS)


@inlined
def fast_log(x: float) -> float:
    """log(x) of a positive normal number with a relative error below 1e-14; free of branches.

    x = 2^k m with m in [sqrt(1/2), sqrt(2)), and the series of 2 artanh((m - 1) / (m + 1)).
    """
    bits = bits_of(x)
    k = (bits - ROOT_HALF_BITS) >> 52
    m = float_of(bits - (k << 52))
    t = (m - 1.0) / (m + 1.0)
    s = t * t
    p = 2.0 / 9.0 + s * (2.0 / 11.0 + s * (2.0 / 13.0 + s * (2.0 / 15.0 + s * (2.0 / 17.0))))
    return t * (2.0 + s * (2.0 / 3.0 + s * (2.0 / 5.0 + s * (2.0 / 7.0 + s * p)))) + k * LN2


@compiled
def log_add(first: float, second: float) -> float:
    """log(exp(first) + exp(second)) without overflow; -inf counts as 0."""
    if first < second:
        first, second = second, first
    if second == -math.inf:
        return first
    return first + math.log1p(math.exp(second - first))


@inlined
def stirling(x: float) -> float:
    """log Gamma(x) of x >= 7 with an absolute error below 1e-10, or a relative one below 1e-14; free of branches."""
    z = 1.0 / x
    s = z * z
    series = z * (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0)))))
    return (x - 0.5) * fast_log(x) - x + HALF_LOG_TWO_PI + series


@inlined
def fast_lgamma(x: float) -> float:
    """log Gamma(x) of x > 0, as exact: `stirling` at x + 7 and the recurrence back; free of branches."""
    back = x * (x + 1.0) * (x + 2.0) * (x + 3.0) * (x + 4.0) * (x + 5.0) * (x + 6.0)
    return stirling(x + STIRLING_FROM) - fast_log(back)


@inlined
def log_one_plus_exp(x: float) -> float:
    """log(1 + exp(x)) without overflow; free of branches."""
    return max(x, 0.0) + fast_log(1.0 + fast_exp(-abs(x)))


@inlined
def exp_of_negative(x: float) -> float:
    """exp(x) for x <= 0, held at its value at -40 below that; free of branches, and quicker than `fast_exp`.

    A fourth-order Taylor polynomial of exp(x / 128), squared seven times. The relative error is below 4e-6 from -10
    on, where weights can be seen, and below 4e-3 everywhere.
    """
    y = max(x, -40.0) * (1.0 / 128.0)
    p = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0))))
    for _ in range(7):
        p *= p
    return p


@compiled
def lane_sum(values: FloatArray, start: int, stop: int) -> float:
    """Sum of values[start:stop] in eight lanes, which run on vectors in a fixed order."""
    whole = start + (stop - start) // 8 * 8
    # Eight names and not an array of eight, which would cost more than a short sum.
    a = b = c = d = e = f = g = h = 0.0
    for n in range(start, whole, 8):
        a, b, c, d = a + values[n], b + values[n + 1], c + values[n + 2], d + values[n + 3]
        e, f, g, h = e + values[n + 4], f + values[n + 5], g + values[n + 6], h + values[n + 7]
    total = a + b + c + d + e + f + g + h
    for n in range(whole, stop):
        total += values[n]
    return total
