"""Metrics by name: their bounds, their direction, their random score and whether people print them in percent."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What is known about one metric.

    Attributes:
        bounds: lowest and highest possible score, or None where there are none.
        higher_is_better: direction; None where neither end is better.
        percent_habit: whether people print it as 0-100 as well as 0-1.
        chance_level: score of random answers where the metric alone decides it.
        chance_from_task: whether the chance level of the task applies to it.
        log_axis: whether it is positive without an upper end, so that ratios count: perplexity, losses, errors of
            regression. A power law in scale is a straight line in its log.
    """

    bounds: tuple[float, float] | None = (0.0, 1.0)
    higher_is_better: bool | None = True
    percent_habit: bool = True
    chance_level: float | None = None
    chance_from_task: bool = False
    log_axis: bool = False


_ACCURACY = MetricSpec(chance_from_task=True)
_OVERLAP = MetricSpec(chance_level=0.0)  # text overlap of random output with the reference
_ERROR_RATE = MetricSpec(higher_is_better=False)
_CORRELATION = MetricSpec(bounds=(-1.0, 1.0), chance_level=0.0)
_LOSS = MetricSpec(bounds=None, higher_is_better=False, percent_habit=False)
_LOG_LOSS = dataclasses.replace(_LOSS, log_axis=True)
_GAIN = MetricSpec(bounds=None, percent_habit=False)

# Patterns for the whole name, in lower case, other characters as "_", cut at a comma. The first match counts.
METRICS: Mapping[str, MetricSpec] = types.MappingProxyType(
    {
        r"acc(uracy)?|acc_norm|acc_bytes|acc_mutual_info|acc_all|mc[12]|.*_acc(uracy)?|balanced_accuracy": _ACCURACY,
        r"(solve|success|pass|win|hit)_rate|correct|pass|pass_\d+|pass_at_\d+|pass_\w_k|maj_\d+": _ACCURACY,
        r"(quasi_|prefix_)*exact_match|em|exact|exact_str_match|(strict|flexible)_match|match": _ACCURACY,
        r"multiple_choice_grade|prompt_level_.*|inst_level_.*": _ACCURACY,
        r"f1|macro_f1|micro_f1|f1_.*|.*_f1": MetricSpec(),
        r"(sacre|google_)?bleu(_\w+)?|gleu|rouge\w*|chrf\w*|meteor|bert_?score|bleurt(_?score)?": _OVERLAP,
        r"mcc|matthews.*|.*pearson.*|.*spearman.*|.*kendall.*|.*correlation.*|(cohen_)?kappa": _CORRELATION,
        r"(roc_)?auc|auroc|roc": MetricSpec(chance_level=0.5),
        r"pct_stereotype|pct_male_preferred.*": MetricSpec(higher_is_better=None, chance_level=0.5),
        # Over all classes the Brier score reaches 2; over one of two classes it reaches 1.
        r"brier(_score)?|.*_brier(_score)?": MetricSpec(bounds=(0.0, 2.0), higher_is_better=False, percent_habit=False),
        r"(expected_)?calibration_error.*|ece(_.*)?|error(_rate)?|toxicity|.*_error_rate": _ERROR_RATE,
        r"normali[sz]ed_(edit|levenshtein)_distance": _ERROR_RATE,
        r"(edit|levenshtein|indel)_(similarity|ratio)": _OVERLAP,
        r"(token_)?(edit|levenshtein)(_distance)?|[wct]er|word_error_rate|character_error_rate": _LOSS,
        r"ppl|.*perplexity.*|bits_per_\w+|bpb|bpc|.*loss|nll|.*negative_log_likelihood": _LOG_LOSS,
        r".*cross_entropy.*|[mr]*mse|mae": _LOG_LOSS,
        r"likelihood_difference|.*latency.*|.*surprisal.*": _LOSS,
        r".*log_?(likelihood|prob|probability)s?(_.*)?|elo.*|reward.*|mt_bench.*|rating|likert.*|.*margin": _GAIN,
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
