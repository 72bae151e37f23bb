"""Series: what it accepts, how it orders, and what it says about what it cannot use."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergence_stats.errors import EmergenceStatsError, SeriesError
from emergence_stats.series import SCALE_UNITS, Series


def make(**fields: object) -> Series:
    """A series from lists, as users write them."""
    return Series(**fields)  # type: ignore[arg-type]  # what is not as declared is what these tests are about


def counts(**changes: object) -> Series:
    """Three scales, not in order, with labels."""
    fields: dict[str, object] = {
        "scale": [1e10, 1e8, 1e9],
        "n_correct": [80, 25, 30],
        "n_items": [100, 100, 100],
        "chance_level": 0.25,
        "model": ["large", "small", "medium"],
        "seed": [3, 1, 2],
    }
    return make(**(fields | changes))


def everything(series: Series) -> dict[str, object]:
    """All fields as plain values, for comparing two series bit by bit."""
    fields = {field.name: getattr(series, field.name) for field in dataclasses.fields(series)}
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}


def test_points_are_kept_in_ascending_order_of_scale_with_their_labels() -> None:
    series = counts()
    assert series.scale.tolist() == [1e8, 1e9, 1e10]
    assert series.n_correct is not None
    assert series.n_correct.tolist() == [25, 30, 80]
    assert series.model == ("small", "medium", "large")
    assert series.seed == ("1", "2", "3")


def test_a_loss_is_read_from_the_worst_to_the_best() -> None:
    series = make(scale=[2.0, 4.0, 3.0], score=[0.9, 0.1, 0.5], scale_kind="loss", chance_level=0.0)
    assert series.scale.tolist() == [4.0, 3.0, 2.0]
    assert np.all(np.diff(series.log10_scale) > 0)
    np.testing.assert_allclose(10**-series.log10_scale, series.scale)


@given(st.permutations(range(6)))
def test_row_order_does_not_matter_even_among_points_at_one_scale(order: list[int]) -> None:
    columns: dict[str, list[object]] = {
        "scale": [1e8, 1e8, 1e8, 1e9, 1e9, 1e10],
        "n_correct": [4, 4, 2, 5, 5, 9],
        "n_items": [10] * 6,
        "model": ["b", "a", "c", "e", "d", "f"],
    }
    shuffled = {name: [values[i] for i in order] for name, values in columns.items()}
    assert everything(make(**shuffled, chance_level=0.0)) == everything(make(**columns, chance_level=0.0))


def test_the_score_is_derived_from_counts() -> None:
    series = counts()
    assert series.score is not None
    assert series.score.tolist() == [0.25, 0.30, 0.80]


def test_points_at_one_scale_stay_several() -> None:
    series = counts(scale=[1e8, 1e8, 1e9])
    assert (series.n_points, series.n_scales) == (3, 2)


def test_one_point_is_a_series() -> None:
    series = make(scale=[1e8], score=[0.5], chance_level=0.0)
    assert (series.n_points, series.n_scales) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "chance_level"),
    [
        ({"score": [0.1, 0.2]}, 0.0),
        ({"score": [0.1, 0.2], "higher_is_better": False}, 1.0),
        ({"score": [3.0, 20.0], "score_bounds": (0, 100)}, 0.0),
    ],
)
def test_a_chance_level_that_is_not_given_is_the_worst_score_and_is_told(
    fields: dict[str, object], chance_level: float
) -> None:
    series = make(scale=[1e8, 1e9], **fields)
    assert series.chance_level == chance_level
    assert series.warnings == (f"chance level not given: {chance_level:g} assumed",)


def test_a_metric_without_bounds_has_no_chance_level_of_its_own() -> None:
    series = make(scale=[1e8, 1e9], score=[-3.0, 7.5], score_bounds=None)
    assert series.chance_level is None
    assert series.score_bounds is None
    assert series.warnings == ()


def test_arrays_are_copies_that_cannot_be_written_to() -> None:
    scale = np.array([1e8, 1e9])
    series = make(scale=scale, score=[0.1, 0.2], chance_level=0.0)
    scale[0] = 5.0
    assert series.scale.tolist() == [1e8, 1e9]
    with pytest.raises(ValueError, match="read-only"):
        series.scale[0] = 5.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        series.name = "other"  # type: ignore[misc]  # the refusal is what is tested


def test_a_series_survives_copying_and_pickling_and_stays_frozen() -> None:
    series = counts(identity={"task": "addition"})
    for twin in (pickle.loads(pickle.dumps(series)), copy.deepcopy(series)):
        assert everything(twin) == everything(series)
        with pytest.raises(ValueError, match="read-only"):
            twin.scale[0] = 1.0
        with pytest.raises(TypeError):
            twin.identity["task"] = "other"  # type: ignore[index]  # the refusal is what is tested


def test_subset_keeps_the_chosen_points_whole() -> None:
    series = counts().subset([True, False, True])
    assert series.scale.tolist() == [1e8, 1e10]
    assert series.model == ("small", "large")
    assert series.seed == ("1", "3")
    assert series.n_correct is not None
    assert series.n_correct.tolist() == [25, 80]


def test_subset_and_replace_say_nothing_twice() -> None:
    series = counts(chance_level=None)
    assert series.subset([True, True, False]).replace(name="other").warnings == series.warnings


def test_replace_validates_again() -> None:
    assert counts().replace(name="addition").name == "addition"
    with pytest.raises(SeriesError, match="chance_level"):
        counts().replace(chance_level=1.5)


@pytest.mark.parametrize("kind", SCALE_UNITS)
def test_every_kind_of_scale_has_a_unit(kind: str) -> None:
    assert counts(scale_kind=kind).scale_unit == SCALE_UNITS[kind]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": []}, "scale: expected at least one value, got none"),
        ({"scale": None}, "scale: expected at least one value, got none"),
        ({"scale": [1e8, 0.0, 1e9]}, r"scale\[1\]: expected a positive finite number, got 0"),
        ({"scale": [1e8, 1e9, -1.0]}, r"scale\[2\]: expected a positive finite number, got -1"),
        ({"scale": [np.nan, 1e9, 1e10]}, r"scale\[0\]: expected a positive finite number, got nan"),
        ({"scale": [np.inf, 1e9, 1e10]}, r"scale\[0\]: expected a positive finite number, got inf"),
        ({"scale": ["large", 1e9, 1e10]}, "scale: expected numbers, got"),
        ({"scale": [[1e8], [1e9], [1e10]]}, r"scale: expected one dimension, got shape \(3, 1\)"),
        ({"scale_kind": "parameters"}, "scale_kind: expected one of params, .*got 'parameters'"),
        ({"n_correct": [1, 2]}, "n_correct: expected 3 values, one per scale, got 2"),
        ({"n_correct": [1, 101, 2]}, r"n_correct\[1\]: expected at most n_items = 100, got 101"),
        ({"n_correct": [1, -1, 2]}, r"n_correct\[1\]: expected a number that is not negative, got -1"),
        ({"n_correct": [1, np.nan, 2]}, r"n_correct\[1\]: expected a number that is not negative, got nan"),
        ({"n_items": None}, "n_correct: expected n_items beside it, got none"),
        ({"n_items": [100, 0, 100]}, r"n_items\[1\]: expected a positive finite number, got 0"),
        ({"n_items": [100, np.inf, 100]}, r"n_items\[1\]: expected a positive finite number, got inf"),
        ({"n_correct": None}, "n_correct and n_items, or score .*got neither"),
        ({"n_correct": None, "score": [0.1, np.nan, 0.2]}, r"score\[1\]: expected a finite number, got nan"),
        ({"n_correct": None, "score": [0.1, 80.0, 0.2]}, r"score\[1\]: expected a number from 0 to 1, got 80"),
        ({"stderr": [0.1, -0.1, 0.1]}, r"stderr\[1\]: expected a finite number that is not negative, got -0\.1"),
        ({"score_bounds": (1.0, 0.0)}, r"score_bounds: expected two finite numbers, low < high, .*; got \(1, 0\)"),
        ({"chance_level": 1.0}, r"chance_level: expected a number in \[0, 1\), got 1"),
        ({"chance_level": -0.1}, "chance_level: expected a number"),
        ({"chance_level": np.nan}, "chance_level: expected a number"),
        ({"chance_level": 0.0, "higher_is_better": False}, "chance_level: expected a number"),
        ({"model": ["a", "b"]}, "model: expected 3 labels, one per scale, got 2"),
    ],
)
def test_what_cannot_be_used_is_named_with_what_was_expected(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SeriesError, match=message):
        counts(**changes)


def test_every_error_is_the_packages_own_and_a_value_error() -> None:
    with pytest.raises(EmergenceStatsError):
        counts(scale=[])
    with pytest.raises(ValueError, match="scale"):
        counts(scale=[])


def test_one_number_of_items_holds_for_every_point() -> None:
    series = Series(scale=[1e8, 1e9, 1e10], n_correct=[1, 2, 3], n_items=20)
    assert series.n_items is not None
    assert series.n_items.tolist() == [20.0, 20.0, 20.0]
    with pytest.raises(SeriesError, match="n_items"):
        Series(scale=[1e8, 1e9], n_correct=[1, 2], n_items="many")
