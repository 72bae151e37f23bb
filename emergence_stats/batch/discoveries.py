"""Which of many series are emergent, at a chosen false discovery rate.

The proportions of the six explanations among all series are found by expectation-maximisation over the evidences that
the analyses left (`class_proportions`). With them, the probability that series i is emergent is P(phase change | data)
times the share of its phase changes that are emergent; but what the proportions add to the probability that the series
has by itself is not taken. Among much that is emergent, a series that no explanation describes well would be carried
over by its neighbours, and real tables hold such series; the same caution keeps the share of true null hypotheses at 1
in the procedure of Benjamini & Hochberg. The discoveries are the longest list, most probable first, whose mean
probability of being wrong is at most the chosen rate (Newton et al. 2004, doi:10.1093/biostatistics/5.2.155), and on
which every series is more probably emergent than not: where nearly all that is emergent has been found, the rate would
else be used up by series that probably are not.
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
from emergence_stats.report.formats import count_text

EXPLANATIONS = tuple(str(explanation) for explanation in Explanation)
LEAST = 0.5  # probability of a discovery
PHASE = EXPLANATIONS.index(str(Explanation.PHASE_CHANGE))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Discoveries:
    """The discovery list.

    Attributes:
        rate: the chosen Bayesian false discovery rate.
        proportions: share of each explanation among all series.
        probability: P(emergent) given these proportions, or by itself if that is less, in the order of the series; None
            where the analysis failed.
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
            f"{count_text(n)} of {count_text(len(self.found))} {verb} at a Bayesian false discovery rate of "
            f"{self.rate:g} (expected share of false ones: {self.expected_rate:.3f})."
        )


def discover(documents: Sequence[Mapping[str, Any] | None], rate: float) -> Discoveries:
    """The discovery list of a batch.

    Args:
        documents: documents of the analyses; None where one failed.
        rate: wanted Bayesian false discovery rate.

    Raises:
        InputError: the rate is not above 0 and below 1.
    """
    return discover_standings(
        [None if document is None else standing_of(document) for document in documents],
        next(
            (document["settings"]["prior"]["explanation_masses"] for document in documents if document is not None), ()
        ),
        rate,
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one analysis brings to the discovery list.

    Attributes:
        log_evidences: natural log evidence of each of `EXPLANATIONS`.
        emergent_share: share of its phase changes that are emergent.
    """

    log_evidences: tuple[float, ...]
    emergent_share: float


def discover_standings(standings: Sequence[Standing | None], masses: Sequence[float], rate: float) -> Discoveries:
    """The same as `discover` from what it needs of each analysis.

    Args:
        standings: of the analyses; None where one failed.
        masses: prior masses of `EXPLANATIONS`.
        rate: wanted Bayesian false discovery rate.

    Raises:
        InputError: the rate is not above 0 and below 1.
    """
    if not 0.0 < real_number("fdr", rate) < 1.0:
        msg = f"fdr: expected a number above 0 and below 1, got {rate!r}"
        raise InputError(msg)
    known = [i for i, standing in enumerate(standings) if standing is not None]
    probability: list[float | None] = [None] * len(standings)
    found = [False] * len(standings)
    if not known:
        return Discoveries(
            rate=rate, proportions={}, probability=tuple(probability), found=tuple(found), expected_rate=0.0
        )
    logs = np.array([standing.log_evidences for standing in standings if standing is not None])
    share = np.array([standing.emergent_share for standing in standings if standing is not None])
    proportions, pooled = pooled_probability(logs, share, np.array(masses, dtype=np.float64))
    listed, expected = longest_list(pooled, rate)
    for i, value, on_list in zip(known, pooled.tolist(), listed.tolist(), strict=True):
        probability[i], found[i] = value, on_list
    return Discoveries(
        rate=rate,
        proportions=dict(zip(EXPLANATIONS, proportions.tolist(), strict=True)),
        probability=tuple(probability),
        found=tuple(found),
        expected_rate=expected,
    )


def pooled_probability(
    log_evidences: npt.NDArray[np.float64], emergent_share: npt.NDArray[np.float64], masses: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Proportions of `EXPLANATIONS` among all series, and P(emergent) of each given them, or by itself if that is less.

    Args:
        log_evidences: shape (n_series, n_explanations).
        emergent_share: share of each series' phase changes that are emergent, shape (n_series,).
        masses: prior masses of the explanations, shape (n_explanations,).
    """
    result = class_proportions(log_evidences[:, :, None], masses, np.ones(1))
    joint = np.exp(log_evidences - log_evidences.max(axis=1, keepdims=True)) * masses
    by_itself = joint[:, PHASE] / joint.sum(axis=1)
    return result.first, np.minimum(result.membership[:, PHASE, 0], by_itself) * emergent_share


def longest_list(probability: npt.NDArray[np.float64], rate: float) -> tuple[npt.NDArray[np.bool_], float]:
    """The longest list, most probable first, whose mean probability of being wrong is at most `rate`; and that mean.

    No series on it is more probably wrong than right.
    """
    order = np.argsort(-probability, kind="stable")
    wrong = np.cumsum(1.0 - probability[order]) / np.arange(1, order.size + 1)
    length = int(np.sum((wrong <= rate) & (probability[order] >= LEAST)))  # neither is true again once it was not
    listed = np.zeros(order.size, dtype=np.bool_)
    listed[order[:length]] = True
    return listed, float(wrong[length - 1]) if length else 0.0


def standing_of(paper: Mapping[str, Any]) -> Standing:
    """What the document of an analysis says of it."""
    curves = [(curve["explanation"], curve["log_evidence"]) for curve in paper["curves"]]
    return standing(curves, float(paper["probabilities"][str(Explanation.PHASE_CHANGE)]), float(paper["p_emergent"]))


def standing(curves: Sequence[tuple[str, float]], phase: float, p_emergent: float) -> Standing:
    """What an analysis brings to the discovery list.

    Args:
        curves: explanation and log evidence of each curve; the curves of an explanation are equally probable within it.
        phase: posterior probability of a phase change.
        p_emergent: posterior probability of an emergent ability.
    """
    found = []
    for name in EXPLANATIONS:
        logs = [log_evidence for explanation, log_evidence in curves if explanation == name]
        most = max(logs)
        found.append(most + math.log(sum(math.exp(value - most) for value in logs) / len(logs)))
    return Standing(log_evidences=tuple(found), emergent_share=min(p_emergent / phase, 1.0) if phase > 0.0 else 0.0)
