"""The document of one analysis as types: what ``schema/analysis.schema.json`` says, for the type checker.

Field by field, units and nulls are explained in the schema.
"""

from __future__ import annotations

from typing import Literal, TypedDict

type Verdict = Literal[
    "emergent",
    "smooth",
    "not_emerged",
    "flat",
    "inverse",
    "non_monotone",
    "metric_artifact",
    "resolution_artifact",
    "undetermined",
]
type Explanation = Literal["no_ability", "constant", "smooth", "phase_change", "decreasing", "non_monotone"]


class PointPart(TypedDict):
    """One measurement and the 95 % interval of its score."""

    scale: float
    score: float
    n_correct: float | None
    n_items: float | None
    stderr: float | None
    low: float
    high: float
    model: str | None
    seed: str | None


class SeriesPart(TypedDict):
    """What was analysed."""

    name: str
    identity: dict[str, str]
    metric: str
    scale_kind: str
    scale_unit: str
    score_form: str
    higher_is_better: bool
    chance_level: float | None
    answer_tokens: float | None
    score_axis: Literal["linear", "log"]
    score_low: float
    score_high: float
    points: list[PointPart]


class ConditionPart(TypedDict):
    """One of the six conditions E1 to E6."""

    key: str
    label: str
    value: float | None
    limit: float | None
    unit: Literal["probability", "nats"]
    holds: bool | None
    detail: str


class CurvePart(TypedDict):
    """One curve's evidence."""

    name: str
    label: str
    explanation: Explanation
    log_evidence: float
    log_evidence_error: float
    posterior_probability: float


class EstimatePart(TypedDict):
    """Posterior median with 90 % and 50 % intervals."""

    median: float
    low: float
    high: float
    low50: float
    high50: float


class WidthCurvePart(TypedDict):
    """P(width < w)."""

    width: list[float]
    probability: list[float]


class FitPart(TypedDict):
    """Model-averaged curve and 90 % band."""

    scale: list[float]
    median: list[float]
    low: list[float]
    high: list[float]


class CompanionPart(TypedDict):
    """Another metric of the same outputs, and what it says of the rise."""

    metric: str
    kind: Literal["linear", "continuous", "unlisted"]
    shape: Literal["sharp", "smooth", "unclear"]
    axis: str | None
    p_sharp: float
    log_bayes_factor: float
    gain_nats: float | None
    series: SeriesPart
    fit: FitPart


class IntervalPart(TypedDict):
    """Median and 90 % interval over replicates."""

    median: float
    low: float
    high: float


class EndsPart(TypedDict):
    """Two ends."""

    low: float
    high: float


class ThresholdSpreadPart(TypedDict):
    """The threshold over test sets of one size: its median, and the typical ends of its 90 % interval."""

    median: IntervalPart
    interval: EndsPart


class FalseSharpnessPart(TypedDict):
    """Shares of test sets of the smooth explanation that look sharp."""

    emergent: float
    as_sharp: float
    phase_change: float
    replicates: int


class SizePart(TypedDict):
    """What test sets of one size would have said."""

    factor: float
    n_items: float | None
    detectable_excess: float | None
    above_chance: list[float]
    verdicts: dict[str, float]
    p_phase_change: IntervalPart
    threshold: ThresholdSpreadPart | None


class ResolutionPart(TypedDict):
    """Resampling of the test set."""

    detectable_excess: float | None
    p_verdict_stable: float
    items_to_decide: float | None
    false_sharpness: FalseSharpnessPart
    replicates: int
    drawn: Literal["items", "clusters", "counts"]
    sizes: list[SizePart]


class PriorPart(TypedDict):
    """The verdict under one other prior."""

    name: str
    part: str
    verdict: Verdict
    p_emergent: float


class SensitivityPart(TypedDict):
    """What follows one part of the model when its weight changes."""

    name: str
    p_emergent: float
    threshold: float | None


class PowerScalingPart(TypedDict):
    """Power-scaling sensitivities."""

    parts: list[SensitivityPart]
    diagnosis: str
    threshold_diagnosis: str | None


class StabilityPart(TypedDict):
    """The verdict over the prior grid, and what it follows."""

    prior_stability: float
    grid: list[PriorPart]
    power_scaling: PowerScalingPart


class InfluencePointPart(TypedDict):
    """The analysis without one scale."""

    scale: float
    p_emergent_without: float
    log_predictive: float


class InfluencePart(TypedDict):
    """Leave one scale out."""

    most_influential_scale: float | None
    points: list[InfluencePointPart]


class LeaveFutureOutPart(TypedDict):
    """Log predictive gain of phase change over smooth on the scales that came later."""

    from_scale: float
    gain_nats: float


class PredictivePart(TypedDict):
    """Predictive scores."""

    elpd_loo: float
    leave_future_out: LeaveFutureOutPart | None
    stacking_weights: dict[str, float]


class TrendPart(TypedDict):
    """Tests for a trend."""

    z: float | None
    p_known_noise: float | None
    t: float | None
    p_scatter: float | None
    kendall: float | None
    p_kendall: float | None
    spearman: float | None


class LinkPart(TypedDict):
    """One link's regression; all null but the reason where it cannot be estimated."""

    link: str
    not_estimable: str | None
    slope: float | None
    stderr: float | None
    stderr_scaled: float | None
    stderr_robust: float | None
    slope_low: float | None
    slope_high: float | None
    midpoint: float | None
    deviance: float | None
    likelihood_ratio: float | None
    p_constant: float | None
    p_constant_scaled: float | None
    p_fit: float | None
    dispersion: float | None


class GlmPart(TypedDict):
    """Binomial regressions."""

    floor: float
    degrees_of_freedom: int
    errors: str
    fits: list[LinkPart]


class IsotonicPart(TypedDict):
    """The best curve that never falls."""

    fitted: list[float]
    gain: float
    p_rise: float
    departure: float | None
    p_departure: float | None
    explained_by_line: float | None


class DescriptivePart(TypedDict):
    """A descriptive score and what noise alone gives."""

    name: str
    value: float | None
    constant: list[float] | None
    line: list[float] | None


class CrossChecksPart(TypedDict):
    """Frequentist checks, which take no part in the verdict."""

    noise: Literal["binomial", "normal", "unknown"]
    seed: int
    replicates: int
    trend: TrendPart
    glm: GlmPart | None
    isotonic: IsotonicPart | None
    descriptive: list[DescriptivePart]


class PooledPart(TypedDict):
    """What all families together say of this one; the threshold is null where it lies outside the data."""

    by: str
    task: str
    family: str
    verdict: Literal["shared_sharp_rise", "shared_smooth_rise", "no_rise_in_range", "undetermined"]
    reason: str
    threshold: EstimatePart | None
    width_decades: EstimatePart
    ceiling: EstimatePart
    p_beyond: float
    p_before: float
    p_present: float
    p_sharp: float
    falls: bool
    new_family: EstimatePart | None


class AnalysisDocument(TypedDict):
    """The whole document."""

    schema_version: str
    program_version: str
    seed: int
    resamples: int
    settings: dict[str, dict[str, object]]
    series: SeriesPart
    verdict: Verdict
    reason: str
    remedy: str | None
    summary: str
    conditions: list[ConditionPart]
    probabilities: dict[Explanation, float]
    p_emergent: float
    log_bayes_factor: float
    log_bayes_factor_power: float
    evidence_error: float
    curves: list[CurvePart]
    threshold: EstimatePart | None
    onset: EstimatePart | None
    width_decades: EstimatePart | None
    width_curve: WidthCurvePart | None
    fit: FitPart
    companions: list[CompanionPart]
    pooled: PooledPart | None
    resolution: ResolutionPart | None
    stability: StabilityPart
    influence: InfluencePart
    predictive: PredictivePart
    cross_checks: CrossChecksPart | None
    objection: str | None
    faults: list[str]
    warnings: list[str]
