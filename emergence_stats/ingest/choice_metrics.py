"""What the log-likelihoods of the options of a multiple-choice question say beyond right and wrong."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceScores:
    """Scores of one question.

    Attributes:
        accuracy: 1 if the right option is the likeliest, else 0; ties go to the first.
        probability: probability of the right option among the options.
        brier: squared distance between the probabilities and the truth, 0 (best) to 2.
        margin: log-likelihood of the right option less that of the best wrong one, nats; None if it is infinite.
    """

    accuracy: float
    probability: float
    brier: float
    margin: float | None


def choice_scores(log_likelihoods: Sequence[float], right: int) -> ChoiceScores:
    """Score one multiple-choice question.

    With log-likelihoods l_i (nats) of the options and p_i = exp(l_i) / sum_j exp(l_j), the right option being r:
    accuracy is [argmax_i l_i = r], probability p_r, the Brier score (Brier 1950,
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2) sum_i (p_i - [i = r])^2, and the margin
    l_r - max_{i != r} l_i, nats. If all of k options are as likely, they are 1/k on average, 1/k, 1 - 1/k and 0.

    Args:
        log_likelihoods: of at least two options; minus infinity is an option without any probability.
        right: index of the right option.

    Raises:
        ValueError: fewer than two options, no such option, or no option has any probability.
    """
    values = np.asarray(log_likelihoods, dtype=np.float64)
    if values.size < 2 or not 0 <= right < values.size:
        msg = f"expected at least two options, the right one among them, got {values.size} and option {right}"
        raise ValueError(msg)
    highest = values.max()
    if not math.isfinite(highest) or np.isnan(values).any():
        msg = "expected a finite log-likelihood of at least one option, and no NaN"
        raise ValueError(msg)
    weights = np.exp(values - highest)
    probabilities = weights / weights.sum()
    truth = np.zeros(values.size)
    truth[right] = 1.0
    margin = float(values[right] - np.delete(values, right).max())
    return ChoiceScores(
        accuracy=float(np.argmax(values) == right),
        probability=float(probabilities[right]),
        brier=float(((probabilities - truth) ** 2).sum()),
        margin=margin if math.isfinite(margin) else None,
    )
