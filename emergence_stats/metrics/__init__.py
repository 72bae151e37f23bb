"""What a smooth law of the loss per token looks like under each standard metric, and which law explains given scores.

`PowerLaw` is the law; `exact_match`, `token_edit_distance`, `brier_score` and the others are the metrics as functions
of a probability. `apparent_curve` goes forward: the curve, and the apparent breakthrough, under a metric at a number of
items. `fit_loss_law` goes back: exponent and length of answers from data. To add a metric: its equation in `laws` and
a row in `forward.METRIC_LAWS`.
"""

from emergence_stats.metrics.detectable import smallest_excess
from emergence_stats.metrics.forward import METRIC_LAWS, ApparentCurve, MetricLaw, Task, apparent_curve
from emergence_stats.metrics.inverse import LossLawFit, fit_loss_law
from emergence_stats.metrics.laws import (
    all_correct,
    brier_score,
    choice_margin,
    choice_probability,
    cross_entropy,
    exact_match,
    multi_step_success,
    multiple_choice_grade,
    threshold_metric,
    token_accuracy,
    token_edit_distance,
    top_k,
)
from emergence_stats.metrics.loss_law import PowerLaw

__all__ = [
    "METRIC_LAWS",
    "ApparentCurve",
    "LossLawFit",
    "MetricLaw",
    "PowerLaw",
    "Task",
    "all_correct",
    "apparent_curve",
    "brier_score",
    "choice_margin",
    "choice_probability",
    "cross_entropy",
    "exact_match",
    "fit_loss_law",
    "multi_step_success",
    "multiple_choice_grade",
    "smallest_excess",
    "threshold_metric",
    "token_accuracy",
    "token_edit_distance",
    "top_k",
]
