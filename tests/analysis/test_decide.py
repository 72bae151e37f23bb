"""The rules of the verdict, one by one and in their order, on numbers made by hand."""

from __future__ import annotations

import dataclasses

import pytest

from emergence_stats.conditions import Numbers
from emergence_stats.criteria import conditions
from emergence_stats.findings import Evidence
from emergence_stats.settings import VerdictSettings
from emergence_stats.verdict import Verdict, decide
from tests.reference.textbook import analysis_of

LIMITS = VerdictSettings(
    absent_excess=0.05,
    absent_probability=0.8,
    present_probability=0.9,
    sharp_probability=0.9,
    unpredictable_nats=2.0,
    metric_nats=2.3,
    explanation_probability=0.9,
    resolution_stability=0.5,
)


def shares(**some: float) -> dict[str, float]:
    """Posterior over explanations: those given, and the rest shared by the others."""
    names = ("no_ability", "constant", "smooth", "phase_change", "decreasing", "non_monotone")
    rest = (1.0 - sum(some.values())) / (len(names) - len(some))
    return {name: some.get(name, rest) for name in names}


def numbers(**changes: object) -> Numbers:
    """Numbers of a clear phase change."""
    clear = dataclasses.replace(
        analysis_of("sharp").evidence.numbers,
        absent=0.99,
        present=0.99,
        sharp=0.99,
        at_chance=0.0,
        rise=0.99,
        rise_in_range=0.99,
        p_emergent=0.98,
        power_law=0.005,
        explanations=shares(phase_change=0.99),
    )
    return dataclasses.replace(clear, **changes)  # type: ignore[arg-type]


def evidence(**changes: object) -> Evidence:
    """Evidence of a clear phase change, with some of it changed."""
    own = {field.name for field in dataclasses.fields(Evidence)}
    inner = {name: changes.pop(name) for name in list(changes) if name not in own}
    clear = dataclasses.replace(
        analysis_of("sharp").evidence,
        numbers=numbers(**inner),
        log_bayes_factor=6.0,
        log_bayes_factor_power=6.0,
        unpredictable=4.0,
        onset=4,
        detectable_excess=0.02,
        looks_absent=True,
        resolution_stability=None,
    )
    return dataclasses.replace(clear, **changes)  # type: ignore[arg-type]


# What an all-or-nothing metric makes of a smooth law, and a rise whose foot this many items cannot show.
POWER_LAW = {
    "sharp": 0.02,
    "power_law": 0.93,
    "explanations": shares(smooth=0.97),
    "log_bayes_factor": -5.0,
    "log_bayes_factor_power": -5.0,
    "unpredictable": -3.0,
}
UNRESOLVED = {
    "absent": 0.5,
    "sharp": 0.7,
    "explanations": shares(phase_change=0.25, smooth=0.7),
    "log_bayes_factor": -1.0,
    "log_bayes_factor_power": 1.0,
    "detectable_excess": 0.2,
}
NO_RISE = {"present": 0.1, "sharp": 0.02, "rise": 0.05, "rise_in_range": 0.1, "unpredictable": None, "onset": None}
CASES: dict[str, tuple[dict[str, object], str]] = {
    "all conditions": ({}, "emergent"),
    "absence not shown": ({"absent": 0.7}, "undetermined"),
    "presence not shown": ({"present": 0.8}, "undetermined"),
    "not sharp enough": ({"sharp": 0.85}, "undetermined"),
    "could be foreseen": ({"unpredictable": 1.9}, "undetermined"),
    "no onset": ({"unpredictable": None, "onset": None}, "undetermined"),
    "p^L explains it nearly as well": ({"log_bayes_factor_power": 2.2}, "undetermined"),
    "resampled test sets agree": ({"resolution_stability": 0.9}, "emergent"),
    "resampled test sets disagree": ({"resolution_stability": 0.3}, "undetermined"),
    "they disagree and smooth is close": (
        {"resolution_stability": 0.3, "log_bayes_factor": 2.0},
        "resolution_artifact",
    ),
    "p^L by itself": (POWER_LAW, "metric_artifact"),
    "p^L, not absent": (POWER_LAW | {"absent": 0.1}, "smooth"),
    "smooth": ({"absent": 0.1, "sharp": 0.01, "explanations": shares(smooth=0.95), "log_bayes_factor": -4.0}, "smooth"),
    "smooth that rises but is not present": (
        {"absent": 0.1, "present": 0.3, "sharp": 0.01, "explanations": shares(smooth=0.95)},
        "smooth",
    ),
    "smooth without a rise": (
        {"absent": 0.9, "present": 0.0, "sharp": 0.01, "rise": 0.2, "explanations": shares(smooth=0.95)},
        "undetermined",
    ),
    "falling": (NO_RISE | {"explanations": shares(decreasing=0.92)}, "inverse"),
    "turning": (NO_RISE | {"explanations": shares(non_monotone=0.92)}, "non_monotone"),
    "rising from elsewhere than chance": (
        NO_RISE | {"explanations": shares(non_monotone=0.92), "rises_off_chance": True},
        "undetermined",
    ),
    "falling or turning": (NO_RISE | {"explanations": shares(decreasing=0.6, non_monotone=0.35)}, "inverse"),
    "at chance": (NO_RISE | {"at_chance": 0.97, "explanations": shares(no_ability=0.6, smooth=0.2)}, "not_emerged"),
    "idle": (NO_RISE | {"at_chance": 0.5, "explanations": shares(no_ability=0.8, constant=0.15)}, "not_emerged"),
    "level": (NO_RISE | {"at_chance": 0.1, "explanations": shares(constant=0.93)}, "flat"),
    "near chance but rather level": (
        NO_RISE | {"at_chance": 0.97, "explanations": shares(no_ability=0.3, constant=0.65)},
        "flat",
    ),
    "level, chance not defined": (
        NO_RISE | {"absent": None, "present": None, "at_chance": None, "explanations": shares(no_ability=0.95)},
        "flat",
    ),
    "sharp, chance not defined": ({"absent": None, "present": None, "at_chance": None}, "undetermined"),
    "too few items": (UNRESOLVED, "resolution_artifact"),
    "enough items": (UNRESOLVED | {"detectable_excess": 0.03}, "undetermined"),
    "no items": (UNRESOLVED | {"detectable_excess": None}, "undetermined"),
    "few items, smooth far off": (UNRESOLVED | {"log_bayes_factor": -5.0}, "undetermined"),
    "few items, phase change ahead": (UNRESOLVED | {"log_bayes_factor": 1.0}, "undetermined"),
    "few items, visibly above chance": (UNRESOLVED | {"looks_absent": False}, "undetermined"),
    "everything equally probable": (NO_RISE | {"absent": 0.5, "explanations": shares()}, "undetermined"),
}


@pytest.mark.parametrize("case", CASES)
def test_rule(case: str) -> None:
    changes, verdict = CASES[case]
    assert decide(evidence(**changes), LIMITS) == verdict


def test_every_verdict_of_one_series_is_reached() -> None:
    assert {verdict for _, verdict in CASES.values()} == {str(verdict) for verdict in Verdict} - {"failed"}


def test_limits_are_settings() -> None:
    nearly = evidence(absent=0.7, unpredictable=1.0)
    assert decide(nearly, LIMITS) == "undetermined"
    assert decide(nearly, dataclasses.replace(LIMITS, absent_probability=0.6, unpredictable_nats=0.5)) == "emergent"


def test_conditions_hold_exactly_where_the_verdict_needs_them() -> None:
    found = {condition.key: condition for condition in conditions(evidence(absent=0.79), LIMITS, 1.5)}
    assert [found[key].holds for key in ("absent", "present", "sharp", "unpredictable")] == [False, True, True, True]
    assert found["metric_robust"].holds is None
    assert found["resolution_robust"].holds is None
    assert "if test sets are resampled" in found["resolution_robust"].detail
    assert found["absent"].limit == LIMITS.absent_probability
    assert found["unpredictable"].unit == "nats"


def test_conditions_that_cannot_be_assessed_say_why() -> None:
    found = conditions(evidence(absent=None, present=None, unpredictable=None, onset=None), LIMITS, 1.5)
    for condition in (found[0], found[1], found[3]):
        assert condition.holds is None
        assert condition.value is None
    assert "chance is not defined" in found[0].detail
    assert "no point rises" in found[3].detail
