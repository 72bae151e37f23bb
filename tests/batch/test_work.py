"""What a worker makes of one series: whatever is wrong with it is its result, and the others go on."""

from __future__ import annotations

from typing import NoReturn

import pytest

from emergence_stats.batch import work
from emergence_stats.batch.work import SeriesWork, placed
from tests.batch.standin import RECIPE, table


@pytest.mark.parametrize(
    ("error", "reason", "stopped"),
    [
        (IndexError("index 4 is out of bounds"), "IndexError: index 4 is out of bounds", False),
        (KeyError("curve"), "KeyError: 'curve'", False),
        (AssertionError(), "AssertionError", False),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero", False),
        (MemoryError(), "not enough memory for one series", True),
    ],
)
def test_an_error_of_any_kind_is_the_result_of_its_series(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, *, stopped: bool
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(work, "analyze", fail)
    some = SeriesWork(settings=RECIPE.settings, resamples=0, seed=0, documents=False)
    outcome = some.one(placed(table(1))[0])
    assert (outcome.cells["verdict"], outcome.cells["reason"], outcome.stopped) == ("failed", reason, stopped)


def test_an_interrupt_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "analyze", interrupt)
    some = SeriesWork(settings=RECIPE.settings, resamples=0, seed=0, documents=False)
    with pytest.raises(KeyboardInterrupt):
        some.one(placed(table(1))[0])
