"""`analyze`: one series, one line per stage; and what it returns."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast, overload

from emergence_stats import document, sentences
from emergence_stats.arguments import instance, real_number, whole_number
from emergence_stats.caveats import noteworthy
from emergence_stats.companions import Companion, check_companions, judge_companions
from emergence_stats.comparison import Comparison
from emergence_stats.conditions import looks_absent, rises_off_chance
from emergence_stats.criteria import Condition, conditions
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.findings import Evidence
from emergence_stats.fit_check import objection
from emergence_stats.influence import Influence, influence
from emergence_stats.left_out import leave_scales_out
from emergence_stats.models.likelihood import Observations
from emergence_stats.posterior import Posterior
from emergence_stats.resolution.detectable import detectable_excess
from emergence_stats.resolution.ladder import Resolution, resample
from emergence_stats.series import Series
from emergence_stats.settings import Settings
from emergence_stats.stability import Stability, prior_stability
from emergence_stats.stacking import Predictive, predict
from emergence_stats.threshold import Quantity, RiseLocation, ScaleMap, locate
from emergence_stats.unpredictability import unpredictability
from emergence_stats.verdict import Verdict, decide
from emergence_stats.weighing import weigh

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDDataLFO, ELPDDataLOO
    from matplotlib.figure import Figure
    from xarray import DataTree

    from emergence_stats.pooling.result import PooledAnalysis
    from emergence_stats.report.analysis_document import AnalysisDocument


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Analysis:
    """The result of one series; immutable.

    Attributes:
        series: what was analysed.
        settings: with which settings.
        seed: seed of the resampling.
        resamples: resampled test sets per size.
        verdict: the verdict, a string enumeration.
        reason: one sentence.
        remedy: what would decide an undecided series, or None.
        conditions: the six conditions, E1 to E6.
        evidence: the numbers that the verdict rests on.
        comparison: posterior over curves and explanations.
        location: posterior of midpoint, onset and width.
        influence: leave-one-scale-out.
        predictive: how well each explanation predicts scales left out, and stacking weights.
        stability: verdicts under other priors.
        resolution: verdicts on resampled test sets, or None.
        posterior: weighted draws over all curves.
        companions: other metrics of the same outputs, and what they say.
        warnings: what a reader must know.
    """

    series: Series
    settings: Settings
    seed: int
    resamples: int
    verdict: Verdict
    reason: str
    remedy: str | None
    conditions: tuple[Condition, ...]
    evidence: Evidence
    comparison: Comparison
    location: RiseLocation
    influence: Influence
    predictive: Predictive
    stability: Stability
    resolution: Resolution | None
    posterior: Posterior
    companions: tuple[Companion, ...]
    warnings: tuple[str, ...]

    @property
    def probabilities(self) -> Mapping[str, float]:
        """Posterior probability of each explanation; they sum to 1."""
        return types.MappingProxyType(dict(self.comparison.probabilities))

    @property
    def p_emergent(self) -> float:
        """Posterior probability of a sharp rise from chance inside the observed range."""
        return self.evidence.numbers.p_emergent

    @property
    def log_bayes_factor(self) -> float:
        """Phase change over smooth, natural log."""
        return self.comparison.log_bayes_factor

    @property
    def threshold(self) -> Quantity:
        """Midpoint of the rise, in the scale's unit."""
        return self.location.threshold

    @property
    def onset(self) -> Quantity:
        """Scale at which 10 % of the rise is completed."""
        return self.location.onset

    @property
    def width_decades(self) -> Quantity:
        """10-90 % width of the rise, in decades of scale."""
        return self.location.width_decades

    def scale_for_score(self, score: float) -> Quantity:
        """Posterior of the scale at which the series first reaches a score (metric's own unit).

        Looked for up to three observed ranges from the smallest scale; draws that do not reach it are infinite.
        """
        from emergence_stats.threshold import scale_for_score

        data = self.posterior.problem.observations
        value = data.from_score(real_number("score", score))
        return scale_for_score(self.posterior, self.posterior.weight, value, scale_map(self.series, data))

    def summary(self) -> str:
        """A paragraph a person can quote."""
        return sentences.summary(self.series, self.verdict, self.evidence, self.reason, self.remedy, self.location)

    def to_dict(self, *, cross_checks: bool = False) -> dict[str, Any]:
        """The JSON document of the report and of the HTTP service (`schema/analysis.schema.json`).

        Args:
            cross_checks: also make the frequentist checks (`emergence_stats.cross_checks`); null otherwise.
        """
        return document.to_document(self, cross_checks=cross_checks)

    def plot(self) -> Figure:
        """Data, model-averaged curve and threshold, as a matplotlib figure."""
        from emergence_stats.report.plot import plot_analysis

        return plot_analysis(cast("AnalysisDocument", self.to_dict()))

    def to_datatree(self, curve: str | None = None, *, chains: int = 4, draws: int = 1000) -> DataTree:
        """The posterior in ArviZ's schema, for `az.summary`, `az.plot_*`, `az.loo`, `az.compare` and `az.psense`.

        The weighted nodes are resampled into draws of equal weight, the same ones on every call. Groups: posterior,
        posterior_predictive, prior, prior_predictive, log_likelihood, log_prior, sample_stats (lp, the unnormalised log
        posterior), observed_data, constant_data. Parameters, each with its meaning and unit as attributes: threshold
        (the scale's unit) and log10_threshold, width (decades), guess_rate and lapse_rate (score from 0 to 1),
        overdispersion (one of its nodes), score_at_smallest and score_at_largest (the curve there, in the metric's
        unit), and, where there are several curves, curve (index into constant_data.curve_name).

        Averaged over curves, threshold, width and lapse_rate are given only if a rise in range is more probable than
        not, and then *given that there is a rise*: their attribute share_defined is its probability.

        Args:
            curve: name of a curve ("sharp_logistic") or of an explanation ("smooth"); all curves by default.
            chains: chains to deal the draws to.
            draws: draws of each chain.

        Raises:
            InputError: there is no curve or explanation of that name.
        """
        from emergence_stats.arviz_output.datatree import to_datatree

        return to_datatree(
            self.posterior,
            self.series,
            scale_map(self.series, self.posterior.problem.observations),
            curve=curve,
            chains=chains,
            draws=draws,
            rise_in_range=self.evidence.numbers.rise_in_range,
        )

    def loo(self, curve: str | None = None) -> ELPDDataLOO:
        """Exact leave-one-scale-out cross-validation, as `arviz.loo` reports it and `arviz.compare` takes it.

        Each scale is predicted from all others, by ratios of evidences and not by Pareto smoothing. In nats; `se` is
        over scales; `elpd_i` has one value for each scale.

        Args:
            curve: name of a curve or of an explanation; the average over all curves by default.

        Raises:
            InputError: there is no curve or explanation of that name.
        """
        from emergence_stats.arviz_output.elpd import loo

        return loo(self.posterior, self.series, curve)

    def lfo_cv(self, curve: str | None = None, *, min_scales: int = 2) -> ELPDDataLFO:
        """Exact leave-future-out cross-validation: each scale predicted from the smaller ones, one step ahead.

        Args:
            curve: name of a curve or of an explanation; the average over all curves by default.
            min_scales: the first scales, which are not predicted.

        Raises:
            InputError: there is no curve of that name, or `min_scales` leaves nothing to predict.
        """
        from emergence_stats.arviz_output.elpd import lfo_cv

        return lfo_cv(self.posterior, self.series, curve, min_scales)

    def __repr__(self) -> str:
        """Name, verdict and probability."""
        return f"Analysis({self.series.name!r}, verdict={self.verdict.value!r}, p_emergent={self.p_emergent:.3f})"


def scale_map(series: Series, data: Observations) -> ScaleMap:
    """From position in the observed range to the scale."""
    return ScaleMap(
        log10_first=float(series.log10_scale[0]),
        range_decades=data.range_decades,
        reversed=series.scale_kind == "loss",
    )


@overload
def analyze(
    series: Series,
    *,
    companions: Iterable[Series] = (),
    unread: Mapping[str, str] | None = None,
    resamples: int = 0,
    seed: int = 0,
    settings: Settings | None = None,
    engine: str | None = None,
) -> Analysis: ...


@overload
def analyze(
    series: Iterable[Series],
    *,
    pool: str,
    covariates: Mapping[str, Mapping[str, float]] | None = None,
    workers: int | None = None,
    seed: int = 0,
    settings: Settings | None = None,
) -> PooledAnalysis: ...


def analyze(
    series: Series | Iterable[Series],
    *,
    companions: Iterable[Series] = (),
    unread: Mapping[str, str] | None = None,
    resamples: int = 0,
    seed: int = 0,
    settings: Settings | None = None,
    engine: str | None = None,
    pool: str | None = None,
    covariates: Mapping[str, Mapping[str, float]] | None = None,
    workers: int | None = None,
) -> Analysis | PooledAnalysis:
    """Decide how one ability depends on scale.

    Several series, of families that have a few sizes each, are analysed together where `pool` names the column of
    their identity that tells families apart: `analyze(several, pool="family")` is `emergence_stats.pool`.

    Args:
        series: at least two points at two different scales; or, with `pool`, one series for each family and task.
        companions: other metrics of the same outputs, such as log-probability beside exact match. Condition E5 is asked
            of those linear or continuous in the probability of a token, at the scales that they share with `series`;
            what a metric is follows from its name (`Series.metric`).
        unread: other metrics of the same outputs whose scores are there and wrong: name of each, and what is wrong.
            They are warned of, and no series is called emergent beside them unless a companion answers E5: their
            scores might show the smoothness.
        resamples: resampled test sets per test-set size; 0 leaves condition E6 unassessed.
        seed: seed of the resampling and of the engine "pymc"; the quadrature is deterministic.
        settings: priors, limits and effort; the defaults if None.
        engine: "quadrature" or "pymc", in place of `settings.evidence.engine`.
        pool: column of the identity, such as "family", over which several series are pooled.
        covariates: with `pool`: name of a covariate to its value for each family.
        workers: with `pool`: threads, 1 if None; the result is the same for any number.

    Returns:
        An immutable result with the verdict, the probabilities behind it, and the threshold. Of several series: tasks,
        families and a new family, as `emergence_stats.pool` gives them.

    Raises:
        InputError: `resamples` or `seed` is no whole number from 0 up, an argument is of the wrong class, or `pool`
            stands beside companions, resamples or an engine, which pooling has not; covariates or workers without it.
        SettingsError: there is no such engine.
        SeriesError: fewer than two distinct scales, or a companion's score is out of its metric's bounds.
    """
    if pool is not None:
        if companions or unread or resamples or engine is not None:
            msg = "pool: expected no companions, resamples or engine beside it: families are pooled by their scores"
            raise InputError(msg)
        from emergence_stats.pooling.families import pool as pool_series

        return pool_series(
            cast("Iterable[Series]", series),
            by=pool,
            covariates=covariates,
            workers=1 if workers is None else workers,
            seed=seed,
            settings=settings,
        )
    if covariates is not None or workers is not None:
        msg = "covariates and workers: expected pool= beside them; one series has neither"
        raise InputError(msg)
    settings = Settings() if settings is None else instance("settings", settings, Settings)
    if engine is not None:
        settings = dataclasses.replace(settings, evidence=dataclasses.replace(settings.evidence, engine=engine))
    resamples, seed = whole_number("resamples", resamples), whole_number("seed", seed)
    others = check_companions(companions)
    series = _checked(series)
    weighed = weigh(series, settings, seed)
    problem, posterior, comparison = weighed.problem, weighed.posterior, weighed.comparison
    observations, indicator, faults = problem.observations, weighed.indicator, weighed.faults
    foreseen = unpredictability(problem, weighed.evidences, comparison.probabilities["phase_change"])
    beside = judge_companions(series, others, weighed, foreseen.onset, seed, unread=unread or {})
    evidence = Evidence(
        numbers=weighed.numbers,
        log_bayes_factor=comparison.log_bayes_factor,
        log_bayes_factor_power=comparison.log_bayes_factor_power,
        unpredictable=foreseen.gain,
        onset=foreseen.onset,
        detectable_excess=detectable_excess(observations),
        unread=tuple(unread or {}),
        objection=objection(posterior) or beside.objection,
        companion=beside.deciding,
        one_token=problem.answer_tokens is not None and problem.answer_tokens <= 1.0,
        absent_excess=settings.verdict.absent_excess * (1.0 - problem.chance),
        looks_absent=bool(
            looks_absent(observations.score, observations.position, observations.chance, settings.verdict.absent_excess)
        ),
        rises_off_chance=rises_off_chance(observations, settings.verdict.absent_excess),
        faults=faults,
    )
    to_scale = scale_map(series, observations)
    resolution = (
        resample(posterior, evidence, foreseen, to_scale, replicates=resamples, seed=seed, outcomes=series.outcomes)
        if resamples
        else None
    )
    if resolution is not None and resolution.verdict is Verdict.EMERGENT:
        evidence = dataclasses.replace(
            evidence,
            resolution_stability=resolution.share_emergent_at_n,
            false_sharpness=resolution.false_sharpness.as_sharp,
        )
    verdict = decide(evidence, settings.verdict)
    location = locate(posterior, posterior.weight, evidence.numbers.rise_in_range, to_scale)
    reached = conditions(evidence, settings.verdict, settings.prior.sharp_width)
    left = leave_scales_out(posterior, indicator, series.scale)
    predictive = predict(left, posterior, comparison.probabilities)
    return Analysis(
        series=series,
        settings=settings,
        seed=seed,
        resamples=resamples,
        verdict=verdict,
        reason=sentences.reason(verdict, evidence, reached, settings.verdict.metric_nats),
        remedy=sentences.remedy(
            verdict, series, evidence, reached, location, resolution, settings.resolution.decide_probability
        ),
        conditions=reached,
        evidence=evidence,
        comparison=comparison,
        location=location,
        influence=influence(left, evidence.numbers.p_emergent),
        predictive=predictive,
        stability=prior_stability(
            posterior, indicator, evidence, verdict, with_threshold=location.threshold.draws.size > 0
        ),
        resolution=resolution,
        posterior=posterior,
        companions=beside.judged,
        warnings=(
            *noteworthy(series, posterior, comparison, predictive, resolution),
            *beside.warnings,
            *(f"not converged: {fault}" for fault in faults),
        ),
    )


def _checked(given: Series | Iterable[Series]) -> Series:
    """What only an analysis requires of a series."""
    series = instance("series", given, Series, " (for a table: analyze_frame; for several together: pool=)")
    if series.n_scales < 2:
        msg = f"{series.name}: expected at least two different scales, got {series.n_scales}"
        raise SeriesError(msg)
    return series
