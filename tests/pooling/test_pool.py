"""Partial pooling over families: structure, refusals, and (slow) recovery of what was simulated."""

from __future__ import annotations

import dataclasses
import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import emergence_stats as es
from emergence_stats.batch.pooled import POOLED_COLUMNS, with_pooled
from emergence_stats.batch.run import run_batch
from emergence_stats.cli.app import main
from emergence_stats.errors import EmergenceStatsError, InputError, SeriesError, TableError
from emergence_stats.ingest import read_tidy, series_from_table
from emergence_stats.pooling.covariates import read_covariates
from emergence_stats.pooling.design import Design, lay_out
from emergence_stats.pooling.judging import judge_cells, judge_task, scores_fall
from emergence_stats.pooling.model import LEVELS, apart, build, written_by
from emergence_stats.pooling.result import PooledAnalysis, PooledCell, PooledTask, PooledVerdict
from emergence_stats.pooling.sampling import Convergence
from emergence_stats.pooling.table import PooledTable, pool_table
from emergence_stats.report.formats import unplaced_text
from emergence_stats.report.pooling_sheet import pooling_sheet
from emergence_stats.report.sheet import render_sheet
from emergence_stats.settings import Settings
from emergence_stats.threshold import Quantity

if TYPE_CHECKING:
    import pymc as pm

PRIOR = Settings().prior
SHIFTS = (-0.5, -0.2, -0.1, 0.0, 0.1, 0.3, 0.4)


def family(name: str, shift: float, *, task: str = "t", sizes: int = 3, seed: int = 0, **more: object) -> es.Series:
    generator = np.random.default_rng([seed, *name.encode(), *task.encode()])
    scale = 10.0 ** np.sort(generator.uniform(20.5, 23.5, sizes))
    p = 0.25 + 0.65 / (1.0 + np.exp(-4.394 * (np.log10(scale) - 22.0 - shift) / 0.6))
    fields: dict[str, object] = {
        "scale": scale, "n_correct": generator.binomial(400, p), "n_items": [400] * sizes, "chance_level": 0.25,
        "scale_kind": "train_flops", "identity": {"task": task, "family": name}, "name": f"{task} {name}",
        "model": [f"{name}-{i}" for i in range(sizes)],
    }  # fmt: skip
    return es.Series(**(fields | more))  # type: ignore[arg-type]


def families(task: str = "t") -> list[es.Series]:
    return [family(f"F{i}", shift, task=task) for i, shift in enumerate(SHIFTS)]


def frame(series: list[es.Series]) -> pd.DataFrame:
    """The series as a tidy table."""
    parts = [
        pd.DataFrame(
            {
                **one.identity,
                "model": one.model,
                "train_flops": one.scale,
                "n_correct": one.n_correct,
                "n_items": one.n_items,
                "chance_level": one.chance_level,
            }
        )
        for one in series
    ]
    return pd.concat(parts, ignore_index=True)


class TestDesign:
    def test_points_know_their_task_family_and_model(self) -> None:
        design = lay_out([*families("a"), *families("b")], by="family", covariates={}, prior=PRIOR)
        assert design.tasks == ("a", "b")
        assert len(design.families) == len(SHIFTS)
        assert len(design.cells) == 2 * len(SHIFTS)
        assert design.x.size == 2 * 3 * len(SHIFTS)

    def test_a_family_of_one_size_is_kept_with_a_warning(self) -> None:
        design = lay_out([*families(), family("single", 0.0, sizes=1)], by="family", covariates={}, prior=PRIOR)
        assert any("one size (single)" in warning for warning in design.warnings)

    def test_a_task_is_named_by_what_differs(self) -> None:
        common = {"prompt": "standard", "metric": "acc"}
        series = [
            family(f"F{i}", 0.0, identity={"task": "t", "family": f"F{i}", "shots": shots} | common)
            for i in range(3)
            for shots in ("0", "2")
        ]
        assert lay_out(series, by="family", covariates={}, prior=PRIOR).tasks == ("t · 0", "t · 2")
        assert lay_out(series[::2], by="family", covariates={}, prior=PRIOR).tasks == ("t",)

    def test_order_of_the_series_does_not_matter(self) -> None:
        first = lay_out(families(), by="family", covariates={}, prior=PRIOR)
        second = lay_out(families()[::-1], by="family", covariates={}, prior=PRIOR)
        np.testing.assert_array_equal(first.x, second.x)
        np.testing.assert_array_equal(first.cell, second.cell)


class TestRefusals:
    def test_too_few_families(self) -> None:
        with pytest.raises(SeriesError, match="at least 3 families, got 2"):
            es.pool(families()[:2])

    def test_series_without_the_column(self) -> None:
        with pytest.raises(SeriesError, match="expected a column 'lab' in the identity"):
            es.pool(families(), by="lab")

    def test_several_kinds_of_scale(self) -> None:
        with pytest.raises(SeriesError, match="one kind of scale"):
            es.pool([*families(), family("x", 0.0, scale_kind="params")])

    def test_covariates_that_lack_a_family_or_do_not_vary(self) -> None:
        with pytest.raises(SeriesError, match="year: expected a finite number for every family; missing: F1"):
            es.pool(families(), covariates={"year": {"F0": 2022.0}})
        with pytest.raises(SeriesError, match="differ between families"):
            es.pool(families(), covariates={"year": {f"F{i}": 2022.0 for i in range(len(SHIFTS))}})

    def test_nothing_at_all(self) -> None:
        with pytest.raises(SeriesError, match="got none"):
            es.pool([])
        with pytest.raises(InputError, match="draws"):
            es.pool(families(), draws=1)

    def test_one_series_or_a_table_in_place_of_several(self) -> None:
        with pytest.raises(InputError, match="expected several series, one for each family and task"):
            es.analyze(family("F0", 0.0), pool="family")  # type: ignore[call-overload]
        with pytest.raises(InputError, match="for several together: pool="):
            es.analyze(families())  # type: ignore[call-overload]

    def test_what_pooling_has_not(self) -> None:
        with pytest.raises(InputError, match="expected no companions, resamples or engine"):
            es.analyze(families(), pool="family", resamples=10)  # type: ignore[call-overload]

    def test_a_table_of_two_families_before_anything_is_analysed(self) -> None:
        with pytest.raises(SeriesError, match="at least 3 families, got 2"):
            es.analyze_frame(frame(families()[:2]), pool="family")
        with pytest.raises(EmergenceStatsError, match="lab"):
            es.analyze_frame(frame(families()), pool="lab")


def shared(*tasks: str) -> list[es.Series]:
    """The same models take every task."""
    return [one.replace(identity=dict(one.identity) | {"task": task}) for task in tasks for one in families()]


def rewrite(model: pm.Model, centring: float) -> None:
    """Every level of the model written in one way."""
    import pymc as pm

    names = [f"{level}_centring" for level in LEVELS if f"{level}_centring" in model.named_vars]
    pm.set_data({name: np.full(model[name].get_value().shape, centring) for name in names}, model=model)


@pytest.mark.parametrize("tasks", [("t",), ("a", "b")])
def test_the_model_has_a_finite_density_at_its_start(tasks: tuple[str, ...]) -> None:
    covariates = {"year": {f"F{i}": 2020.0 + i for i in range(len(SHIFTS))}}
    model = build(lay_out(shared(*tasks), by="family", covariates=covariates, prior=PRIOR), PRIOR)
    assert ("model_sd" in model.named_vars) == (len(tasks) > 1)
    density = model.compile_logp()
    assert np.isfinite(density(model.initial_point()))
    for centring in (0.0, 0.5, 1.0):
        rewrite(model, centring)
        assert np.isfinite(density(model.initial_point()))


@pytest.mark.slow
def test_every_way_of_writing_the_model_has_the_same_prior() -> None:
    import pymc as pm

    model = build(lay_out(shared("a", "b"), by="family", covariates={}, prior=PRIOR), PRIOR)
    names = ("cell_threshold", "family_shift", "threshold", "cell_log_width", "model_contrast")
    draw = pm.compile([], [model[name] for name in names], random_seed=1)
    spreads = {}
    for centring in (0.0, 0.5, 1.0):
        rewrite(model, centring)
        drawn = [draw() for _ in range(4000)]
        spreads[centring] = [np.std([values[i] for values in drawn]) for i in range(len(names))]
    np.testing.assert_allclose(spreads[0.0], spreads[1.0], rtol=0.05)
    np.testing.assert_allclose(spreads[0.5], spreads[1.0], rtol=0.05)


def test_shifts_are_written_by_what_the_data_tell_of_them() -> None:
    generator = np.random.default_rng(0)
    n = 4000
    spread = np.exp(0.1 * generator.standard_normal(n))
    known = 0.1 * generator.standard_normal((n, 1))
    unknown = spread[:, None] * generator.standard_normal((n, 2))

    for shifts, expected in ((np.concatenate([known, unknown[:, :1]], axis=1), 1.0), (unknown, 0.0)):
        found = written_by({"cell_place": 22.0 + shifts, "cell_sd": spread})
        assert found["cell_centring"].tolist() == [expected, expected]
    near_zero = np.abs(0.1 * generator.standard_normal(n))  # however well a shift is known, the way into zero is open
    assert written_by({"model_contrast": 0.2 * known, "model_sd": near_zero})["model_centring"].tolist() == [0.0]


def test_models_of_a_family_are_told_apart_by_contrasts_round_what_is_known() -> None:
    for share in (np.array([0.5, 0.3, 0.2]), np.array([0.999, 1e-6, 1e-3]), np.ones(1)):
        columns = apart(share)
        assert columns.shape == (share.size, share.size - 1)
        np.testing.assert_allclose(columns.T @ columns, np.eye(share.size - 1), atol=1e-12)
        np.testing.assert_allclose(share @ columns, 0.0, atol=1e-12)


def test_models_that_took_one_task_each_have_no_shifts_of_their_own() -> None:
    series = [*families("a"), *families("b")]  # at other scales: other models
    design = lay_out(series, by="family", covariates={}, prior=PRIOR)
    assert design.n_models == len(design.x)
    assert not design.models_shared
    model = build(design, PRIOR)
    assert "model_sd" not in model.named_vars
    assert "cell_sd" in model.named_vars


class TestCovariates:
    def test_numbers_truths_and_dates(self, tmp_path: Path) -> None:
        path = tmp_path / "families.csv"
        path.write_text("family,released,code,share\nA,2022-01-01,true,.5\nB,2023-07-02,false,.25\n", encoding="utf-8")
        found = read_covariates(path)
        assert found["code"] == {"A": 1.0, "B": 0.0}
        assert found["share"] == {"A": 0.5, "B": 0.25}
        assert found["released"]["A"] == pytest.approx(2022.0)
        assert found["released"]["B"] == pytest.approx(2023.5, abs=0.01)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("family\nA\n", "expected a column 'family' and covariates beside it"),
            ("family,year\nA,2022\nA,2023\n", "one row for each family, got several for 'A'"),
            ("family,year\nA,2022\nB,soon\n", "row 3, column year: expected a number or a date, got 'soon'"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "families.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(TableError, match=message):
            read_covariates(path)

    def test_a_file_that_is_not_there(self) -> None:
        with pytest.raises(TableError, match="expected a readable CSV file"):
            read_covariates("nowhere.csv")


def invented(*, faults: tuple[str, ...] = ()) -> PooledTable:
    """What two tasks might look like once they are pooled; no sampler is run."""

    def quantity(middle: float) -> Quantity:
        return Quantity(draws=np.sort(middle * np.exp(np.linspace(-0.5, 0.5, 101))))

    def cell(task: str, name: str, beyond: float) -> PooledCell:
        return PooledCell(
            task=task, family=name, midpoint=quantity(1e22), width_decades=quantity(0.5),
            ceiling=quantity(0.8), p_beyond=beyond, p_before=0.0, p_present=0.97, p_sharp=0.98,
        )  # fmt: skip

    def task(name: str) -> PooledTask:
        line = np.linspace(0.2, 0.9, 3)
        return PooledTask(
            name=name, verdict=PooledVerdict.SHARED_SHARP_RISE, reason="It rises.", p_absent=0.9, p_present=0.97,
            p_rise=0.99, p_sharp=0.98, typical=cell(name, "", 0.1), new_family=cell(name, "", 0.7),
            scale=np.array([1e21, 1e22, 1e23]), curve=line, curve_low=line - 0.1, curve_high=line + 0.1,
        )  # fmt: skip

    names = [f"F{i}" for i in range(len(SHIFTS))]
    analysis = PooledAnalysis(
        by="family", scale_kind="train_flops", tasks={"t": task("t")},
        cells=tuple(cell("t", name, 0.9 if name == "F6" else 0.1) for name in names),
        families={name: quantity(0.1) for name in names}, spreads={"family": quantity(0.4), "log width": quantity(0.2)},
        covariates={"released": quantity(-0.2)},
        convergence=Convergence(
            faults=faults, rhat=1.004, effective_draws=900.0, divergences=0, draws=4800, seconds=60.0
        ),
        warnings=("only <7> families",), seed=0,
    )  # fmt: skip
    places = {tuple(sorted(one.identity.items())): ("t", one.identity["family"]) for one in families()}
    return PooledTable(analysis=analysis, places=places, left_out=(("t · F9", "no score"),))


class TestDocument:
    def test_is_what_the_schema_says_and_the_same_on_every_machine(self) -> None:
        document = invented().to_dict() | {"inputs": ["scores.csv"]}
        schema = json.loads((resources.files("emergence_stats") / "schema" / "pool.schema.json").read_text("utf-8"))
        Draft202012Validator(schema).validate(document)
        assert "seconds" not in json.dumps(document)

    def test_a_midpoint_beyond_the_data_is_no_threshold(self) -> None:
        found = invented().analysis
        assert found.cell("t", "F0").threshold.median == pytest.approx(1e22, rel=0.05)
        assert found.cell("t", "F6").threshold.median is None
        assert found.cell("t", "F6").to_dict()["threshold"] is None

    def test_the_page_names_tasks_families_and_covariates(self) -> None:
        page = render_sheet(pooling_sheet(invented().to_dict() | {"inputs": ["scores.csv"]}))
        for text in (
            "1 of 1 task rises sharply",
            "beyond the data",
            "released",
            "Effective",
            "t · F9",
            "beyond the data with probability 0.90",
            "only &lt;7&gt;",
        ):
            assert text.lower() in page.lower(), text

    def test_a_sampler_that_did_not_converge_is_said_first(self) -> None:
        page = render_sheet(pooling_sheet(invented(faults=("R-hat is 1.2",)).to_dict() | {"inputs": []}))
        assert "nothing is concluded" in page


class TestBatch:
    def test_pooled_columns_stand_beside_the_verdicts_of_single_families(self) -> None:
        rows = series_from_table(frame([family("F0", 0.0), family("F6", 0.4)]), scale="train_flops", by=("family",))
        batch = with_pooled(run_batch(rows), invented())
        assert list(batch.frame.columns[-len(POOLED_COLUMNS) :]) == list(POOLED_COLUMNS)
        assert batch.frame["pooled_threshold"].notna().tolist() == [True, False]
        assert batch.frame["pooled_p_beyond"].tolist() == [0.1, 0.9]
        schema = json.loads((resources.files("emergence_stats") / "schema" / "analysis.schema.json").read_text("utf-8"))
        for document in batch.documents:
            Draft202012Validator(schema).validate(document)

    def test_a_series_that_took_no_part_has_blanks(self) -> None:
        other = frame([family("F0", 0.0, task="other")])
        batch = with_pooled(run_batch(series_from_table(other, scale="train_flops", by=("family",))), invented())
        assert batch.frame[list(POOLED_COLUMNS)].isna().all(axis=None)
        assert batch.documents[0] is not None
        assert batch.documents[0]["pooled"] is None

    def test_a_family_of_one_size_is_a_series_only_where_families_are_pooled(self) -> None:
        table = frame([family("F0", 0.0, sizes=1)])
        assert series_from_table(table, scale="train_flops")[0].series is None
        assert series_from_table(table, scale="train_flops", fewest_scales=1)[0].series is not None


@pytest.mark.slow
def test_a_report_with_families_together_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    frame([*families("a"), *families("b"), family("single", 0.0, task="a", sizes=1)]).to_csv(path, index=False)
    words = ["report", str(path), "--pool", "family", "--resamples", "0", "--scale", "train_flops"]
    for workers in ("1", "2"):
        assert main([*words, "--workers", workers, "--out", str(tmp_path / workers)]) == 1  # one size is no series
    first, second = (json.loads((tmp_path / workers / "pool.json").read_text("utf-8")) for workers in ("1", "2"))
    assert first == second
    assert not first["convergence"]["faults"]
    page = (tmp_path / "1" / "report.html").read_text("utf-8")
    assert "Families together" in page
    assert "pool.html" in page
    results = pd.read_parquet(tmp_path / "1" / "results.parquet")
    assert results["pooled_verdict"].notna().all()
    assert (results.loc[results["family"] == "single", "verdict"] == "failed").all()


@pytest.mark.slow
def test_families_are_placed_and_a_new_one_is_less_certain() -> None:
    found = es.pool(families(), draws=400, covariates={"lateness": {f"F{i}": s for i, s in enumerate(SHIFTS)}})
    assert not found.convergence.faults
    task = found.tasks["t"]
    assert task.verdict is PooledVerdict.SHARED_SHARP_RISE
    low, high = task.typical.threshold.interval(0.9) or (0.0, 0.0)
    assert 3e21 < low < high < 3e22
    new = task.new_family.threshold.interval(0.9) or (0.0, 0.0)
    assert new[0] < low
    assert high < new[1]
    effect = found.covariates["lateness"].interval(0.9) or (0.0, 0.0)
    assert effect[0] > 0.0
    assert json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.slow
def test_a_fit_that_does_not_converge_concludes_nothing() -> None:
    found = es.pool(families(), draws=50)
    assert found.convergence.faults
    assert {task.verdict for task in found.tasks.values()} == {PooledVerdict.UNDETERMINED}
    assert any("not converged" in warning for warning in found.warnings)


@pytest.mark.slow
@pytest.mark.shared_data
def test_real_families_and_tasks_converge_within_five_minutes_on_two_cores(shared_data: Path) -> None:
    table = read_tidy([shared_data / "obsscaling_emergent.csv"], scale="train_flops", by=("family",))
    rows = series_from_table(table, scale="train_flops", by=("family",))
    found = es.pool([row.series for row in rows if row.series is not None])
    assert len(found.families) >= 19
    assert len(found.tasks) == 8
    assert not found.convergence.faults
    assert found.convergence.seconds < 2 * 300.0
    easy, hard = found.tasks["arithmetic_2da · acc"], found.tasks["arithmetic_2dm · acc"]
    assert (easy.typical.threshold.interval(0.9) or (0, np.inf))[1] < (hard.typical.threshold.interval(0.9) or (0, 0))[
        0
    ]
    assert (found.families["XGLM"].interval(0.9) or (0.0, 0.0))[0] > 0.0  # trained on many languages, little of each


def told(rise: float, *, falls: bool = False, low: float = 0.3, high: float = 0.7) -> tuple[Design, dict[str, Any]]:
    """Three families at four scales whose scores move by `rise`, and draws that place the midpoint at 10 ** 19."""
    x = np.tile(np.linspace(20.0, 23.0, 4), 3)
    score = np.tile(np.linspace(high, low, 4) if falls else np.linspace(low, low + rise, 4), 3)
    series = [
        family(f"F{i}", 0.0, scale=10.0 ** x[:4], n_correct=np.rint(400 * score[:4]), n_items=[400] * 4, model=None)
        for i in range(3)
    ]
    n = 200
    draws = {
        "threshold": np.full((n, 1), 19.0), "log_width": np.full((n, 1), np.log(0.4)),
        "logit_lapse": np.full((n, 1), -3.0), "guess_rate": np.full((n, 1), 0.25), "family_sd": np.full(n, 0.1),
        "width_sd": np.full(n, 0.1), "cell_threshold": np.full((n, 3), 19.0),
        "cell_log_width": np.full((n, 3), np.log(0.4)), "cell_lapse": np.full((n, 3), 0.05),
    }  # fmt: skip
    return lay_out(series, by="family", covariates={}, prior=PRIOR), draws


class TestNoRiseWithinTheData:
    CONVERGED = Convergence(faults=(), rhat=1.0, effective_draws=900.0, divergences=0, draws=200, seconds=0.0)

    def judged(self, design: Design, draws: dict[str, Any]) -> PooledTask:
        return judge_task(0, design, draws, self.CONVERGED, Settings(), np.random.default_rng(0))

    def test_what_is_saturated_throughout_has_no_threshold_and_no_shared_rise(self) -> None:
        design, draws = told(0.0, low=0.97)
        task = self.judged(design, draws)
        assert task.p_present == 1.0
        assert task.p_rise == 0.0
        assert task.verdict is PooledVerdict.NO_RISE_IN_RANGE
        assert task.typical.p_before == 1.0
        assert task.typical.threshold.median is None
        assert "before the smallest scale with probability 1.00" in task.reason
        cells = judge_cells(design, draws, Settings())
        assert all(cell.to_dict()["threshold"] is None for cell in cells)
        assert unplaced_text(cells[0].to_dict()) == "before the data"

    def test_what_falls_in_every_family_is_said_to_fall(self) -> None:
        design, draws = told(0.0, falls=True)
        draws["threshold"] = np.full((200, 1), 21.5)  # even where a midpoint lies within the data
        draws["cell_threshold"] = np.full((200, 3), 21.5)
        task = self.judged(design, draws)
        assert task.verdict is PooledVerdict.UNDETERMINED
        assert "Scores fall with scale inside families" in task.reason
        cells = judge_cells(design, draws, Settings())
        assert all(cell.falls and cell.threshold.median is None for cell in (*cells, task.typical, task.new_family))
        assert unplaced_text(cells[0].to_dict()) == "scores fall"

    def test_a_rise_is_no_fall_even_where_the_larger_family_is_the_worse(self) -> None:
        design, _ = told(0.3)
        assert not scores_fall(0, design)
        apart = [
            family(f"F{i}", 0.0, scale=[10.0 ** (20 + i), 10.0 ** (20.2 + i)], n_correct=[300 - 80 * i, 310 - 80 * i],
                   n_items=[400] * 2, model=None)
            for i in range(4)
        ]  # fmt: skip
        assert not scores_fall(0, lay_out(apart, by="family", covariates={}, prior=PRIOR))


class TestWhatIsCarriedAlong:
    def test_warnings_of_the_series_each_once(self) -> None:
        series = [family(f"F{i}", s, chance_level=None) for i, s in enumerate(SHIFTS)]
        warnings = lay_out(series, by="family", covariates={}, prior=PRIOR).warnings
        assert warnings.count("chance level not given: 0 assumed") == 1

    def test_a_warning_of_one_task_names_it(self) -> None:
        other = [
            one.replace(chance_level=None, identity={"task": "b", "family": one.identity["family"]})
            for one in families()
        ]
        warnings = lay_out([*families("a"), *other], by="family", covariates={}, prior=PRIOR).warnings
        assert "chance level not given: 0 assumed (b)" in warnings

    def test_families_differ_after_covariates(self) -> None:
        assert "after released." in invented().analysis.summary()
        plain = dataclasses.replace(invented().analysis, covariates={})
        assert "after" not in plain.summary()


class TestWhatCannotBePooled:
    def test_a_metric_without_bounds(self) -> None:
        open_ended = [
            es.Series(
                scale=[1e20, 1e21, 1e22], score=[-3.0, -2.0 - 0.1 * i, -0.5], score_bounds=None, metric="log p",
                scale_kind="train_flops", identity={"task": "t", "family": f"F{i}"}, name=f"F{i}",
            )
            for i in range(5)
        ]  # fmt: skip
        with pytest.raises(SeriesError, match="expected a metric with bounds"):
            es.pool(open_ended)

    def test_a_covariate_of_a_family_that_is_not_there(self) -> None:
        year = {f"F{i}": 2020.0 + i for i in range(len(SHIFTS))} | {"F-1": 2019.0}
        with pytest.raises(InputError, match="year: expected families of the series, got F-1"):
            es.pool(families(), covariates={"year": year})
        with pytest.raises(InputError, match="got F-1"):
            es.analyze(families(), pool="family", workers=2, covariates={"year": year})

    def test_covariates_of_one_series(self) -> None:
        with pytest.raises(InputError, match="expected pool= beside them"):
            es.analyze(family("F0", 0.0), workers=2)  # type: ignore[call-overload]

    def test_several_scales_in_a_table_name_the_option(self) -> None:
        table = frame(families())
        table["params"] = table["train_flops"] / 1e13
        table.loc[table["family"] == "F0", "train_flops"] = np.nan
        with pytest.raises(SeriesError, match="--scale"):
            pool_table(table)


def test_a_measurement_without_scale_is_left_out_not_its_family(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[es.Series] = []

    def stand_in(series: list[es.Series], **_: object) -> PooledAnalysis:
        seen.extend(series)
        return invented().analysis

    monkeypatch.setattr("emergence_stats.pooling.table.pool", stand_in)
    table = frame(families())
    table.loc[0, "train_flops"] = np.nan
    found = pool_table(table, scale="train_flops")
    assert sorted(one.n_points for one in seen) == [2, *[3] * (len(SHIFTS) - 1)]
    assert not found.left_out
    assert f"1 of {len(table)} measurements have no train_flops: left out" in found.to_dict()["warnings"]
