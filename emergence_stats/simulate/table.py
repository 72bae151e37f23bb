"""A tidy table of simulated series, with the truth in columns of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emergence_stats.arguments import whole_number
from emergence_stats.errors import InputError
from emergence_stats.simulate.shapes import SHAPES
from emergence_stats.simulate.single import HAS_POSITION, Spacing, simulate

if TYPE_CHECKING:
    import pandas as pd

INNER_RANGE = (0.3, 0.75)  # where a threshold that is not given falls, as a share of the log range
SCALE_COLUMNS = ("params", "train_flops", "tokens", "loss")


def simulate_table(
    n_series: int = 10,
    *,
    shapes: Sequence[str] = tuple(SHAPES),
    n_scales: int = 8,
    n_items: int = 500,
    chance_level: float = 0.25,
    threshold: float | None = None,
    width: float | None = None,
    guess_rate: float | None = None,
    lapse_rate: float = 0.05,
    overdispersion: float = 0.0,
    run_noise: float = 0.0,
    scale_range: tuple[float, float] = (1e7, 1e11),
    scale_kind: str = "params",
    spacing: Spacing = "even",
    seed: int = 0,
) -> pd.DataFrame:
    """Draw many series, going round the shapes in turn.

    Args:
        n_series: number of series.
        shapes: names of `SHAPES`; series i has shape ``shapes[i % len(shapes)]``.
        n_scales: scales of each series.
        n_items: test items at each scale.
        chance_level: nominal score of random answers.
        threshold: midpoint in the scale's unit; by default drawn for each series in the inner part of the range.
        width: 10-90 % width in decades; by default that of `simulate`.
        guess_rate: true floor; by default the chance level.
        lapse_rate: what even the largest models miss.
        overdispersion: intraclass correlation of the items of one run.
        run_noise: standard deviation between runs on the logit scale.
        scale_range: smallest and largest scale.
        scale_kind: ``params``, ``train_flops`` or ``tokens``, the name of the scale column; others are in ``scale``.
        spacing: as in `simulate`.
        seed: series i depends on the seed and on i alone, so a longer table begins with the shorter one.

    Returns:
        One row per measurement: ``task``, the scale, ``n_correct``, ``n_items``, ``chance_level`` and
        ``true_shape``, ``true_threshold``, ``true_width_decades``, ``true_guess_rate``, ``true_lapse_rate``,
        ``true_score``. Missing truths (a flat series has no threshold) are NaN.

    Raises:
        InputError: an option is unknown or out of its range.
    """
    import pandas as pd

    n_series, seed = whole_number("n_series", n_series, minimum=1), whole_number("seed", seed)
    if not shapes:
        msg = "shapes: expected at least one, got none"
        raise InputError(msg)
    digits = len(str(n_series - 1))
    parts = []
    for i in range(n_series):
        generator = np.random.default_rng([seed, i])
        shape = shapes[i % len(shapes)]
        share = generator.uniform(*INNER_RANGE)  # drawn even if unused: options do not shift later draws
        place = threshold
        if place is None and shape in HAS_POSITION and shape != "log_linear":
            place = float(scale_range[0] * (scale_range[1] / scale_range[0]) ** share)
        drawn = simulate(
            shape,
            n_scales=n_scales,
            n_items=n_items,
            chance_level=chance_level,
            threshold=place,
            width=width,
            guess_rate=guess_rate,
            lapse_rate=lapse_rate,
            overdispersion=overdispersion,
            run_noise=run_noise,
            scale_range=scale_range,
            scale_kind=scale_kind,
            spacing=spacing,
            seed=generator,
        )
        series, truth = drawn.series, drawn.truth
        parts.append(
            pd.DataFrame(
                {
                    "task": f"{shape}_{i:0{digits}d}",
                    scale_kind if scale_kind in SCALE_COLUMNS else "scale": series.scale,
                    "n_correct": np.asarray(series.n_correct).astype(np.int64),
                    "n_items": np.asarray(series.n_items).astype(np.int64),
                    "chance_level": chance_level,
                    "true_shape": shape,
                    "true_threshold": np.nan if truth.threshold is None else truth.threshold,
                    "true_width_decades": np.nan if truth.width is None else truth.width,
                    "true_guess_rate": truth.guess_rate,
                    "true_lapse_rate": truth.lapse_rate,
                    "true_score": truth.score,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
