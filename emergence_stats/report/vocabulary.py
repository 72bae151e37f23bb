"""How the report speaks of verdicts and explanations: words, order, icons.

Colour is never the only carrier: each verdict has an icon that shows the shape it names, and its label stands
beside it. Colours are in ``templates/style.css`` (Okabe and Ito 2008, colour universal design), one class per key.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWords:
    """One verdict in words.

    Attributes:
        label: on chips and in tables.
        meaning: what it says of a series, for the legend.
        clause: follows a number in the overview ("12 rise smoothly").
        singular: the same for one series.
        icon: SVG path in a 12 x 12 box, drawn as a line.
    """

    label: str
    meaning: str
    clause: str
    singular: str
    icon: str


# In the order in which the report lists them: findings, open questions, and then what is settled and quiet.
VERDICTS: Mapping[str, VerdictWords] = types.MappingProxyType(
    {
        "emergent": VerdictWords(
            label="Emergent",
            meaning="absent at small scales, present at large ones, sharp, and not foreseeable from below",
            clause="emerge",
            singular="emerges",
            icon="M1 10.5H5.5V1.5H11",
        ),
        "metric_artifact": VerdictWords(
            label="Metric artifact",
            meaning="looks sharp on this metric; a smooth law seen through the metric explains it",
            clause="look sharp only through their metric",
            singular="looks sharp only through its metric",
            icon="M1 10.5Q9.5 10.5 11 1.5M1 10.5L11 5.5",
        ),
        "resolution_artifact": VerdictWords(
            label="Resolution artifact",
            meaning="looks flat and then rising; the test set is too small to tell that from a smooth rise",
            clause="look sharp only because the test set is small",
            singular="looks sharp only because the test set is small",
            icon="M1 10.5H4V7.5H7.5V4.5H11V1.5",
        ),
        "undetermined": VerdictWords(
            label="Undetermined",
            meaning="these data do not decide; the report says what would",
            clause="cannot be decided",
            singular="cannot be decided",
            icon="M3.5 4.2A2.5 2.5 0 1 1 7.2 6.2Q6 6.9 6 8M6 10.4V10.6",
        ),
        "failed": VerdictWords(
            label="Failed",
            meaning="could not be analysed; the reason is given",
            clause="could not be analysed",
            singular="could not be analysed",
            icon="M2 2L10 10M10 2L2 10",
        ),
        "smooth": VerdictWords(
            label="Smooth",
            meaning="rises steadily with log scale",
            clause="rise smoothly",
            singular="rises smoothly",
            icon="M1 10.5L11 1.5",
        ),
        "inverse": VerdictWords(
            label="Inverse",
            meaning="falls as scale grows",
            clause="fall with scale",
            singular="falls with scale",
            icon="M1 1.5L11 10.5",
        ),
        "non_monotone": VerdictWords(
            label="Non-monotone",
            meaning="rises and falls, or falls and rises",
            clause="rise and fall",
            singular="rises and falls",
            icon="M1 10.5Q6 -6.5 11 10.5",
        ),
        "not_emerged": VerdictWords(
            label="Not emerged",
            meaning="at chance at every scale measured: the threshold, if there is one, lies beyond",
            clause="have not emerged",
            singular="has not emerged",
            icon="M1 10.5H3M5 10.5H7M9 10.5H11",
        ),
        "flat": VerdictWords(
            label="Flat",
            meaning="constant and away from chance, saturation included",
            clause="are flat",
            singular="is flat",
            icon="M1 6H11",
        ),
    }
)

EXPLANATIONS: Mapping[str, str] = types.MappingProxyType(
    {
        "phase_change": "Phase change",
        "smooth": "Smooth rise",
        "no_ability": "No ability in range",
        "constant": "Constant",
        "decreasing": "Decreasing",
        "non_monotone": "Not monotone",
    }
)

SHARED_CLAUSES: Mapping[str, str] = types.MappingProxyType(
    {
        "phase_change": "change phase",
        "smooth": "rise smoothly",
        "no_ability": "show no ability in range",
        "constant": "are constant",
        "decreasing": "fall",
        "non_monotone": "rise and fall",
    }
)  # follow a share of all series

SCORE_FORMS: Mapping[str, str] = types.MappingProxyType(
    {
        "counts": "counts",
        "effective_counts": "effective counts",
        "gaussian": "scores with standard errors",
        "scores": "scores alone",
    }
)

DECIDED_QUIETLY = ("smooth", "inverse", "non_monotone", "not_emerged", "flat")
ARTIFACTS = ("metric_artifact", "resolution_artifact")

COMPANION_SHAPES: Mapping[str, str] = {
    "sharp": "the rise is as sharp here",
    "smooth": "here the rise is smooth",
    "unclear": "this metric does not tell",
}
