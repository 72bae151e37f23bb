"""What a worker does with a chunk of series: one line of results and one document each."""

from __future__ import annotations

import dataclasses
import functools
import pickle
from collections.abc import Collection, Sequence
from typing import Any

from emergence_stats.analysis import analyze
from emergence_stats.batch.discoveries import Standing, standing_of
from emergence_stats.batch.rows import Cell, failed_row, result_row
from emergence_stats.errors import EmergenceStatsError
from emergence_stats.ingest import Beside, SeriesRow, companions_of
from emergence_stats.loops import compile_apart
from emergence_stats.series import Series
from emergence_stats.settings import Settings

Document = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One series as a worker gets it.

    Attributes:
        position: its place among all series.
        row: the series, or why there is none.
        beside: other metrics of the same outputs.
    """

    position: int
    row: SeriesRow
    beside: Beside = dataclasses.field(default_factory=Beside)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one series.

    Attributes:
        cells: its result columns.
        document: its JSON document; None where it failed or documents were not wanted.
        standing: what it brings to the discovery list; None where it failed or did not converge.
        stopped: whether it was given up for taking too long or too much, not for what it is.
    """

    cells: dict[str, Cell]
    document: Document | None = None
    standing: Standing | None = None
    stopped: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SeriesWork:
    """Analyse the series of a chunk (`parallel.Work`).

    Attributes:
        settings: priors, limits and effort.
        resamples: resampled test sets per size.
        seed: of the resampling.
        documents: whether documents are made.
        cross_checked: verdicts of the series whose documents hold the frequentist cross-checks.
    """

    settings: Settings
    resamples: int
    seed: int
    documents: bool
    cross_checked: frozenset[str] = frozenset()

    def prepare(self) -> None:
        """Load the compiled loops: the first analysis of a process takes seconds where others take milliseconds."""
        _compiled()
        analyze(_USUAL, resamples=min(self.resamples, 2), settings=self.settings)

    def items(self, payload: bytes) -> Sequence[Item]:
        """The series of a chunk made by `chunk_of`."""
        _compiled()
        items: Sequence[Item] = pickle.loads(payload)
        return items

    def one(self, item: Item) -> Outcome:
        """Analyse one series; whatever is wrong with it is its result."""
        if item.row.series is None:
            return Outcome(cells=failed_row(item.row.problem or "no series"))
        try:
            analysis = analyze(
                item.row.series,
                companions=item.beside.companions,
                unread=dict(item.beside.unread),
                resamples=self.resamples,
                seed=self.seed,
                settings=self.settings,
            )
            document = (
                analysis.to_dict(cross_checks=analysis.verdict.value in self.cross_checked) if self.documents else None
            )
            return Outcome(cells=result_row(analysis), document=document, standing=standing_of(analysis))
        except EmergenceStatsError as error:
            return Outcome(cells=failed_row(str(error)))
        except MemoryError as error:
            reason = f"not enough memory for one series: {error}" if str(error) else "not enough memory for one series"
            return Outcome(cells=failed_row(reason), stopped=True)
        except Exception as error:  # noqa: BLE001  # a fault that one series meets would end every run that has it
            return Outcome(cells=failed_row(f"{type(error).__name__}: {error}".removesuffix(": ")))

    def failed(self, item: Item, reason: str) -> Outcome:  # noqa: ARG002  # the row is known to those who ask
        """A series that was given up."""
        return Outcome(cells=failed_row(reason), stopped=True)

    def answer(self, items: Sequence[Item], results: Sequence[Outcome]) -> list[Outcome]:  # noqa: ARG002
        """The outcomes, in the order of the items."""
        return list(results)


@functools.cache
def _compiled() -> None:
    """Have the loops compiled before this process needs them: once, though it is asked for with every chunk."""
    compile_apart()


def placed(rows: Sequence[SeriesRow]) -> list[Item]:
    """The series of a table with their places and their companions."""
    pairs = zip(rows, companions_of(rows), strict=True)
    return [Item(position=i, row=row, beside=beside) for i, (row, beside) in enumerate(pairs)]


def chunk_of(items: Collection[Item]) -> bytes:
    """Some series for `SeriesWork.items`."""
    return pickle.dumps(tuple(items))


_USUAL = Series(
    scale=[1e8, 1e9, 1e10, 1e11], n_correct=[3, 4, 9, 310], n_items=[500] * 4, chance_level=0.0, name="usual"
)
