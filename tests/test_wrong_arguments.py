"""Wrong arguments of public functions are the package's own errors: one line that names the argument."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import emergence_stats as es
from emergence_stats.errors import InputError, SeriesError, SettingsError
from emergence_stats.simulate import simulate_table
from tests.reference.textbook import SERIES, analysis_of

FRAME = pd.DataFrame({"task": "t", "params": [1e8, 1e9], "n_correct": [3, 40], "n_items": 50, "chance_level": 0.0})

# Each is a call that a type checker would refuse; that is what these tests are about.
analyze: Callable[..., object] = es.analyze
analyze_frame: Callable[..., pd.DataFrame] = es.analyze_frame
series: Callable[..., es.Series] = es.Series
settings: Callable[..., es.Settings] = es.Settings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": "a"}, "seed: expected a whole number from 0 up, got 'a'"),
        ({"seed": -1}, "seed: expected a whole number from 0 up, got -1"),
        ({"seed": None}, "seed: expected a whole number from 0 up, got None"),
        ({"resamples": 2.5}, "resamples: expected a whole number from 0 up, got 2.5"),
        ({"resamples": True}, "resamples: expected a whole number from 0 up, got True"),
        ({"settings": "x"}, "settings: expected emergence_stats.Settings, got 'x'"),
        ({"settings": {}}, "settings: expected emergence_stats.Settings, got an object of class dict"),
    ],
)
def test_analyze_and_analyze_frame_name_the_argument(arguments: dict[str, object], message: str) -> None:
    for call, data in ((analyze, SERIES["sharp"]), (analyze_frame, FRAME)):
        with pytest.raises(InputError, match=f"^{message}$"):
            call(data, **arguments)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", None])
def test_workers_are_counted(workers: object) -> None:
    with pytest.raises(InputError, match="workers: expected a whole number from 1 up"):
        analyze_frame(FRAME, workers=workers)


def test_what_is_no_series_is_refused_with_the_way_to_go() -> None:
    no_series: list[object] = [{}, FRAME, "scores.csv", None]
    for wrong in no_series:
        with pytest.raises(InputError, match=r"series: expected emergence_stats.Series \(for a table: analyze_frame;"):
            analyze(wrong)
    no_frame: list[object] = [{}, "scores.csv", SERIES["sharp"], None]
    for wrong in no_frame:
        with pytest.raises(InputError, match=r"frame: expected pandas.DataFrame \(files are read by"):
            analyze_frame(wrong)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": 3}, "scale: expected a column with sizes of models (params), got 3"),
        ({"scale": "n_correct"}, "scale: expected a column with sizes of models (params), got 'n_correct'"),
        ({"scale": "task"}, "scale: expected a column with sizes of models (params), got 'task'"),
        ({"by": 3}, "by: expected names of columns, got 3"),
        ({"by": ["task", 3]}, "by: expected names of columns, got 3"),
        ({"by": None}, "by: expected names of columns, got None"),
    ],
)
def test_columns_are_named_by_texts(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as raised:
        analyze_frame(FRAME, **arguments)
    assert str(raised.value) == message


def test_an_arrow_table_is_as_good_as_a_frame() -> None:
    pd.testing.assert_frame_equal(es.analyze_frame(pa.Table.from_pandas(FRAME)), es.analyze_frame(FRAME))


def test_numpy_integers_are_whole_numbers() -> None:
    found = analyze(SERIES["sharp"], resamples=np.int64(0), seed=np.uint8(3))
    assert isinstance(found, es.Analysis)
    assert type(found.seed) is int


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_correct": 5}, "n_correct: expected a list with one number per scale, got the single number 5"),
        ({"n_correct": [0.5, 0.25]}, r"n_correct\[0\]: expected a whole number .*, got 0.5"),
        ({"n_items": [1e18, 1e18]}, r"n_items\[0\]: expected at most 1e\+12, got 1e\+18"),
        ({"scale": [1e-310, 1e9]}, r"scale\[0\]: expected a number from 1e-300 to 1e\+300"),
        ({"scale": [10**400, 1]}, "scale: expected numbers"),
        ({"scale": np.array(["2020", "2021"], dtype="datetime64[Y]")}, "scale: expected numbers, got datetime64"),
        (
            {"scale": np.ma.array([1e8, 1e9], mask=[False, True])},
            r"scale\[1\]: expected a positive finite number, got nan",
        ),
        ({"n_correct": [1, 1j]}, "n_correct: expected numbers"),
        ({"chance_level": "low"}, "chance_level: expected a number, got 'low'"),
        ({"chance_level": [0.1, 0.2]}, "chance_level: expected a number"),
        ({"score_bounds": (0.0,)}, "score_bounds: expected two finite numbers"),
        ({"score_bounds": (0.0, np.inf)}, "score_bounds: expected two finite numbers"),
        ({"score_bounds": 1}, "score_bounds: expected a list, got 1"),
        ({"higher_is_better": "no"}, "higher_is_better: expected True or False, got 'no'"),
        ({"model": "ab"}, "model: expected a list, got 'ab'"),
        ({"seed": 5}, "seed: expected a list, got 5"),
        ({"identity": 5}, "identity: expected a mapping"),
        ({"warnings": "careful"}, "warnings: expected a list, got 'careful'"),
        ({"scale_kind": ["params"]}, "scale_kind: expected one of params, "),
    ],
)
def test_a_field_of_a_series_is_named(fields: dict[str, object], message: str) -> None:
    good = {"scale": [1e8, 1e9], "n_correct": [1, 2], "n_items": [3, 3], "chance_level": 0.0}
    with pytest.raises(SeriesError, match=f"^{message}"):
        series(**(good | fields))


def test_a_billion_items_are_welcome() -> None:
    found = es.Series(scale=[1e8, 1e9], n_correct=[1, 2], n_items=[1e9, 1e9], chance_level=0.0)
    assert found.n_points == 2


def test_settings_are_of_their_own_classes() -> None:
    with pytest.raises(SettingsError, match="prior: expected PriorSettings, got 3"):
        settings(prior=3)
    load: Callable[[object], es.Settings] = es.Settings.from_dict  # type: ignore[assignment]
    with pytest.raises(SettingsError, match="expected a mapping of groups"):
        load(3)
    with pytest.raises(SettingsError, match="expected a known setting"):
        load({"prior": {3: 3}})
    from_toml: Callable[[object], es.Settings] = es.Settings.from_toml  # type: ignore[assignment]
    with pytest.raises(SettingsError, match="expected the path of a TOML file, or TOML text, got 3"):
        from_toml(3)


def test_results_refuse_what_they_cannot_answer() -> None:
    found = analysis_of("sharp")
    for mass in (2.0, 0.0, float("nan")):
        with pytest.raises(InputError, match="mass: expected"):
            found.threshold.interval(mass)
    with pytest.raises(InputError, match="score: expected a finite number, got nan"):
        found.scale_for_score(float("nan"))


def test_the_seed_of_a_simulation_is_checked() -> None:
    with pytest.raises(InputError, match="seed: expected a whole number from 0 up, got -1"):
        simulate_table(2, seed=-1)


def test_an_empty_path_is_not_the_current_folder() -> None:
    with pytest.raises(InputError, match="expected a path, got an empty text"):
        es.read("")
