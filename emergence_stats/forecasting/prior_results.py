"""Results at sizes that no forecast reaches: where nothing is measured yet, or one size alone.

A forecast continues the curves of a posterior beyond its range, and without two scales there is none. Here the range is
that of what would be measured: each curve of the analysis, with its parameters from their priors, weighed by the
likelihood of what is known (of nothing: by 1), is asked for its value at every further size.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.errors import InputError
from emergence_stats.evidence.quadrature import all_curves, make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.posterior import join, systematic_rows
from emergence_stats.predictive_draws import beta_binomial
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings

KNOWN, FURTHER = "known", "further"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A series before its first score.

    Attributes:
        chance_level: score of a model without the ability.
        scale_kind: kind of scale.
        name: what the series is called.
    """

    chance_level: float
    scale_kind: str
    name: str

    def filled(self, scale: FloatArray, n_correct: FloatArray, n_items: FloatArray) -> Series:
        """The series with these scores."""
        return Series(
            scale=scale,
            n_correct=n_correct,
            n_items=n_items,
            chance_level=self.chance_level,
            scale_kind=self.scale_kind,
            name=self.name,
        )


def draw_results(
    start: Blank | Series, further: tuple[float, ...], items: int, replicates: int, settings: Settings, *, seed: int
) -> FloatArray:
    """Counts right at further sizes, shape (replicates, n_further), one curve for all sizes of a replicate.

    Args:
        start: what is known: nothing, or counts.
        further: the further sizes.
        items: items at each of them.
        replicates: how many results.
        settings: priors and effort of the analysis.
        seed: of the counts; the curves are spread evenly over their probability.

    Raises:
        InputError: all sizes together are one.
    """
    scale = np.array(further, dtype=np.float64)
    right, asked = np.zeros(scale.size), np.full(scale.size, float(items))
    # Labels keep known and further points apart, whichever order the series puts them in.
    labels = (FURTHER,) * scale.size
    if isinstance(start, Blank):
        design = start.filled(scale, right, asked).replace(model=labels)
    else:
        assert start.n_items is not None
        design = start.replace(
            scale=np.concatenate((start.scale, scale)),
            n_correct=np.concatenate((counted(start), right)),
            n_items=np.concatenate((start.n_items, asked)),
            model=(KNOWN,) * start.n_points + labels,
            score=None, stderr=None, seed=None, outcomes=None,
        )  # fmt: skip
    if design.n_scales < 2:
        msg = f"scales: expected at least two different sizes in each set where fewer are known, got {further}"
        raise InputError(msg)
    assert design.model is not None
    known = np.array([label == KNOWN for label in design.model])
    problem = make_problem(observe(design, settings.prior), settings, design.scale_kind)
    found = all_curves(problem, used=known.astype(np.float64))
    posterior = join(found, problem, points=np.flatnonzero(known))
    rows = systematic_rows(posterior.weight, replicates)
    values = posterior.values[rows][:, ~known]
    dispersion = problem.observations.dispersion[posterior.dispersion[rows]]
    drawn = beta_binomial(values, dispersion, asked, np.random.default_rng(seed))
    place = np.argsort(np.argsort(-scale if design.scale_kind == "loss" else scale, kind="stable"), kind="stable")
    drawn = drawn[:, place]
    return drawn if design.higher_is_better else items - drawn


def counted(series: Series) -> FloatArray:
    """Items right at each point of a series of counts."""
    if series.n_correct is not None:
        return series.n_correct
    assert series.score is not None
    assert series.n_items is not None
    return np.rint(series.score * series.n_items)
