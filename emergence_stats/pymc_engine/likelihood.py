"""The likelihood of `models/likelihood.py` as a PyTensor expression; the dispersion node is summed out by the caller.

Written anew from the equations, not from the tables of the quadrature: the two engines share no line here.
"""

from __future__ import annotations

from typing import Any

from emergence_stats.models.likelihood import COUNTS

Tensor = Any  # a symbolic tensor of PyTensor, or a number
SMALLEST = 1e-12  # curve values are kept this far from 0 and 1


def log_likelihood(
    kind: int,
    value: Tensor,
    first: Tensor,
    second: Tensor,
    dispersion: Tensor,
    failed_run_rate: Tensor,
    failed_run_softness: Tensor,
) -> Tensor:
    """log[(1 - e) p(y | f, rho) + e p_failed(y | f)] of every point at every dispersion node.

    Args:
        kind: COUNTS (beta-binomial; the first node is the binomial) or GAUSSIAN.
        value: the curve, shape (..., n_points).
        first: successes or score, shape (n_points,).
        second: items or standard error, shape (n_points,).
        dispersion: values of the nodes, ascending, shape (n_nodes,).
        failed_run_rate: e.
        failed_run_softness: softness of "below the curve", in units of score.

    Returns:
        A tensor of shape (..., n_points, n_nodes), in nats.
    """
    import pytensor.tensor as pt

    f = pt.clip(value, SMALLEST, 1.0 - SMALLEST)[..., None]
    y, size = first[:, None], second[:, None]
    if kind == COUNTS:
        choose = pt.gammaln(size + 1.0) - pt.gammaln(y + 1.0) - pt.gammaln(size - y + 1.0)
        binomial = choose + y * pt.log(f) + (size - y) * pt.log1p(-f)
        total = 1.0 / dispersion[1:] - 1.0
        alpha, beta = f * total, (1.0 - f) * total
        spread = choose + pt.gammaln(y + alpha) + pt.gammaln(size - y + beta) - pt.gammaln(size + total)
        spread += pt.gammaln(total) - pt.gammaln(alpha) - pt.gammaln(beta)
        plain = pt.concatenate([binomial, spread], axis=-1)
        observed, log_cells = y / size, pt.log(size + 1.0)
    else:
        variance = size**2 + dispersion**2
        plain = -0.5 * ((y - f) ** 2 / variance + pt.log(2.0 * pt.pi * variance))
        observed, log_cells = y, 0.0
    below = -pt.softplus((observed - f) / failed_run_softness)
    failed = below - pt.log(pt.maximum(f, failed_run_softness)) - log_cells
    return pt.logaddexp(pt.log1p(-failed_run_rate) + plain, pt.log(failed_run_rate) + failed)
