"""Discovery lists: the rate that was asked for holds, and failures stay in their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.batch.discoveries import discover, discover_standings, longest_list, proportions_sentence
from emergence_stats.batch.run import run_batch
from emergence_stats.cli.app import main
from emergence_stats.errors import InputError
from emergence_stats.ingest import SeriesRow
from emergence_stats.models.curves import CURVES
from emergence_stats.settings import Settings

MASSES = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]


def paper(phase_nats: float, share: float = 1.0, gain: float | None = None) -> dict[str, Any]:
    """A document whose phase changes lie so many nats above everything else."""
    logs = {name: phase_nats if curve.explanation == "phase_change" else 0.0 for name, curve in CURVES.items()}
    weight = np.exp(phase_nats) / (np.exp(phase_nats) + 4.0)
    return {
        "settings": {"prior": {"explanation_masses": MASSES}},
        "curves": [
            {"explanation": str(curve.explanation), "log_evidence": logs[name]} for name, curve in CURVES.items()
        ],
        "probabilities": {"phase_change": float(weight)},
        "p_emergent": float(share * weight),
        "verdict": "undetermined",
        "objection": None,
        "predictive": {"leave_future_out": None if gain is None else {"from_scale": 1e10, "gain_nats": gain}},
    }


def test_the_list_is_the_longest_whose_mean_error_keeps_the_rate() -> None:
    listed, expected = longest_list(np.array([0.5, 0.99, 0.95, 0.2]), 0.05)
    assert listed.tolist() == [False, True, True, False]
    assert expected == pytest.approx(0.03)
    assert longest_list(np.array([0.5, 0.6]), 0.05)[1] == 0.0


def test_realised_false_discoveries_keep_the_rate_on_a_mixture() -> None:
    generator = np.random.default_rng(1)
    truth = generator.random(600) < 0.25
    nats = 4.0 * (np.where(truth, 2.0, -2.0) + generator.normal(size=600))  # log ratio of N(2, 1) to N(-2, 1)
    for rate in (0.05, 0.1):
        found = np.array(discover([paper(value) for value in nats.tolist()], rate).found)
        assert found.sum() > 100
        assert np.mean(~truth[found]) <= rate


def test_a_list_is_not_filled_up_with_what_is_probably_wrong() -> None:
    probability = np.array([0.99] * 20 + [0.4] * 10)
    assert longest_list(probability, 0.2)[0].sum() == 20  # with all the others the mean error would be .16


def test_neighbours_take_from_a_series_and_do_not_give() -> None:
    by_itself = paper(1.0)
    among = discover([by_itself, *[paper(8.0) for _ in range(100)]], 0.2)
    assert among.probability[0] == pytest.approx(by_itself["p_emergent"])


def test_what_small_scales_foretold_is_no_discovery() -> None:
    foretold, unforeseen, crowd = paper(9.0, gain=-3.0), paper(9.0, gain=6.0), [paper(9.0, gain=6.0)] * 20
    result = discover([foretold, unforeseen, *crowd], 0.05)
    assert result.found[:2] == (False, True)
    assert result.probability[0] == pytest.approx(1.0 / (1.0 + np.exp(3.0)))


def test_prediction_needs_more_gain_where_phase_changes_are_rare() -> None:
    smooth = paper(-9.0)
    for curve in smooth["curves"]:
        curve["log_evidence"] += 9.0 * (curve["explanation"] == "smooth")
    doubtful = paper(9.0, gain=2.0)
    rare = discover([doubtful, *[smooth] * 60], 0.2).probability[0] or 0.0
    often = discover([doubtful, *[paper(9.0, gain=9.0)] * 60], 0.2).probability[0] or 0.0
    assert rare < 0.5 < often
    assert often == pytest.approx(1.0 / (1.0 + np.exp(-2.0)), rel=1e-3)


def test_what_is_rare_needs_more_evidence() -> None:
    crowd = [paper(-6.0) for _ in range(200)]
    rare = discover([paper(2.5), *crowd], 0.2)
    often = discover([paper(2.5), *[paper(6.0) for _ in range(200)]], 0.2)
    assert (rare.probability[0] or 0.0) < (often.probability[0] or 0.0)
    assert sum(rare.proportions.values()) == pytest.approx(1.0)


def test_failures_are_not_discoveries() -> None:
    result = discover([None, paper(9.0), None], 0.05)
    assert result.found == (False, True, False)
    assert result.probability[0] is None
    assert discover([None], 0.05).found == (False,)
    assert "1 of 3 is a discovery" in result.sentence()


def test_what_did_not_converge_is_no_discovery_and_teaches_nothing() -> None:
    unconverged = paper(9.0) | {"faults": ["R-hat is 1.640 (at most 1.01 is expected)"]}
    result = discover([unconverged, paper(9.0), paper(-6.0)], 0.05)
    assert result.found == (False, True, False)
    assert result.probability[0] is None
    assert result.proportions == discover([paper(9.0), paper(-6.0)], 0.05).proportions
    assert "1 of 3 is a discovery" in result.sentence()


@pytest.mark.parametrize(
    "change", [{"verdict": "metric_artifact"}, {"objection": "token_accuracy of the same outputs could not be read"}]
)
def test_what_is_not_emergent_for_another_reason_is_no_discovery(change: dict[str, str]) -> None:
    result = discover([paper(9.0) | change, paper(9.0), paper(-6.0)], 0.05)
    assert result.found == (False, True, False)
    assert result.probability[0] == 0.0


def test_a_metric_artifact_is_no_discovery() -> None:
    scale = [1e8, 1e9, 1e10, 1e11, 1e12, 1e13]
    whole = es.Series(
        scale=scale, n_correct=[1, 0, 2, 1, 180, 190], n_items=[200] * 6, chance_level=0.0, metric="exact_match"
    )
    parts = es.Series(
        scale=scale, score=[0.40, 0.52, 0.64, 0.75, 0.86, 0.97], stderr=[0.01] * 6, metric="token_accuracy",
        chance_level=0.0,
    )  # fmt: skip
    alone, beside = es.analyze(whole), es.analyze(whole, companions=[parts])
    unread = es.analyze(whole, unread={"token_accuracy": "one cell is blank"})
    found = es.discover([alone, beside, unread, *([es.analyze(parts)] * 3)])
    assert found.found[:3] == (True, False, False)
    assert found.probability[1:3] == (0.0, 0.0)


@pytest.mark.slow
def test_a_sampler_that_did_not_converge_leaves_no_standing() -> None:
    hasty = Settings.from_dict({"evidence": {"engine": "pymc", "chains": 2, "smc_particles": 60, "nuts_draws": 10}})
    series = es.Series(
        scale=[1e8, 1e9, 1e10, 1e11, 1e12], n_correct=[2, 4, 3, 390, 480], n_items=[500] * 5, chance_level=0.0
    )
    batch = run_batch([SeriesRow(identity={"task": "t"}, series=series, problem=None)], settings=hasty)
    assert batch.documents[0] is not None
    assert batch.documents[0]["faults"]
    assert batch.standings == (None,)
    assert not any(discover_standings(batch.standings, MASSES, 0.05).found)
    assert not any(discover([es.analyze(series, settings=hasty)]).found)


class TestProportions:
    def test_are_told_beside_the_list(self) -> None:
        result = discover([*[paper(9.0)] * 30, *[paper(-9.0)] * 10], 0.05)
        share = result.proportions["phase_change"]
        assert share > 0.6
        assert f"Of all series about {100 * share:.0f} % change phase, " in proportions_sentence(result.record())
        assert "learnt from 40 series" in proportions_sentence(result.record())

    def test_nothing_is_said_where_nothing_is_known(self) -> None:
        assert discover([None, None]).proportions == {}
        assert proportions_sentence(discover([None, None]).record()) == ""

    def test_analyses_and_their_documents_say_the_same(self) -> None:
        counts = ([3, 4, 9, 310], [3, 40, 160, 310], [5, 4, 6, 5])
        found = [
            es.analyze(es.Series(scale=[1e8, 1e9, 1e10, 1e11], n_correct=n, n_items=[500] * 4, chance_level=0.0))
            for n in counts
        ]
        assert es.discover(found) == es.discover([analysis.to_dict() for analysis in found])
        assert sum(es.discover(found).proportions.values()) == pytest.approx(1.0)

    def test_stand_in_the_report_and_its_record(self, tmp_path: Path) -> None:
        lines = ["task,model,params,n_correct,n_items,chance_level"]
        for task, counts in {"a": (3, 4, 9, 310), "b": (3, 40, 160, 310), "c": (5, 4, 6, 5)}.items():
            lines += [f"{task},m{i},{10 ** (8 + i)},{n},500,0" for i, n in enumerate(counts)]
        path, out = tmp_path / "scores.csv", tmp_path / "out"
        path.write_text("\n".join(lines), encoding="utf-8")
        words = ["report", str(path), "--out", str(out), "--resamples", "0", "--fdr", "0.1"]
        assert main(words) == 0
        record = json.loads((out / "run.json").read_text("utf-8"))["discoveries"]
        assert record["fdr"] == 0.1
        assert record["n_judged"] == 3
        assert sum(record["proportions"].values()) == pytest.approx(1.0)
        assert "Of all series about" in (out / "report.html").read_text("utf-8")


def test_a_rate_is_a_share() -> None:
    with pytest.raises(InputError, match="fdr: expected a number above 0 and below 1"):
        discover([], 1.5)
