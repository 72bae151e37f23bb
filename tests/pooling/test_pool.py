"""Partial pooling over families: structure, refusals, and (slow) recovery of what was simulated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.ingest import read_tidy, series_from_table
from emergence_stats.pooling.design import lay_out
from emergence_stats.pooling.model import build
from emergence_stats.pooling.result import PooledVerdict
from emergence_stats.settings import Settings

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


@pytest.mark.parametrize("tasks", [("t",), ("a", "b")])
def test_the_model_has_a_finite_density_at_its_start(tasks: tuple[str, ...]) -> None:
    series = [one for task in tasks for one in families(task)]
    covariates = {"year": {f"F{i}": 2020.0 + i for i in range(len(SHIFTS))}}
    model = build(lay_out(series, by="family", covariates=covariates, prior=PRIOR), PRIOR)
    values = model.point_logps()
    assert all(np.isfinite(value) for value in values.values())
    assert ("model_sd" in model.named_vars) == (len(tasks) > 1)


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
