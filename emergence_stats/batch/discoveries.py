"""Which of many series are emergent, at a chosen false discovery rate.

The proportions of the six explanations among all series are found by expectation-maximisation over the evidences that
the analyses left (`class_proportions`). With them, the probability that series i is emergent is P(phase change | data)
times the share of its phase changes that are emergent. The discoveries are the longest list, most probable first, whose
mean probability of being wrong is at most the chosen rate (Newton et al. 2004, doi:10.1093/biostatistics/5.2.155).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.proportions import class_proportions

EXPLANATIONS = tuple(str(explanation) for explanation in Explanation)
PHASE = EXPLANATIONS.index(str(Explanation.PHASE_CHANGE))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Discoveries:
    """The discovery list.

    Attributes:
        rate: the chosen Bayesian false discovery rate.
        proportions: share of each explanation among all series.
        probability: P(emergent) given these proportions, in the order of the series; None where the analysis failed.
        found: whether each series is on the list.
        expected_rate: mean probability of being wrong over the list; 0 if it is empty.
    """

    rate: float
    proportions: Mapping[str, float]
    probability: tuple[float | None, ...]
    found: tuple[bool, ...]
    expected_rate: float

    def sentence(self) -> str:
        """For the top of a report."""
        n = sum(self.found)
        verb = "is a discovery" if n == 1 else "are discoveries"
        return (
            f"{n} of {len(self.found)} {verb} at a Bayesian false discovery rate of {self.rate:g} "
            f"(expected share of false ones: {self.expected_rate:.3f})."
        )


def discover(documents: Sequence[Mapping[str, Any] | None], rate: float) -> Discoveries:
    """The discovery list of a batch.

    Args:
        documents: documents of the analyses; None where one failed.
        rate: wanted Bayesian false discovery rate.

    Raises:
        InputError: the rate is not above 0 and below 1.
    """
    if not 0.0 < real_number("fdr", rate) < 1.0:
        msg = f"fdr: expected a number above 0 and below 1, got {rate!r}"
        raise InputError(msg)
    known = [i for i, document in enumerate(documents) if document is not None]
    probability: list[float | None] = [None] * len(documents)
    found = [False] * len(documents)
    if not known:
        return Discoveries(
            rate=rate, proportions={}, probability=tuple(probability), found=tuple(found), expected_rate=0.0
        )
    papers = [document for document in documents if document is not None]
    masses = np.array(papers[0]["settings"]["prior"]["explanation_masses"], dtype=np.float64)
    logs = np.array([_log_evidences(paper) for paper in papers])[:, :, None]
    result = class_proportions(logs, masses, np.ones(1))
    share = np.array([_emergent_share(paper) for paper in papers])
    pooled = np.clip(result.membership[:, PHASE, 0] * share, 0.0, 1.0)
    listed, expected = longest_list(pooled, rate)
    for i, value, on_list in zip(known, pooled.tolist(), listed.tolist(), strict=True):
        probability[i], found[i] = value, on_list
    return Discoveries(
        rate=rate,
        proportions=dict(zip(EXPLANATIONS, result.first.tolist(), strict=True)),
        probability=tuple(probability),
        found=tuple(found),
        expected_rate=expected,
    )


def longest_list(probability: npt.NDArray[np.float64], rate: float) -> tuple[npt.NDArray[np.bool_], float]:
    """The longest list, most probable first, whose mean probability of being wrong is at most `rate`; and that mean."""
    order = np.argsort(-probability, kind="stable")
    wrong = np.cumsum(1.0 - probability[order]) / np.arange(1, order.size + 1)
    length = int(np.sum(wrong <= rate))  # the running mean of ascending values never falls
    listed = np.zeros(order.size, dtype=np.bool_)
    listed[order[:length]] = True
    return listed, float(wrong[length - 1]) if length else 0.0


def _log_evidences(paper: Mapping[str, Any]) -> list[float]:
    """Log evidence of each explanation, its curves being equally probable within it."""
    found = []
    for name in EXPLANATIONS:
        logs = [curve["log_evidence"] for curve in paper["curves"] if curve["explanation"] == name]
        most = max(logs)
        found.append(most + math.log(sum(math.exp(value - most) for value in logs) / len(logs)))
    return found


def _emergent_share(paper: Mapping[str, Any]) -> float:
    """Share of a series' phase changes that are emergent."""
    phase = float(paper["probabilities"][str(Explanation.PHASE_CHANGE)])
    return min(float(paper["p_emergent"]) / phase, 1.0) if phase > 0.0 else 0.0
