"""Which measurement of the strategy belongs to which of the baseline: the same model, or the same scale."""

from __future__ import annotations

import collections
import dataclasses
from typing import Literal

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import SeriesError
from emergence_stats.series import FloatArray, Series

PairedBy = Literal["model", "scale", "item"]
Key = tuple[str, ...]
FEWEST_PAIRS = 2
LISTED = 4


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """Points of two series that belong together, in ascending order of scale; n_pairs of them.

    Attributes:
        baseline: index into the baseline's points, shape (n_pairs,).
        strategy: index into the strategy's points, shape (n_pairs,).
        scale: shape (n_pairs,).
        model: label of each pair.
        paired_by: what the points have in common.
        warnings: what was left out.
    """

    baseline: npt.NDArray[np.intp]
    strategy: npt.NDArray[np.intp]
    scale: FloatArray
    model: tuple[str, ...]
    paired_by: PairedBy
    warnings: tuple[str, ...]


def match(baseline: Series, strategy: Series) -> Matched:
    """Pair the points of two series by model (and seed, where given), or by scale where models are not named.

    Raises:
        SeriesError: the series are on different scales or metrics, no two models are shared, or a model occurs
            several times without seeds that tell its runs apart.
    """
    for name in ("scale_kind", "metric", "higher_is_better", "score_bounds"):
        first, second = getattr(baseline, name), getattr(strategy, name)
        if first != second and not (name == "metric" and "" in (first, second)):
            msg = f"compare: expected two series with the same {name}, got {first!r} and {second!r}"
            raise SeriesError(msg)
    by: PairedBy = "model" if _named(baseline) and _named(strategy) else "scale"
    keys = [_keys(series, by) for series in (baseline, strategy)]
    for role, found in zip(("baseline", "strategy"), keys, strict=True):
        repeated = [key for key, count in collections.Counter(found).items() if count > 1]
        if repeated:
            msg = (
                f"compare: expected every {by} once in the {role}, got {' seed '.join(repeated[0])} "
                f"{found.count(repeated[0])} times; a column seed tells runs apart"
            )
            raise SeriesError(msg)
    place = {key: index for index, key in enumerate(keys[1])}
    pairs = [(i, place[key]) for i, key in enumerate(keys[0]) if key in place]
    if len(pairs) < FEWEST_PAIRS:
        raise SeriesError(_too_few(baseline, strategy, keys, len(pairs), by))
    first_of, second_of = (np.array(column, dtype=np.intp) for column in zip(*pairs, strict=True))
    scale = baseline.scale[first_of]
    if not np.array_equal(scale, strategy.scale[second_of]):
        odd = int(np.flatnonzero(scale != strategy.scale[second_of])[0])
        msg = (
            f"compare: expected one scale for {keys[0][first_of[odd]][0]}, got {scale[odd]:g} in the baseline and "
            f"{strategy.scale[second_of[odd]]:g} in the strategy"
        )
        raise SeriesError(msg)
    if np.unique(scale).size < FEWEST_PAIRS:
        msg = f"compare: expected shared {by}s at two different scales or more, got all at {scale[0]:g}"
        raise SeriesError(msg)
    alone = len(keys[0]) + len(keys[1]) - 2 * len(pairs)
    left_out = f"{alone} measurement{'s' if alone > 1 else ''} without a partner left out of the comparison"
    return Matched(
        baseline=first_of,
        strategy=second_of,
        scale=scale,
        model=tuple(keys[0][i][0] for i in first_of),
        paired_by=by,
        warnings=(left_out,) if alone else (),
    )


def _named(series: Series) -> bool:
    return series.model is not None and all(series.model)


def _keys(series: Series, by: str) -> list[Key]:
    """What identifies each point of a series."""
    names = series.model if by == "model" and series.model is not None else [f"{value:g}" for value in series.scale]
    seeds = series.seed if series.seed is not None and any(series.seed) else ("",) * series.n_points
    return [(name, seed) if seed else (name,) for name, seed in zip(names, seeds, strict=True)]


def _too_few(baseline: Series, strategy: Series, keys: list[list[Key]], n_shared: int, by: str) -> str:
    """The message for series that share fewer than two models."""

    def listed(found: list[Key]) -> str:
        names = list(dict.fromkeys(key[0] for key in found))
        return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")

    return (
        f"compare: expected at least {FEWEST_PAIRS} {by}s in both series, got {n_shared}: the baseline "
        f"({baseline.name}) has {listed(keys[0])}; the strategy ({strategy.name}) has {listed(keys[1])}"
    )
