"""The report of very many series, made shard by shard: no more in memory than a few numbers of each series."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emergence_stats.batch.discoveries import (
    EXPLANATIONS,
    longest_list,
    pooled_probability,
    proportions_sentence,
)
from emergence_stats.batch.overview_files import Together, write_documents, write_results
from emergence_stats.batch.recipe import Recipe, Sources
from emergence_stats.batch.reported import ReportedTable, run_facts, run_record
from emergence_stats.batch.rows import identity_cells
from emergence_stats.batch.shard_file import (
    EVIDENCES,
    GAIN,
    NAME,
    SHARE,
    read_facts,
)  # fmt: skip
from emergence_stats.errors import InputError
from emergence_stats.frequentist.multiplicity import METHODS, adjust_array
from emergence_stats.report.document import build_report, headline_of, overview_of
from emergence_stats.report.figures.histogram_figure import histogram_figure
from emergence_stats.report.files import write_report_files
from emergence_stats.report.formats import inert, interval_text, plural, probability_text, rounded_scale
from emergence_stats.report.overview_page import Overview, render_overview
from emergence_stats.report.rows import NAME_LENGTH, REASON_LENGTH, RowView
from emergence_stats.report.run_record import DiscoveryRecord
from emergence_stats.report.table_view import TableView
from emergence_stats.report.tables import write_json
from emergence_stats.report.vocabulary import VERDICTS

OVERVIEW_FROM = 20_000  # so many series have a report with a card for what is found; more have an overview
NOTABLE = 40_000  # rows that may find room on the page
GROUPS, REASONS, MOST_GROUPS = 20, 10, 1000
ONE_LINE = 24  # characters of a group's name that are not broken into lines
BINS = 40
FloatArray = npt.NDArray[np.float64]
_WIDTH = re.compile(r"\d+")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """A few numbers of every series, in the order of the shards."""

    verdict: npt.NDArray[np.int8]
    p_emergent: FloatArray
    threshold: FloatArray
    width: FloatArray
    trend_p: FloatArray
    log_evidences: FloatArray
    emergent_share: FloatArray
    gain: FloatArray


def write_overview(
    files: Sequence[Path],
    sources: Sources,
    recipe: Recipe,
    out: Path,
    *,
    fdr: float,
    workers: int | None,
    times: tuple[datetime, datetime],
) -> ReportedTable:
    """Write report.html (an overview), results.parquet, run.json and, where documents were kept, results.json.

    Args:
        files: the shards, in the order of the results.
        sources: where the series came from.
        recipe: what decided the results.
        out: folder to write to, all or nothing; made if missing.
        fdr: Bayesian false discovery rate of the discovery list.
        workers: for the record.
        times: when the run began, and when the analyses were done.

    Raises:
        InputError: no series could be analysed.
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    numbers = _numbers(files)
    verdicts = list(VERDICTS)
    tally = np.bincount(numbers.verdict, minlength=len(verdicts)).tolist()
    counts = {verdict: count for verdict, count in zip(verdicts, tally, strict=True) if count}
    if not np.isfinite(numbers.p_emergent).any():
        more = f" (and {sum(tally) - 1} more)" if sum(tally) > 1 else ""
        msg = f"no series could be analysed: {_first_reason(files)}{more}"
        raise InputError(msg)
    together = _together(numbers, recipe, fdr)
    groups, reasons = _groups(files, together)
    overview = Overview(
        counts=counts,
        discoveries=together.sentence,
        figures=_figures(numbers),
        tables=[*groups, *reasons],
        rows=_notable_rows(files, numbers, together),
        skipped=sources.skipped,
        run=run_facts(sources, recipe),
    )
    page = dataclasses.replace(
        build_report([], skipped=sources.skipped, run=overview.run),
        counts=counts,
        headline=headline_of(counts),
        overview=f"{overview_of(counts)} {together.sentence}".strip(),
    )
    record = dataclasses.replace(
        run_record(sources, recipe, counts, workers=workers, times=times), discoveries=together.record
    )

    def write_page(path: Path) -> None:
        path.write_text(render_overview(overview), encoding="utf-8", newline="\n")

    writers = {
        "results.parquet": lambda path: write_results(path, files, together),
        **({"results.json": lambda path: write_documents(path, files)} if recipe.documents else {}),
        "run.json": lambda path: write_json(path, record.to_dict()),
        "report.html": write_page,
    }
    write_report_files(out, writers)
    return ReportedTable(page=page, path=out / "report.html")


def _numbers(files: Sequence[Path]) -> _Numbers:
    """Read the numbers of all series."""
    import pyarrow.parquet as pq

    plain = ("p_emergent", "threshold", "width_decades", "trend_p", SHARE, GAIN, *EVIDENCES)
    parts: dict[str, list[FloatArray]] = {name: [] for name in plain}
    codes = {verdict: code for code, verdict in enumerate(VERDICTS)}
    verdicts: list[npt.NDArray[np.int8]] = []
    for path in files:
        table = pq.read_table(path, columns=["verdict", *plain])
        verdicts.append(np.array([codes[name] for name in table["verdict"].to_pylist()], dtype=np.int8))
        for name in plain:
            parts[name].append(table[name].to_numpy().astype(np.float64))
    whole = {name: np.concatenate(values) for name, values in parts.items()}
    return _Numbers(
        verdict=np.concatenate(verdicts),
        p_emergent=whole["p_emergent"],
        threshold=whole["threshold"],
        width=whole["width_decades"],
        trend_p=whole["trend_p"],
        log_evidences=np.stack([whole[name] for name in EVIDENCES], axis=1),
        emergent_share=whole[SHARE],
        gain=whole[GAIN],
    )


def _together(numbers: _Numbers, recipe: Recipe, fdr: float) -> Together:
    """The discovery list and the adjusted p-values."""
    known = np.isfinite(numbers.emergent_share)
    pooled = np.full(known.size, np.nan)
    masses = np.array(recipe.settings.prior.explanation_masses, dtype=np.float64)
    proportions, pooled[known] = pooled_probability(
        numbers.log_evidences[known], numbers.emergent_share[known], numbers.gain[known], masses
    )
    listed = np.zeros(known.size, dtype=np.bool_)
    listed[known], expected = longest_list(pooled[known], fdr)
    n = int(listed.sum())
    record = DiscoveryRecord(
        fdr=fdr,
        n_discoveries=n,
        n_judged=int(known.sum()),
        expected_rate=expected,
        proportions=dict(zip(EXPLANATIONS, proportions.tolist(), strict=True)) if known.any() else {},
    )
    return Together(
        pooled=pooled,
        listed=listed,
        adjusted={f"trend_p_{name}": adjust_array(numbers.trend_p, name) for name in METHODS},
        sentence=f"{plural(n, 'discovery', 'discoveries')} at a Bayesian false discovery rate of {fdr:g} "
        f"(expected share of false ones: {expected:.3f}). {proportions_sentence(record)}".strip(),
        record=record,
    )


def _figures(numbers: _Numbers) -> list[tuple[str, str]]:
    """Distributions over all series, by verdict."""
    figures = [
        (
            "P(emergent)",
            _histogram(
                numbers.verdict, numbers.p_emergent, 0.0, 1.0, [(0.0, "0"), (0.5, "0.5"), (1.0, "1")], "probability"
            ),
        )
    ]
    for heading, values, key, written in (
        ("Threshold of those with a rise in range, in the scale's unit", numbers.threshold, "threshold", _scale_tick),
        ("10–90% width of those with a rise, in decades", numbers.width, "width", "{:.2g}".format),
    ):
        with np.errstate(invalid="ignore", divide="ignore"):
            logs = np.log10(np.where(values >= 0, values, np.nan))  # a step has no width: -inf
        known = logs[np.isfinite(logs)]
        if known.size < 2 or np.ptp(known) == 0:
            continue
        low, high = (float(np.quantile(known, share)) for share in (0.001, 0.999))
        if high <= low:
            continue
        ends = [(value, written(10**value)) for value in (low, (low + high) / 2, high)]
        if np.any(logs < low):  # the bins at both ends hold what lies beyond them
            ends[0] = low, f"≤ {ends[0][1]}"
        if np.any(logs > high):
            ends[2] = high, f"≥ {ends[2][1]}"
        figures.append((heading, _histogram(numbers.verdict, logs, low, high, ends, key)))
    return figures


def _scale_tick(value: float) -> str:
    return rounded_scale(value, "scale")


def _histogram(
    verdict: npt.NDArray[np.int8],
    values: FloatArray,
    low: float,
    high: float,
    ticks: Sequence[tuple[float, str]],
    key: str,
) -> str:
    known = ~np.isnan(values)
    place = np.clip((values[known] - low) / (high - low) * BINS, 0, BINS - 1).astype(np.intp)
    codes = verdict[known]
    counts = {
        name: np.bincount(place[codes == code], minlength=BINS).tolist()
        for code, name in enumerate(VERDICTS)
        if (codes == code).any()
    }
    return histogram_figure(
        counts or {"failed": [0] * BINS}, start=low, stop=high, ticks=ticks, title=f"Series by {key}", identifier=key
    )


def _groups(files: Sequence[Path], together: Together) -> tuple[list[TableView], list[TableView]]:
    """Shares of discoveries by the columns that have few values, and the most frequent reasons of failures."""
    import pyarrow.parquet as pq

    counters: dict[str, Counter[str]] = {}
    found: dict[str, Counter[str]] = {}
    many: set[str] = set()
    reasons: Counter[str] = Counter()
    start = 0
    for path in files:
        names = list(identity_cells(dict.fromkeys(read_facts(path).identity, "")))
        table = pq.read_table(path, columns=[*names, "verdict", "reason"])
        listed = together.listed[start : start + table.num_rows]
        start += table.num_rows
        for name in names:
            if name in many:
                continue
            values = [str(value) for value in table[name].to_pylist()]
            counters.setdefault(name, Counter()).update(values)
            found.setdefault(name, Counter()).update(value for value, hit in zip(values, listed, strict=True) if hit)
            if len(counters[name]) > MOST_GROUPS:  # such as a task for every series
                many.add(name)
                del counters[name], found[name]
        for verdict, reason in zip(table["verdict"].to_pylist(), table["reason"].to_pylist(), strict=True):
            if verdict == "failed":
                kind = _WIDTH.sub("#", str(reason))
                if len(reasons) < MOST_GROUPS or kind in reasons:  # a full table goes on counting what it has
                    reasons[kind] += 1
    tables = []
    for name, counter in counters.items():
        if len(counter) < 2 or counter.total() < 2 * len(counter):  # groups of one tell no more than the series do
            continue
        most = counter.most_common(GROUPS)
        tables.append(
            TableView(
                title=f"By {name}",
                header=(name, "series", "discoveries", "share"),
                rows=tuple(
                    (inert(value, NAME_LENGTH), str(n), str(found[name][value]), f"{found[name][value] / n:.1%}")
                    for value, n in most
                ),
                note=f"The largest {GROUPS} of {len(counter)}." if len(counter) > GROUPS else "",
                numbers=frozenset({1, 2, 3}),
                prose=frozenset({0} if any(len(value) > ONE_LINE for value, _ in most) else ()),
            )
        )
    failed = (
        [
            TableView(
                title="Why series failed",
                header=("reason, numbers left out", "series"),
                rows=tuple((inert(reason, REASON_LENGTH), str(n)) for reason, n in reasons.most_common(REASONS)),
                note="",
                numbers=frozenset({1}),
                prose=frozenset({0}),
            )
        ]
        if reasons
        else []
    )
    return tables, failed


def _notable_rows(files: Sequence[Path], numbers: _Numbers, together: Together) -> list[RowView]:
    """Discoveries first, then by P(emergent); failures last."""
    p = np.where(np.isfinite(numbers.p_emergent), numbers.p_emergent, -1.0)
    order = np.lexsort((np.arange(p.size), -p, ~together.listed))[:NOTABLE]
    rank = np.full(p.size, -1, dtype=np.int64)
    rank[order] = np.arange(order.size)
    views: list[RowView | None] = [None] * order.size
    for place, cells in _selected(files, rank):
        views[place] = _row_view(cells, place)
    return [view for view in views if view is not None]


def _selected(files: Sequence[Path], rank: npt.NDArray[np.int64]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rank and cells of the rows that have one."""
    import pyarrow.parquet as pq

    wanted = ["verdict", "reason", "p_emergent", "threshold", "threshold_low", "threshold_high", NAME]
    start = 0
    for path in files:
        n = pq.read_metadata(path).num_rows
        local = rank[start : start + n]
        start += n
        rows = np.flatnonzero(local >= 0)
        if rows.size:
            table = pq.read_table(path, columns=wanted).take(rows)
            yield from zip(local[rows].tolist(), table.to_pylist(), strict=True)


def _row_view(cells: dict[str, Any], number: int) -> RowView:
    threshold, p = cells["threshold"], cells["p_emergent"]
    estimate: Any = {"low": cells["threshold_low"], "high": cells["threshold_high"]}
    return RowView(
        anchor=f"r{number}",
        has_card=False,
        name=inert(str(cells[NAME]), NAME_LENGTH),
        verdict=cells["verdict"],
        label=VERDICTS[cells["verdict"]].label,
        rank=list(VERDICTS).index(cells["verdict"]),
        probability="" if p is None else probability_text(p),
        probability_key="" if p is None else f"{p:.4g}",
        threshold="" if threshold is None else rounded_scale(threshold, "scale"),
        threshold_interval="" if threshold is None else interval_text(estimate, "scale"),
        threshold_key="" if threshold is None else f"{threshold:.4g}",
        reason=inert(str(cells["reason"]), REASON_LENGTH),
        spark="",
    )


def _first_reason(files: Sequence[Path]) -> str:
    import pyarrow.parquet as pq

    first = pq.read_table(files[0], columns=[NAME, "reason"]).slice(0, 1).to_pylist()[0]
    return f"{first[NAME]}: {first['reason']}"
