"""Metrics by name: bounds, direction, random score, percent habit, and what they make of the probability of a token."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import types
from collections.abc import Mapping
from typing import Literal

PerToken = Literal["probability", "nats", "bits", "perplexity", "log_probability"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What is known about one metric.

    Attributes:
        bounds: lowest and highest possible score, or None where one of them or both are missing.
        lowest: lowest possible score of a metric without bounds that has one end.
        highest: highest possible score of such a metric.
        higher_is_better: direction; None where neither end is better.
        percent_habit: whether people print it as 0-100 as well as 0-1.
        chance_level: score of random answers where the metric alone decides it.
        chance_from_task: whether the chance level of the task applies to it.
        log_axis: whether it is positive without an upper end, so that ratios count: perplexity, losses, errors of
            regression. A power law in scale is a straight line in its log.
        linear: whether it is linear in the probability of a token, so that steady progress in the one is steady in the
            other; None where that depends on its definition.
        continuous: whether every gain in probability shows in it, with no threshold that an answer must cross; None
            where that depends on its definition.
        per_token: how the probability of a token is read from it: "probability" (it is the score), "nats", "bits" or
            "perplexity" (its negative log, in that unit), "log_probability" (its log); None where it cannot be.
    """

    bounds: tuple[float, float] | None = (0.0, 1.0)
    lowest: float = -math.inf
    highest: float = math.inf
    higher_is_better: bool | None = True
    percent_habit: bool = True
    chance_level: float | None = None
    chance_from_task: bool = False
    log_axis: bool = False
    linear: bool | None = None
    continuous: bool | None = None
    per_token: PerToken | None = None

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest possible score, infinite where there is none."""
        return (self.lowest, self.highest) if self.bounds is None else self.bounds


_ACCURACY = MetricSpec(chance_from_task=True, linear=False, continuous=False)
_TOKEN_ACCURACY = MetricSpec(linear=True, continuous=True, per_token="probability")
_PROBABILITY = dataclasses.replace(_TOKEN_ACCURACY, percent_habit=False)
_OVERLAP = MetricSpec(chance_level=0.0, linear=False, continuous=True)  # text overlap of random output and reference
_SIMILARITY = dataclasses.replace(_OVERLAP, linear=True)
_ERROR_RATE = MetricSpec(higher_is_better=False)
_CORRELATION = MetricSpec(bounds=(-1.0, 1.0), chance_level=0.0)
_LOSS = MetricSpec(bounds=None, higher_is_better=False, percent_habit=False)
_EDITS = dataclasses.replace(_LOSS, lowest=0.0, linear=True, continuous=True)
_LOG_LOSS = dataclasses.replace(_LOSS, log_axis=True, linear=False, continuous=True)
_GAIN = MetricSpec(bounds=None, percent_habit=False)
_ENTROPY = dataclasses.replace(_LOG_LOSS, lowest=0.0)
_LOG_PROBABILITY = dataclasses.replace(_GAIN, linear=False, continuous=True, per_token="log_probability")

# Patterns for the whole name, in lower case, other characters as "_", cut at a comma. The first match counts.
_TOKEN = r"(per_|next_)?(token|char(acter)?|digit|symbol|letter|position)(_level|_wise)?"
METRICS: Mapping[str, MetricSpec] = types.MappingProxyType(
    {
        rf"{_TOKEN}_(acc(uracy)?|match)": _TOKEN_ACCURACY,
        r"((per_)?token_|target_|answer_|mean_|norm_)?prob(ability)?(_mass)?((_of)?_(correct|target).*)?": _PROBABILITY,
        r"p_correct|correct_(choice_|answer_|token_)?prob(ability)?": _PROBABILITY,
        r"acc(uracy)?|acc_norm|acc_bytes|acc_mutual_info|acc_all|mc[12]|.*_acc(uracy)?|balanced_accuracy": _ACCURACY,
        r"(solve|success|pass|win|hit)_rate|correct|pass|pass_\d+|pass_at_\d+|pass_\w_k|maj_\d+": _ACCURACY,
        r"(quasi_|prefix_)*exact_match|em|exact|exact_str_match|(strict|flexible)_match|match": _ACCURACY,
        r"all_correct|all_of_\w+_correct": _ACCURACY,
        r"multiple_choice_grade|prompt_level_.*|inst_level_.*": _ACCURACY,
        # Overlap of tokens gives partial credit; averages over classes count right and wrong predictions.
        r"f1|(token|word|squad)_f1|f1_score": MetricSpec(linear=False, continuous=True),
        r"(macro|micro|weighted)_f1|f1_(macro|micro|weighted)": MetricSpec(linear=False, continuous=False),
        r"f1_.*|.*_f1": MetricSpec(),
        r"(sacre|google_)?bleu(_\w+)?|gleu|rouge\w*|chrf\w*|meteor|bert_?score|bleurt(_?score)?": _OVERLAP,
        r"mcc|matthews.*": dataclasses.replace(_CORRELATION, linear=False, continuous=False),
        r".*pearson.*|.*spearman.*|.*kendall.*|.*correlation.*|(cohen_)?kappa": _CORRELATION,
        r"(roc_)?auc|auroc|roc": MetricSpec(chance_level=0.5, linear=False),
        r"pct_stereotype|pct_male_preferred.*": MetricSpec(higher_is_better=None, chance_level=0.5),
        # Over all classes the Brier score reaches 2; over one of two classes it reaches 1.
        r"brier(_score)?|.*_brier(_score)?": MetricSpec(
            bounds=(0.0, 2.0), higher_is_better=False, percent_habit=False, linear=False, continuous=True
        ),
        rf"({_TOKEN}|word)_error(_rate)?": dataclasses.replace(_ERROR_RATE, linear=True, continuous=True),
        r"[wct]er": _EDITS,
        r"(expected_)?calibration_error.*|ece(_.*)?|toxicity": _ERROR_RATE,
        r"error(_rate)?|.*_error_rate": dataclasses.replace(_ERROR_RATE, linear=False, continuous=False),
        r"normali[sz]ed_(edit|levenshtein)_distance": dataclasses.replace(_ERROR_RATE, linear=True, continuous=True),
        r"(edit|levenshtein|indel)_(similarity|ratio)": _SIMILARITY,
        r"(token_)?(edit|levenshtein)(_distance)?": _EDITS,
        r"(token_|word_)?(ppl|perplexity)": dataclasses.replace(_LOG_LOSS, lowest=1.0, per_token="perplexity"),
        r"bits_per_token": dataclasses.replace(_ENTROPY, per_token="bits"),
        r"(per_)?(token_)?(cross_entropy|nll|negative_log_likelihood)(_per_token)?|nats_per_token": dataclasses.replace(
            _ENTROPY, per_token="nats"
        ),
        r".*ppl|.*perplexity.*|bits_per_\w+|bpb|bpc|.*loss|.*negative_log_likelihood": _LOG_LOSS,
        r".*cross_entropy.*|[mr]*mse|mae|reconstruction_error": _LOG_LOSS,
        r"likelihood_difference|.*latency.*|.*surprisal.*": _LOSS,
        r"((per_)?token_|target_|answer_|mean_)*log_?prob(ability)?(_per_token)?": dataclasses.replace(
            _LOG_PROBABILITY, highest=0.0
        ),
        r".*log_?(likelihood|prob|probability)s?(_.*)?": _LOG_PROBABILITY,
        r".*margin": dataclasses.replace(_GAIN, linear=False, continuous=True),
        r"elo.*|reward.*|mt_bench.*|rating|likert.*": _GAIN,
    }
)


@functools.lru_cache(maxsize=4096)
def metric_spec(name: str) -> MetricSpec | None:
    """What is known about a metric, or None.

    Args:
        name: as it is in the table; ``acc,none`` of lm-evaluation-harness is ``acc``.
    """
    plain = re.sub(r"[^0-9a-z]+", "_", name.split(",")[0].strip().lower()).strip("_")
    return next((spec for pattern, spec in METRICS.items() if re.fullmatch(pattern, plain)), None)


def between(low: float, high: float) -> str:
    """Bounds for a message."""
    if math.isinf(low):
        return f"up to {high:g}"
    return f"from {low:g} up" if math.isinf(high) else f"from {low:g} to {high:g}"
