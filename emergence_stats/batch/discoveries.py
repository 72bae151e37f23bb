"""Which of many series are emergent, at a chosen false discovery rate.

The proportions of the six explanations among all series are found by expectation-maximisation over the evidences that
the analyses left (`class_proportions`). With them, the probability that series i is emergent is P(phase change | data)
times the share of its phase changes that are emergent; but what the proportions add to the probability that the series
has by itself is not taken. Among much that is emergent, a series that no explanation describes well would be carried
over by its neighbours, and real tables hold such series; the same caution keeps the share of true null hypotheses at 1
in the procedure of Benjamini & Hochberg. Nor is a series more probably emergent than its own prediction says: the gain
of E4, in nats, is the log odds that the scales from the onset on give to a phase change against smooth growth, and
with the learnt odds of the two beside it a second account of the same question. The discoveries are the longest list,
most probable first, whose mean probability of being wrong is at most the chosen rate (Newton et al. 2004,
doi:10.1093/biostatistics/5.2.155), and on which every series is more probably emergent than not: where nearly all that
is emergent has been found, the rate would else be used up by series that probably are not. An analysis whose engine
did not converge has no say: it is no discovery, and the proportions are learnt without it. A metric artifact, and a
rise to which something objects (a poor fit, a companion that cannot be read), is no discovery either.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import scipy.special

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.proportions import class_proportions
from emergence_stats.report.formats import count_text
from emergence_stats.report.run_record import DiscoveryRecord
from emergence_stats.report.vocabulary import SHARED_CLAUSES
from emergence_stats.verdict import Verdict

if TYPE_CHECKING:
    from emergence_stats.analysis import Analysis

EXPLANATIONS = tuple(str(explanation) for explanation in Explanation)
LEAST = 0.5  # probability of a discovery
TINY = 1e-300
TOLD_FROM = 0.005  # share of an explanation: less is 0 %
PHASE_NAME = str(Explanation.PHASE_CHANGE)
PHASE, SMOOTH = EXPLANATIONS.index(PHASE_NAME), EXPLANATIONS.index(str(Explanation.SMOOTH))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Discoveries:
    """The discovery list.

    Attributes:
        rate: the chosen Bayesian false discovery rate.
        proportions: share of each explanation among all series; empty where no analysis can be believed.
        probability: P(emergent) given these proportions, by itself, or by prediction, whichever is least
            (`pooled_probability`), in the order of the series; None where the analysis failed or did not converge.
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

    def record(self) -> DiscoveryRecord:
        """For ``run.json``."""
        return DiscoveryRecord(
            fdr=self.rate,
            n_discoveries=sum(self.found),
            n_judged=sum(value is not None for value in self.probability),
            expected_rate=self.expected_rate,
            proportions=self.proportions,
        )


def proportions_sentence(record: DiscoveryRecord) -> str:
    """What all series are, the most frequent first; empty where no analysis can be believed."""
    told = sorted(((share, name) for name, share in record.proportions.items() if share >= TOLD_FROM), reverse=True)
    if not told:
        return ""
    parts = [f"{100.0 * share:.0f} % {SHARED_CLAUSES[name]}" for share, name in told]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return (
        f"Of all series about {listed} (shares learnt from {count_text(record.n_judged)} series, and a prior worth "
        f"{len(EXPLANATIONS)})."
    )


def discover(analyses: Iterable[Analysis | Mapping[str, Any] | None], fdr: float = 0.05) -> Discoveries:
    """Which of many series are emergent, and what share of all each explanation has.

    Args:
        analyses: of the series, or their documents (`Analysis.to_dict()`); None where one failed.
        fdr: wanted Bayesian false discovery rate.

    Returns:
        The discovery list, in the order of `analyses`. An analysis that did not converge is not on it.

    Raises:
        InputError: the rate is not above 0 and below 1.
    """
    members = list(analyses)
    masses = next((_masses(member) for member in members if member is not None), ())
    return discover_standings([None if member is None else standing_of(member) for member in members], masses, fdr)


def _masses(analysis: Analysis | Mapping[str, Any]) -> Sequence[float]:
    """Prior masses of the explanations."""
    if isinstance(analysis, Mapping):
        found: Sequence[float] = analysis["settings"]["prior"]["explanation_masses"]
        return found
    return analysis.settings.prior.explanation_masses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one analysis brings to the discovery list.

    Attributes:
        log_evidences: natural log evidence of each of `EXPLANATIONS`.
        emergent_share: share of its phase changes that are emergent.
        gain: leave-future-out gain of phase change over smooth (E4), in nats; None where nothing rises.
    """

    log_evidences: tuple[float, ...]
    emergent_share: float
    gain: float | None = None


def discover_standings(standings: Sequence[Standing | None], masses: Sequence[float], rate: float) -> Discoveries:
    """The same as `discover` from what it needs of each analysis.

    Args:
        standings: of the analyses; None where one failed or did not converge.
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
    gain = np.array([np.nan if known.gain is None else known.gain for known in standings if known is not None])
    proportions, pooled = pooled_probability(logs, share, gain, np.array(masses, dtype=np.float64))
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
    log_evidences: npt.NDArray[np.float64],
    emergent_share: npt.NDArray[np.float64],
    gain: npt.NDArray[np.float64],
    masses: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Proportions of `EXPLANATIONS` among all series, and P(emergent) of each: the least of three accounts.

    Given these proportions; by itself; and by what the scales before its onset foretold of those after it.

    Args:
        log_evidences: shape (n_series, n_explanations).
        emergent_share: share of each series' phase changes that are emergent, shape (n_series,).
        gain: leave-future-out gain of phase change over smooth, in nats, shape (n_series,); nan where nothing rises.
        masses: prior masses of the explanations, shape (n_explanations,).
    """
    result = class_proportions(log_evidences[:, :, None], masses, np.ones(1))
    joint = np.exp(log_evidences - log_evidences.max(axis=1, keepdims=True)) * masses
    by_itself = joint[:, PHASE] / joint.sum(axis=1)
    pooled = np.minimum(result.membership[:, PHASE, 0], by_itself) * emergent_share
    odds = min(shares[PHASE] / max(shares[SMOOTH], TINY) for shares in (result.first, masses))
    return result.first, np.fmin(pooled, scipy.special.expit(gain + np.log(max(odds, TINY))))


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


def standing_of(analysis: Analysis | Mapping[str, Any]) -> Standing | None:
    """What an analysis, or its document, brings to the discovery list; nothing if its engine did not converge."""
    if isinstance(analysis, Mapping):
        if analysis.get("faults"):
            return None
        curves = [(curve["explanation"], curve["log_evidence"]) for curve in analysis["curves"]]
        future = analysis["predictive"]["leave_future_out"]
        return standing(
            curves,
            phase=float(analysis["probabilities"][PHASE_NAME]),
            p_emergent=0.0 if _barred(analysis["verdict"], analysis["objection"]) else float(analysis["p_emergent"]),
            gain=None if future is None else float(future["gain_nats"]),
        )
    if analysis.evidence.faults:
        return None
    curves = [(str(CURVES[curve.name].explanation), curve.log_evidence) for curve in analysis.comparison.curves]
    return standing(
        curves,
        phase=analysis.probabilities[PHASE_NAME],
        p_emergent=0.0 if _barred(analysis.verdict, analysis.evidence.objection) else analysis.p_emergent,
        gain=analysis.evidence.unpredictable,
    )


def _barred(verdict: str, objection: str | None) -> bool:
    """Whether a series is not emergent whatever its probability of a sharp rise on this metric."""
    return verdict == Verdict.METRIC_ARTIFACT or objection is not None


def standing(curves: Sequence[tuple[str, float]], *, phase: float, p_emergent: float, gain: float | None) -> Standing:
    """What an analysis brings to the discovery list.

    Args:
        curves: explanation and log evidence of each curve; the curves of an explanation are equally probable within it.
        phase: posterior probability of a phase change.
        p_emergent: posterior probability of an emergent ability; 0 of what is known not to be one.
        gain: leave-future-out gain of phase change over smooth, in nats.
    """
    found = []
    for name in EXPLANATIONS:
        logs = [log_evidence for explanation, log_evidence in curves if explanation == name]
        most = max(logs)
        found.append(most + math.log(sum(math.exp(value - most) for value in logs) / len(logs)))
    share = min(p_emergent / phase, 1.0) if phase > 0.0 else 0.0
    return Standing(log_evidences=tuple(found), emergent_share=share, gain=gain)
