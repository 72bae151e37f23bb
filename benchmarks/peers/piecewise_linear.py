"""Continuous piecewise linear functions by global optimisation: the package pwlf (Jekel & Venter 2019)."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.stats import norm

from benchmarks.baselines import bic
from benchmarks.cases import SHARP_WIDTH
from benchmarks.peers.finding import BAD_ERROR, Finding, PeerFailure
from emergence_stats.series import FloatArray, Series

MOST_SEGMENTS = 3  # flat, rise, flat
SPAN_SHARE = 0.8  # of a straight rise, from 10 to 90 %


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """One fit: its BIC, breaks with standard errors (None where the package raised), and slopes."""

    bic: float
    breaks: FloatArray
    errors: FloatArray | None
    slopes: FloatArray


def piecewise(series: Series) -> Finding:
    """One to three segments with fewer parameters than points, their number chosen by BIC (left to pwlf's user).

    Score: BIC of one segment minus the best of more, reversed if the segment that changes most falls. Called: more
    than one preferred, that segment rises, and 80 % of it is under a decade. Threshold: the middle of that segment
    where more than one is preferred; its interval from the standard errors (non-linear method) of the segment's ends,
    taken as independent.

    Raises:
        PeerFailure: too few points for two segments.
    """
    fits = [_fit(series, n) for n in range(1, MOST_SEGMENTS + 1) if 2 * n < series.n_points]
    if len(fits) == 1:
        msg = f"two segments have 4 parameters, the series {series.n_points} points"
        raise PeerFailure(msg)
    chosen = min(fits[1:], key=lambda fit: fit.bic)
    gain = fits[0].bic - chosen.bic
    changes = chosen.slopes * np.diff(chosen.breaks)
    most = int(np.argmax(np.abs(changes)))
    left, right = chosen.breaks[most : most + 2]
    rises = bool(changes[most] > 0.0)
    preferred = gain > 0.0
    middle = float(left + right) / 2.0
    half, sound = None, True
    if chosen.errors is not None:
        sound = bool(np.all(np.isfinite(chosen.errors)) and np.all(chosen.errors > 0.0))
        ends = np.concatenate([[0.0], chosen.errors, [0.0]])[most : most + 2]  # the outer ends are given
        half = float(norm.ppf(0.95)) * float(np.hypot(*ends)) / 2.0
    has_interval = preferred and half is not None and bool(np.isfinite(half)) and half > 0.0
    return Finding(
        score=gain if rises else -abs(gain),
        called=preferred and rises and SPAN_SHARE * float(right - left) < SHARP_WIDTH,
        threshold=middle if preferred else None,
        low=middle - half if has_interval and half is not None else None,
        high=middle + half if has_interval and half is not None else None,
        rises=rises,
        faults=() if sound else (BAD_ERROR,),
    )


def _fit(series: Series, n_segments: int) -> Segments:
    """One number of segments."""
    import pwlf

    model = pwlf.PiecewiseLinFit(series.log10_scale, np.asarray(series.score), seed=0)
    breaks = np.asarray(model.fit(n_segments), dtype=np.float64)
    n_breaks = n_segments - 1
    errors = None
    if n_breaks:
        try:
            errors = np.asarray(model.standard_errors(method="non-linear"), dtype=np.float64)[-n_breaks:]
        except np.linalg.LinAlgError:  # it says so; the fit stands without errors
            errors = None
    return Segments(
        bic=bic(float(model.ssr), series.n_points, n_segments + 1 + n_breaks),
        breaks=breaks,
        errors=errors,
        slopes=np.asarray(model.slopes, dtype=np.float64),
    )
