"""What the processes of a `WorkPool` do: plain values in and out; errors of the input are answers, not raised."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emergence_stats.errors import EmergenceStatsError, InputError
from emergence_stats_api.work.uploads import TooLargeError, source

LISTED_SERIES = 200
LISTED_NOTES = 50

type Options = Mapping[str, Any]
type RunFiles = Mapping[str, bytes]  # "results.json" and "run.json" of a report


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """How much an upload may hold."""

    unpacked_bytes: int
    rows: int
    series: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Input that cannot be used, and why."""

    detail: str
    too_large: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A finished report: what its page says first, and the policy that its own script and style need."""

    headline: str
    counts: dict[str, int]
    policy: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A further answer about jobs: a comparison, or a forecast.

    Attributes:
        document: as JSON.
        page: as HTML.
        policy: that the page's own script and style need.
    """

    document: bytes
    page: bytes
    policy: str


def analyze_series(fields: Sequence[Mapping[str, Any]], options: Options, *, single: bool) -> bytes | Refused:
    """Documents of a few series as JSON: one document if `single`, else a list that has failures in place."""
    from emergence_stats.analysis import analyze
    from emergence_stats.report.tables import SCHEMA_VERSION
    from emergence_stats.series import Series
    from emergence_stats.settings import Settings

    documents: list[Mapping[str, Any]] = []
    try:
        settings = Settings.from_dict(options.get("settings") or {})
    except InputError as error:
        return Refused(detail=f"settings: {error}")
    for values in fields:
        try:
            analysis = analyze(
                Series(**values), resamples=options["resamples"], seed=options["seed"], settings=settings
            )
            documents.append(analysis.to_dict(cross_checks=options["cross_checks"]))
        except (EmergenceStatsError, ArithmeticError) as error:
            name = str(values.get("name", "series"))
            if single:
                return Refused(detail=str(error))
            documents.append(
                {
                    "schema_version": SCHEMA_VERSION,
                    "verdict": "failed",
                    "reason": str(error),
                    "series": {"name": name, "identity": dict(values.get("identity", {}))},
                }
            )
    return json.dumps(documents[0] if single else documents, allow_nan=False, separators=(",", ":")).encode()


def inspect(uploads: Sequence[tuple[str, bytes]], options: Options, limits: ReadingLimits) -> dict[str, Any] | Refused:
    """What is understood of uploads, before anything is computed."""
    from emergence_stats.settings import Settings

    try:
        Settings.from_dict(options.get("settings") or {})
        table, rows = _read(uploads, options, limits)
    except InputError as error:
        return Refused(detail=str(error), too_large=isinstance(error, TooLargeError))
    usable = [row for row in rows if row.series is not None]
    warnings: dict[str, int] = {}
    for row in usable:
        for warning in row.series.warnings if row.series is not None else ():
            warnings[warning] = warnings.get(warning, 0) + 1
    return {
        "n_rows": len(table.frame),
        "n_series": len(rows),
        "n_usable": len(usable),
        "files": [{"name": file.path, "format": file.format, "n_rows": file.n_rows} for file in table.files],
        "skipped": [{"name": skip.path, "reason": skip.reason} for skip in table.skipped[:LISTED_NOTES]],
        "notes": list(table.notes[:LISTED_NOTES]),
        "series": [
            {
                "name": row.series.name,
                "n_points": row.series.n_points,
                "scale_kind": row.series.scale_kind,
                "scale_min": float(row.series.scale.min()),
                "scale_max": float(row.series.scale.max()),
                "score_form": row.score_form or "",
                "chance_level": row.series.chance_level,
                "chance_source": row.chance_source or "",
                "n_warnings": len(row.series.warnings),
            }
            for row in usable[:LISTED_SERIES]
            if row.series is not None
        ],
        "problems": [
            {"name": " · ".join(filter(None, row.identity.values())) or "series", "reason": row.problem}
            for row in rows
            if row.problem is not None
        ][:LISTED_SERIES],
        "warnings": [
            {"text": text, "n_series": count} for text, count in sorted(warnings.items(), key=lambda item: -item[1])
        ][:LISTED_NOTES],
    }


def report(
    uploads: Sequence[tuple[str, Path]], options: Options, limits: ReadingLimits, out: Path, progress: Path
) -> Reported | Refused:
    """Analyse a job's table and write its report into a folder; the number of series done goes into `progress`."""
    from emergence_stats.batch.reported import report_table
    from emergence_stats.settings import Settings

    def on_progress(done: int) -> None:
        draft = progress.with_suffix(".new")
        draft.write_text(str(done), encoding="ascii")
        draft.replace(progress)

    try:
        table, rows = _read([(name, path.read_bytes()) for name, path in uploads], options, limits)
        done = report_table(
            table,
            rows,
            out,
            scale=options["scale"],
            by=tuple(options["by"]),
            resamples=options["resamples"],
            seed=options["seed"],
            settings=Settings.from_dict(options.get("settings") or {}),
            cross_checks=options["cross_checks"],
            on_progress=on_progress,
        )
    except InputError as error:
        return Refused(detail=str(error), too_large=isinstance(error, TooLargeError))
    return Reported(
        headline=" ".join(part for part in (done.page.headline, done.page.overview) if part),
        counts=dict(done.page.counts),
        policy=_policy(done.path.read_text(encoding="utf-8")),
    )


def changes(before: tuple[str, RunFiles], after: tuple[str, RunFiles]) -> Compared | Refused:
    """What has changed between two reports, each with what it is called, as data and as a page."""
    import tempfile

    from emergence_stats.report.changes import changes_between
    from emergence_stats.report.changes_sheet import changes_sheet
    from emergence_stats.report.runs import read_run
    from emergence_stats.report.sheet import render_sheet

    runs = []
    for called, files in (before, after):
        with tempfile.TemporaryDirectory(prefix="emergence-stats-") as folder:
            for name, content in files.items():
                Path(folder, name).write_bytes(content)
            try:
                runs.append(dataclasses.replace(read_run(folder), path=called))
            except InputError as error:
                return Refused(detail=str(error).replace(folder, called))
    found = changes_between(*runs)
    page = render_sheet(changes_sheet(found))
    document = json.dumps(found.to_dict(), allow_nan=False, separators=(",", ":")).encode()
    return Compared(document=document, page=page.encode(), policy=_policy(page))


def forecast(
    uploads: Sequence[tuple[str, bytes]],
    options: Options,
    limits: ReadingLimits,
    *,
    at: Sequence[float],
    score: float | None,
) -> Compared | Refused:
    """What further models will score, series by series, as data and as a page."""
    from emergence_stats.forecasting.table import forecast_rows
    from emergence_stats.report.forecast_sheet import forecast_sheet
    from emergence_stats.report.sheet import render_sheet
    from emergence_stats.settings import Settings

    try:
        table, rows = _read(uploads, options, limits)
        settings = Settings.from_dict(options.get("settings") or {})
        found, left_out = forecast_rows(rows, at or None, score=score, seed=options["seed"], settings=settings)
    except InputError as error:
        return Refused(detail=str(error), too_large=isinstance(error, TooLargeError))
    if not found:
        return Refused(detail=f"No series can be forecast: {left_out[0].reason if left_out else 'there is none'}")
    documents = [one.to_dict() for one in found]
    skipped = [(item.name, item.reason) for item in left_out]
    page = render_sheet(forecast_sheet(documents, skipped=skipped, inputs=[file.path for file in table.files]))
    whole = {"kind": "forecasts", "forecasts": documents, "skipped": [list(pair) for pair in skipped]}
    document = json.dumps(whole, allow_nan=False, separators=(",", ":")).encode()
    return Compared(document=document, page=page.encode(), policy=_policy(page))


def _read(uploads: Sequence[tuple[str, bytes]], options: Options, limits: ReadingLimits) -> Any:
    """Table and series of uploads, within the limits."""
    from emergence_stats.ingest import read_tidy, series_from_table

    sources = [source(name, stored, limit=limits.unpacked_bytes, max_rows=limits.rows) for name, stored in uploads]
    table = read_tidy(sources, scale=options["scale"], by=tuple(options["by"]))
    if len(table.frame) > limits.rows:
        msg = f"expected at most {limits.rows} rows, got {len(table.frame)}"
        raise TooLargeError(msg)
    rows = series_from_table(table, scale=options["scale"], by=tuple(options["by"]))
    if len(rows) > limits.series:
        msg = f"expected at most {limits.series} series, got {len(rows)}"
        raise TooLargeError(msg)
    return table, rows


def _policy(page: str) -> str:
    """The Content-Security-Policy that a page states for itself, by the hashes of its own script and style."""
    import html
    import re

    found = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    return html.unescape(found[1]) if found else "default-src 'none'"
