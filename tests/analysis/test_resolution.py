"""The ladder of test-set sizes: items that decide, thresholds, false sharpness, verdicts like a fresh analysis's."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from scipy import special, stats

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.conditions import Indicators
from emergence_stats.evidence.replicates import replicate_sums, replicate_tables
from emergence_stats.findings import Evidence
from emergence_stats.resolution.items import items_to_decide
from emergence_stats.resolution.judging import Arranged, Judged, Prefix, judge
from emergence_stats.series import FloatArray
from emergence_stats.settings import Settings
from emergence_stats.verdict import VERDICTS, Quantities, Verdict, decide, decide_each
from tests.reference.textbook import SERIES, analysis_of, counts

SIZES = np.array([50.0, 100.0, 200.0, 400.0, 1600.0, 6400.0])
BINOMIAL_AND_FIVE_PERCENT = np.array([0.0, 0.05])


@functools.cache
def resampled(name: str) -> Analysis:
    """A textbook series with resampled test sets."""
    return analyze(SERIES[name], resamples=60)


@pytest.mark.parametrize(
    ("decided", "items"),
    [
        ([0.0, 0.1, 0.3, 0.6, 1.0, 1.0], 800.0),  # half way from .6 to 1 on the log axis
        ([0.9, 0.9, 0.9, 0.9, 0.9, 0.9], 50.0),
        ([0.0, 0.0, 0.0, 0.0, 0.1, 0.79], None),
        ([0.0, 0.0, 0.0, 0.0, 0.0, 0.8], 6400.0),
        ([0.9, 0.1, 0.2, 0.5, 0.9, 0.95], 1132.0),  # few items decide by missing the rise: .9, .1, .2 count as .4
        ([0.0, 0.0, 0.9, 0.7, 0.9, 1.0], 200.0),  # noise: .9, .7 count as .8
    ],
)
def test_items_to_decide_lie_between_the_sizes(decided: list[float], items: float | None) -> None:
    assert items_to_decide(SIZES, np.array(decided), 0.8) == items


def test_one_size_alone_decides_or_does_not() -> None:
    assert items_to_decide(np.array([300.0]), np.array([0.85]), 0.8) == 300.0
    assert items_to_decide(np.array([300.0]), np.array([0.75]), 0.8) is None


@pytest.mark.parametrize("n_items", [12.0, 100.0, 5000.0])
def test_tables_of_knots_hold_the_likelihoods_of_counts_near_them(n_items: float) -> None:
    values = np.array([[0.02, 0.1, 0.31, 0.32, 0.4, 0.41]])
    node = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    drawn = np.floor(n_items * np.array([[0.0], [0.25], [0.3], [1.0]]))
    tables, below, share = replicate_tables(
        drawn, np.array([n_items]), 12, BINOMIAL_AND_FIVE_PERCENT, node, values, 0.01, 0.01
    )
    assert share.max() <= 1.0
    for b, count in enumerate(drawn[:, 0]):
        for n, value in enumerate(values[0]):
            expected = _log_likelihood(count, n_items, value, BINOMIAL_AND_FIVE_PERCENT[int(node[n])])
            assert tables[0, int(below[b, 0] + round(share[b, 0])), n] == pytest.approx(expected, abs=2e-3)


def _log_likelihood(count: float, n_items: float, value: float, rho: float) -> float:
    """By scipy: 99 % (beta-)binomial, 1 % a failed run, uniform on scores below the curve with a soft edge."""
    total = (1.0 - rho) / rho if rho > 0 else 0.0
    plain = (
        stats.betabinom.logpmf(count, n_items, total * value, total * (1.0 - value))
        if rho > 0
        else stats.binom.logpmf(count, n_items, value)
    )
    failed = np.log(special.expit((value - count / n_items) / 0.01) / (max(value, 0.01) * (n_items + 1.0)))
    return float(np.logaddexp(np.log(0.99) + plain, np.log(0.01) + failed))


def test_replicates_are_weighed_as_one_by_one() -> None:
    generator = np.random.default_rng(4)
    values = generator.uniform(0.2, 0.5, (2, 30))
    node = (np.arange(30) % 2).astype(np.float64)
    drawn = generator.binomial(40, 0.3, (9, 2)).astype(np.float64)
    base = generator.normal(size=30)
    # As many knots as there are counts: nothing is interpolated between counts.
    tables, below, share = replicate_tables(
        drawn, np.full(2, 40.0), 41, BINOMIAL_AND_FIVE_PERCENT, node, values, 0.01, 0.01
    )
    starts, ordered = np.array([0.0, 7.0, 30.0]), np.arange(29.0, -1.0, -1.0)
    largest, sums, quantiles = replicate_sums(base, tables, below, share, starts, ordered, np.array([0.5]))
    for b in range(9):
        alone, below_one, share_one = replicate_tables(
            drawn[b : b + 1], np.full(2, 40.0), 41, BINOMIAL_AND_FIVE_PERCENT, node, values, 0.01, 0.01
        )
        assert share_one.max() == 0.0
        logs = base + alone[0, int(below_one[0, 0])] + alone[1, int(below_one[0, 1])]
        weight = np.exp(logs - logs.max())
        assert largest[b] == pytest.approx(logs.max())
        assert sums[b] == pytest.approx([weight[:7].sum(), weight[7:].sum()], rel=1e-5)
        cumulative = np.cumsum(weight[::-1]) / weight.sum()
        assert quantiles[b, 0] == int(np.searchsorted(cumulative, 0.5))


def test_many_data_sets_are_judged_as_one_by_one() -> None:
    limits = Settings().verdict
    generator = np.random.default_rng(1)
    clear = dataclasses.replace(analysis_of("sharp").evidence, objection=None)
    found: list[Verdict] = []
    rows: list[dict[str, float]] = []
    for _ in range(300):
        shares = generator.dirichlet(np.full(6, 0.15))
        row = {name: float(generator.choice([0.02, 0.5, 0.8, 0.97])) for name in Indicators.NAMES[:-6]}
        row |= dict(zip(Indicators.NAMES[-6:], shares.tolist(), strict=True))
        rows.append(row)
        found.append(decide(one_evidence(clear, row), limits))
    together = {name: np.array([row[name] for row in rows]) for name in Indicators.NAMES}
    indices = decide_each(Quantities.of(clear, together), limits)
    assert [VERDICTS[index] for index in indices] == found
    assert len(set(found)) > 6


def one_evidence(clear: Evidence, row: dict[str, float]) -> Evidence:
    """The evidence of one series with these probabilities."""
    names = {field.name for field in dataclasses.fields(clear.numbers)}
    own = {name: value for name, value in row.items() if name in names}
    explanations = {name: row[name] for name in Indicators.NAMES[-6:]}
    return dataclasses.replace(
        clear,
        numbers=dataclasses.replace(clear.numbers, **own, explanations=explanations),
    )


def test_the_threshold_is_known_better_from_more_items() -> None:
    found = analyze(counts([26, 27, 30, 45, 70, 85, 92, 95], 100), resamples=60)
    sizes = found.to_dict()["resolution"]["sizes"]
    few, many = (size["threshold"] for size in (sizes[1], sizes[-1]))
    assert few["median"]["low"] < few["median"]["median"] < few["median"]["high"]
    assert many["interval"]["high"] / many["interval"]["low"] < few["interval"]["high"] / few["interval"]["low"]
    at_n = sizes[3]["threshold"]
    low, high = found.threshold.interval(0.9) or (0.0, 0.0)
    assert np.log10(at_n["interval"]["low"]) == pytest.approx(np.log10(low), abs=0.15)
    assert np.log10(at_n["interval"]["high"]) == pytest.approx(np.log10(high), abs=0.15)


def test_no_threshold_where_no_rise_is_seen() -> None:
    assert all(size["threshold"] is None for size in resampled("constant").to_dict()["resolution"]["sizes"])


@pytest.mark.parametrize("name", ["linear", "gompertz", "at chance", "constant", "sharp"])
def test_smooth_growth_seldom_looks_as_sharp(name: str) -> None:
    found = resampled(name).resolution
    assert found is not None
    assert found.false_sharpness.replicates == 100
    assert found.false_sharpness.as_sharp <= found.false_sharpness.emergent
    assert found.false_sharpness.as_sharp <= 0.05
    if name != "sharp":
        assert found.false_sharpness.emergent <= 0.05
        assert found.false_sharpness.phase_change <= 0.05


def test_what_smooth_growth_explains_does_not_stay_emergent() -> None:
    series, limits = SERIES["sharp"], Settings().verdict
    sharp = dataclasses.replace(analyze(series).evidence, resolution_stability=0.9)
    assert decide(sharp, limits) is Verdict.EMERGENT
    assert decide(dataclasses.replace(sharp, false_sharpness=0.04), limits) is Verdict.EMERGENT
    fooled = dataclasses.replace(sharp, false_sharpness=0.08)
    assert decide(fooled, limits) is Verdict.UNDETERMINED
    assert decide(dataclasses.replace(fooled, log_bayes_factor=2.0), limits) is Verdict.RESOLUTION_ARTIFACT
    strict = dataclasses.replace(Settings(), verdict=dataclasses.replace(limits, false_sharpness=0.1))
    assert decide(fooled, strict.verdict) is Verdict.EMERGENT


def test_false_sharpness_is_warned_of() -> None:
    found = resampled("sharp").resolution
    assert found is not None
    quiet = dataclasses.replace(found.false_sharpness, emergent=0.01, phase_change=0.05)
    assert quiet.warnings(0.05) == []
    loud = dataclasses.replace(quiet, emergent=0.07)
    assert len(loud.warnings(0.05)) == 1
    assert "7.0% pass conditions E1 to E4" in loud.warnings(0.05)[0]


@pytest.mark.slow
def test_replicates_are_judged_as_fresh_analyses_judge_them(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[FloatArray, FloatArray, Judged]] = []

    def watched(
        nodes: Arranged, evidence: Evidence, replicates: FloatArray, n_items: FloatArray, prefix: Prefix
    ) -> Judged:
        judged = judge(nodes, evidence, replicates, n_items, prefix)
        drawn.append((replicates, n_items, judged))
        return judged

    monkeypatch.setattr("emergence_stats.resolution.ladder.judge", watched)
    agree, near = [], []
    for name in ("sharp", "linear", "gompertz", "at chance", "few items"):
        drawn.clear()
        series = SERIES[name]
        analyze(series, resamples=4)
        for replicates, n_items, judged in drawn:
            for b in range(0, 4, 2):
                fresh = analyze(series.replace(n_correct=replicates[b], n_items=n_items, score=None))
                agree.append(VERDICTS[judged.verdict[b]] is fresh.verdict)
                near.append(abs(judged.p_phase_change[b] - fresh.probabilities["phase_change"]))
    assert np.mean(agree) > 0.85
    assert np.mean(near) < 0.05
