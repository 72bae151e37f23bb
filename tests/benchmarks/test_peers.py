"""Peers are measured fairly: what they say, what they fail at, and what the tables make of it."""

from __future__ import annotations

import dataclasses
import importlib
import logging
import math
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.cases import Case
from benchmarks.peers import __main__ as command
from benchmarks.peers import bayes_factor, breakthrough, least_squares, left_out
from benchmarks.peers.battery import BATTERY, make_battery
from benchmarks.peers.finding import BAD_ASYMPTOTE, Finding, PeerFailure, bad_asymptotes
from benchmarks.peers.runner import Outcome, attempt, run
from benchmarks.peers.scoring import BEYOND, CALLED, INVENTED, compare, row, true_place, what_happens
from benchmarks.peers.table import PEERS, Peer
from benchmarks.suites import make_suite
from emergence_stats.series import Series
from emergence_stats.simulate import simulate

TOY = """
import os
import time

from benchmarks.peers.finding import Finding


def fit(series):
    if series.name == "hangs":
        time.sleep(600.0)
    if series.name == "dies":
        os._exit(1)
    return Finding(score=float(os.getpid()))
"""


def named(name: str) -> Series:
    return Series(scale=[1e7, 1e8], n_correct=[1, 2], n_items=[10, 10], chance_level=0.0, name=name)


def answered(finding: Finding | None, *, failure: str = "", warned: tuple[str, ...] = ()) -> Outcome:
    return Outcome(finding=finding, failure=failure, warnings=warned, cpu_seconds=1.0, peak_megabytes=100.0)


@pytest.fixture(scope="module")
def cases() -> Mapping[str, Case]:
    """One case of each kind."""
    found = {case.kind: case for case in make_suite("clear", 60)}
    return found | {case.kind: case for case in make_battery(1)}


def peer(label: str, **changes: object) -> Peer:
    plain = Peer(name=label, label=label, fit=breakthrough.raw)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


# peers


def test_a_clear_sharp_rise_is_found_by_those_that_can() -> None:
    series = simulate("probit", threshold=1e9, width=0.8, n_scales=8, n_items=2000, seed=0).series
    for fit in (least_squares.least_squares, left_out.argmax):
        found = fit(series)
        assert found.called
        assert found.rises
        assert found.threshold == pytest.approx(9.0, abs=0.1)
    assert breakthrough.banded(series).called


def test_leave_one_out_calls_no_straight_line_sharp() -> None:
    assert not left_out.argmax(simulate("log_linear", n_scales=6, n_items=2000, seed=1).series).called


def test_the_null_band_holds_its_level_on_lines() -> None:
    lines = [simulate("log_linear", n_scales=10, n_items=200, seed=seed).series for seed in range(60)]
    assert sum(bool(breakthrough.banded(series).called) for series in lines) <= 8  # 3 expected, 8 exceeded in .4 %


def test_a_fall_is_no_breakthrough(cases: Mapping[str, Case]) -> None:
    found = breakthrough.banded(cases["decreasing"].series)
    assert found.score < 0.0
    assert not found.called


def test_the_least_squares_interval_is_that_of_curve_fit() -> None:
    series = simulate("logistic", threshold=1e9, width=1.0, n_scales=12, n_items=5000, seed=0).series
    found = least_squares.least_squares(series)
    assert found.threshold is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.threshold < found.high
    assert found.high - found.threshold == pytest.approx(found.threshold - found.low)


def test_too_few_points_are_a_failure_of_least_squares() -> None:
    with pytest.raises(PeerFailure, match="did not converge"):
        least_squares.least_squares(simulate("probit", n_scales=3).series)


def test_asymptotes_are_judged_with_a_margin() -> None:
    assert bad_asymptotes(-0.04, 1.04) == ()
    assert bad_asymptotes(-323.0, 323.0) == (BAD_ASYMPTOTE,)


@pytest.mark.parametrize(
    ("factor", "ceiling", "width", "called"), [(5.0, 0.9, 0.5, True), (2.0, 0.9, 0.5, False), (5.0, 0.9, 2.0, False)]
)
def test_a_bayes_factor_is_called_by_strength_and_width(
    factor: float, ceiling: float, width: float, called: bool
) -> None:
    draws = np.tile([0.1, ceiling, 9.0, width], (100, 1))
    found = bayes_factor.finding(bayes_factor.Evidences(line=-20.0, logistic=factor - 20.0, draws=draws))
    assert found.called is called
    assert found.score == pytest.approx(factor)
    assert (found.low, found.threshold, found.high) == (9.0, 9.0, 9.0)


def test_a_bayes_factor_for_a_fall_counts_against_a_rise() -> None:
    draws = np.tile([0.9, 0.1, 9.0, 0.5], (100, 1))
    found = bayes_factor.finding(bayes_factor.Evidences(line=-20.0, logistic=-10.0, draws=draws))
    assert found.score == pytest.approx(-10.0)
    assert not found.called
    assert not found.rises


def test_the_binomial_likelihood_sums_to_one() -> None:
    items = np.array([7.0])
    each = [bayes_factor.log_likelihood(np.array([k]), items, np.array([0.3])) for k in range(8)]
    assert np.exp(each).sum() == pytest.approx(1.0)


def test_every_peer_explains_its_statistic() -> None:
    assert len({one.name for one in PEERS}) == len(PEERS)
    for one in PEERS:
        text = command._defined(one)
        assert "Score" in text or "the score" in text, one.name
        assert "Called" in text or "nothing is called" in text, one.name


def test_a_missing_package_is_seen() -> None:
    assert not peer("absent", package="no_such_package").installed()
    assert peer("present").installed()


# series


def test_the_battery_holds_no_sharp_rise_and_grows_by_adding() -> None:
    small, large = make_battery(1), make_battery(3)
    assert {case.kind for case in large} == set(BATTERY)
    assert not any(case.sharp for case in large)
    by_name = {case.series.name: case for case in large}
    for case in small:
        np.testing.assert_array_equal(
            np.asarray(case.series.n_correct), np.asarray(by_name[case.series.name].series.n_correct)
        )


def test_slow_peers_see_as_many_sharp_cases_as_others() -> None:
    cases = make_suite("hard", 40)
    chosen = command.balanced(cases, 7)
    assert sum(case.sharp for case in chosen) == 3
    assert len(chosen) == 7
    assert [case for case in cases if case.series.name in {one.series.name for one in chosen}] == chosen


# running


def test_whatever_a_peer_does_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    def loud(_series: Series) -> Finding:
        sys.stdout.write("noise")
        warnings.warn("careful", RuntimeWarning, stacklevel=1)
        logging.getLogger("some.package").warning("not %s", "mixed")
        message = "no luck"
        raise ArithmeticError(message)

    outcome = attempt(loud, named("any"))
    assert outcome.finding is None
    assert outcome.failure == "ArithmeticError: no luck"
    assert outcome.warnings == ("careful", "not mixed")
    assert outcome.cpu_seconds >= 0.0
    assert outcome.peak_megabytes > 10.0
    assert capsys.readouterr().out == ""


def test_a_peer_that_hangs_or_dies_fails_on_that_series_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_peer.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(tmp_path))
    toy = importlib.import_module("toy_peer")
    outcomes = run(toy.fit, [named(name) for name in ("good", "hangs", "good", "dies", "good")], seconds=2.0)
    assert [outcome.failure for outcome in outcomes] == ["", "stopped after 2 s", "", "the process died", ""]
    processes = [outcome.finding.score for outcome in outcomes if outcome.finding is not None]
    assert len(set(processes)) == 3


# tables


@pytest.mark.parametrize(
    ("place", "half", "said"),
    [(0.5, None, [INVENTED]), (0.5, 0.1, [INVENTED]), (1.4, 0.1, [BEYOND]), (0.5, 0.4, []), (None, None, [])],
)
def test_a_confident_threshold_where_nothing_rises_is_nonsense(
    cases: Mapping[str, Case], place: float | None, half: float | None, said: list[str]
) -> None:
    case = cases["at chance"]
    x = case.series.log10_scale
    span = float(x[-1] - x[0])
    middle = None if place is None else float(x[0]) + place * span
    finding = Finding(
        score=0.0,
        called=False,
        threshold=middle,
        low=None if half is None or middle is None else middle - half * span,
        high=None if half is None or middle is None else middle + half * span,
    )
    assert list(row(peer("any"), case, answered(finding))["faults"]) == said  # type: ignore[call-overload]


def test_the_midpoint_of_a_fall_is_no_nonsense_and_a_call_is(cases: Mapping[str, Case]) -> None:
    fall = Finding(score=0.0, called=False, threshold=9.5, rises=False)
    assert row(peer("any"), cases["decreasing"], answered(fall))["faults"] == ()
    call = dataclasses.replace(fall, called=True)
    assert row(peer("any"), cases["decreasing"], answered(call))["faults"] == (CALLED,)


def test_a_breakpoint_is_compared_with_the_onset(cases: Mapping[str, Case]) -> None:
    case = cases["sharp"]
    onset = true_place(case, "onset")
    law = case.law
    assert float(law(onset)) == pytest.approx(law.floor + 0.1 * (law.ceiling - law.floor), abs=1e-3)
    assert true_place(case, "midpoint") == case.threshold


@pytest.fixture
def compared(cases: Mapping[str, Case]) -> pd.DataFrame:
    """A good peer that is slow, a poor one that is quick, and one that never calls."""
    sharp, flat = cases["sharp"], cases["flat"]
    truth = sharp.threshold
    assert truth is not None
    good = Finding(score=2.0, called=True, threshold=truth + 0.1, low=truth - 1.0, high=truth + 1.0)
    calm = Finding(score=1.0, called=False)
    wrong = Finding(score=5.0, called=True, threshold=truth)
    mute = Finding(score=0.0)
    quick = dataclasses.replace(answered(wrong), cpu_seconds=0.1)
    rows = [
        row(peer("good"), sharp, answered(good)),
        row(peer("good"), flat, answered(calm)),
        row(peer("poor"), sharp, dataclasses.replace(answered(None, failure="stopped"), cpu_seconds=math.nan)),
        row(peer("poor"), flat, quick),
        row(peer("mute", landmark=None), sharp, answered(mute, warned=("careful",))),
        row(peer("mute", landmark=None), flat, answered(mute)),
    ]
    return pd.DataFrame(rows)


def test_the_best_of_each_column_is_marked_whoever_it_is(compared: pd.DataFrame) -> None:
    table = compare(compared).set_index("peer")
    assert list(table["AUC"]) == ["**1.000**", "0.000", "0.500"]  # a failure counts as the least sharp
    assert list(table["false calls"]) == ["**0.0 % (0/1)**", "100.0 % (1/1)", ""]
    assert list(table["sharp located"]) == ["**100.0 % (1/1)**", "0.0 % (0/1)", ""]
    assert list(table["median error"]) == ["**0.100**", "", ""]
    assert list(table["failed"]) == ["**0.0 % (0/2)**", "50.0 % (1/2)", "**0.0 % (0/2)**"]
    assert list(table["warned"]) == ["0.0 % (0/2)", "0.0 % (0/2)", "50.0 % (1/2)"]
    assert list(table["silent nonsense"]) == ["**0.0 % (0/2)**", "50.0 % (1/2)", "**0.0 % (0/2)**"]
    assert list(table["CPU s"]) == ["1.000", "**0.100**", "1.000"]


def test_nonsense_with_a_warning_is_not_silent(cases: Mapping[str, Case]) -> None:
    wrong = Finding(score=5.0, called=True)
    rows = [row(peer("any"), cases["flat"], answered(wrong, warned=warned)) for warned in ((), ("careful",))]
    assert compare(pd.DataFrame(rows))["silent nonsense"][0] == "**50.0 % (1/2)**"


def test_the_battery_table_counts_what_went_wrong(cases: Mapping[str, Case]) -> None:
    beyond = Finding(score=0.0, called=False, threshold=20.0)
    line = Finding(score=1.0, called=True)
    rows = [
        row(peer("any"), cases["at chance"], answered(beyond, warned=("careful",))),
        row(peer("any"), cases["straight line"], answered(line)),
        row(peer("any"), cases["all wrong"], answered(None, failure="stopped")),
        row(peer("any"), cases["all correct"], answered(Finding(score=0.0, called=False))),
    ]
    kinds = ["at chance", "straight line", "all wrong", "all correct"]
    table = what_happens(pd.DataFrame(rows), kinds)
    assert [str(table[kind][0]) for kind in kinds] == [
        "threshold beyond 1, warned 1",
        "called sharp 1",
        "failed 1",
        "nothing amiss",
    ]


# command


def test_a_quick_run_prints_every_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["peers", "--quick"])
    command.main()
    text = capsys.readouterr().out
    assert text.count("| least squares + BIC ") == 3  # both suites and the battery
    assert "### What happens on series without a sharp rise" in text
    assert "**" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody"], "peer: expected one of ours, least_squares"),
        (["--quick", "--write-docs"], "--write-docs writes all peers"),
    ],
)
def test_wrong_use_is_refused_in_one_line(
    words: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["peers", *words])
    with pytest.raises(SystemExit):
        command.main()
    assert message in capsys.readouterr().err
