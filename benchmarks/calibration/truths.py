"""Parameters drawn from the prior of one curve, and data drawn from the likelihood given them."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np

from benchmarks import draws
from benchmarks.cases import Design
from benchmarks.prior import heights, levels_of, shape_of, width_prior
from emergence_stats.models.curves import CURVES
from emergence_stats.models.likelihood import COUNTS, Observations, observe
from emergence_stats.posterior import log_curve_priors
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.simulate import beta_binomial

Form = Literal["counts", "gaussian", "scores"]
FORMS: tuple[Form, ...] = ("counts", "gaussian", "scores")
SCALE_KINDS = ("params", "train_flops")
SCORE_GRID = 4001  # scores of failed runs are drawn from so many values between 0 and 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """One draw from the prior of one curve, and data drawn from it.

    Attributes:
        curve: key of `CURVES`.
        threshold: midpoint or vertex, in observed ranges; NaN where the curve has none.
        width: 10-90 % width in observed ranges; NaN where the curve has none.
        levels: (amplitude_1, amplitude_2, base), shape (3,).
        dispersion: index of the dispersion node.
        value: the curve at each point, shape (n_points,).
        data: what was observed.
        series: the same as a series, for counts; None for scores, which may leave [0, 1] here.
        scale_kind: kind of scale, which sets the prior of the exponent.
    """

    curve: str
    threshold: float
    width: float
    levels: FloatArray
    dispersion: int
    value: FloatArray
    data: Observations
    series: Series | None
    scale_kind: str


def draw_truth(
    curve_name: str, generator: np.random.Generator, *, form: Form = "counts", settings: Settings | None = None
) -> Truth:
    """Draw a design, the parameters of a curve and data.

    Designs have 4-10 unequally spaced scales over 2-4.5 decades and 30-10,000 items (or standard errors of .003-.05),
    and every chance level of ``draws``. The failed-run component of the likelihood does not integrate to exactly 1
    near the floor; truths are drawn from its normalised form, which changes no probability of a point by more than
    one in a hundred.
    """
    settings = settings or Settings()
    design = draws.design(generator, n_scales=(4, 10), span=(2.0, 4.5), n_items=(30, 10_000))
    scale_kind = str(generator.choice(SCALE_KINDS))
    blank = _blank(design, form, scale_kind, settings)
    curve, prior = CURVES[curve_name], settings.prior
    bounds = width_prior(curve, prior, design.log10_scale, prior.exponent_median(scale_kind))
    u = generator.random((1, 5))
    threshold, width = shape_of(curve, u[:, 0], u[:, 1], bounds)
    arms = heights(curve, threshold, width, blank.position)
    base, first, second = levels_of(curve.levels, u[:, 2:], blank, prior)
    value = (base[:, None] + curve.sign * (first[:, None] * arms[0] + second[:, None] * arms[1]))[0]
    masses = np.exp(blank.log_dispersion_prior)
    node = int(generator.choice(masses.size, p=masses / masses.sum()))
    observed = _observe(np.clip(value, 0.0, 1.0), blank, float(blank.dispersion[node]), settings, generator)
    score = observed / blank.second if form == "counts" else observed
    return Truth(
        curve=curve_name,
        threshold=float(threshold[0]),
        width=float(width[0]),
        levels=np.array([first[0], second[0], base[0]]),
        dispersion=node,
        value=value,
        data=dataclasses.replace(blank, first=observed, score=score),
        series=_series(design, scale_kind, observed) if form == "counts" else None,
        scale_kind=scale_kind,
    )


def draw_at(
    scales: tuple[float, ...], *, n_items: int, chance_level: float, scale_kind: str, n_draws: int, seed: int
) -> FloatArray:
    """Scores at given scales under all curves, each as probable as its explanation says, shape (n_draws, n_scales).

    Failed runs are left out.
    """
    generator, settings = np.random.default_rng(seed), Settings()
    prior, masses = settings.prior, log_curve_priors(settings.prior.explanation_masses)
    ordered = np.sort(np.log10(scales)) if scale_kind != "loss" else np.sort(-np.log10(scales))
    design = Design(
        log10_scale=np.log10(scales), n_items=np.full(len(scales), float(n_items)), chance_level=chance_level,
        overdispersion=0.0, run_noise=0.0,
    )  # fmt: skip
    blank = _blank(design, "counts", scale_kind, settings)
    found = np.empty((n_draws, len(scales)))
    names = generator.choice(list(CURVES), n_draws, p=np.exp(masses) / np.exp(masses).sum())
    for i, name in enumerate(names.tolist()):
        curve = CURVES[name]
        bounds = width_prior(curve, prior, ordered, prior.exponent_median(scale_kind))
        u = generator.random((1, 5))
        arms = heights(curve, *shape_of(curve, u[:, 0], u[:, 1], bounds), blank.position)
        base, first, second = levels_of(curve.levels, u[:, 2:], blank, prior)
        value = (base[:, None] + curve.sign * (first[:, None] * arms[0] + second[:, None] * arms[1]))[0]
        node = int(generator.choice(blank.dispersion.size, p=np.exp(blank.log_dispersion_prior)))
        spread = float(blank.dispersion[node])
        found[i] = beta_binomial(blank.second, np.clip(value, 0.0, 1.0), spread, generator) / n_items
    return found if scale_kind != "loss" else found[:, ::-1]


def _series(design: Design, scale_kind: str, correct: FloatArray) -> Series:
    """Counts as a series."""
    return Series(
        scale=10.0**design.log10_scale,
        n_correct=correct,
        n_items=design.n_items,
        chance_level=design.chance_level,
        scale_kind=scale_kind,
    )


def _blank(design: Design, form: Form, scale_kind: str, settings: Settings) -> Observations:
    """Observations of a design whose scores are still to be drawn."""
    if form == "counts":
        return observe(_series(design, scale_kind, np.zeros_like(design.n_items)), settings.prior)
    middle = np.full(design.log10_scale.size, 0.5)
    bare = Series(scale=10.0**design.log10_scale, score=middle, chance_level=design.chance_level, scale_kind=scale_kind)
    scores = observe(bare, settings.prior)
    if form == "scores":
        return scores
    # Proportions with standard errors are taken as counts wherever they can be; this is the form of all others.
    nodes = np.array(settings.prior.extra_sd_nodes)
    zero = settings.prior.overdispersion_zero_mass
    masses = np.array([zero, *[(1.0 - zero) / (nodes.size - 1)] * (nodes.size - 1)])
    # The standard errors come from the same draw as the items: between .05 and .003.
    stderr = 0.5 / np.sqrt(np.clip(design.n_items, 100.0, 25_000.0))
    return dataclasses.replace(
        scores, form="gaussian", second=stderr, dispersion=nodes, log_dispersion_prior=np.log(masses)
    )


def _observe(
    value: FloatArray, data: Observations, dispersion: float, settings: Settings, generator: np.random.Generator
) -> FloatArray:
    """Draw counts or scores, a failed run with its probability."""
    prior = settings.prior
    if data.kind == COUNTS:
        honest = beta_binomial(data.second, value, dispersion, generator)
    else:
        honest = generator.normal(value, np.hypot(data.second, dispersion))
    failed = np.flatnonzero(generator.random(value.size) < prior.failed_run_rate)
    for point in failed.tolist():
        n = int(data.second[point])
        support = np.arange(n + 1) if data.kind == COUNTS else np.linspace(0.0, 1.0, SCORE_GRID)
        share = support / n if data.kind == COUNTS else support
        below = 1.0 / (1.0 + np.exp(np.clip((share - value[point]) / prior.failed_run_softness, -700.0, 700.0)))
        honest[point] = float(generator.choice(support, p=below / below.sum()))
    return np.asarray(honest, dtype=np.float64)
