"""``inspect-input``: what was understood of the input, before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emergence_stats.cli.options import (
    By,
    Duplicates,
    Inputs,
    Models,
    Scale,
    SingleItems,
    Tasks,
    listed,
    read_inputs,
    series_of,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from emergence_stats.ingest import SeriesRow, TidyTable

_PLAIN_WIDTH = 240  # columns of a table that is piped
_NAME_WIDTH = 60  # of a series in a table; the rest of a longer name goes to further lines
_LONGEST_NAME = 120  # characters of a name in a table
_NAMED_FAULTS = 3  # series of one fault that are told one by one


def inspect_input(
    inputs: Inputs,
    scale: Scale = None,
    by: By = None,
    limit: Annotated[int, typer.Option(min=0, help="Files and series to list; 0 lists all.")] = 40,
    duplicates: Duplicates = "both",
    models: Models = None,
    tasks: Tasks = None,
    items: SingleItems = True,
    write: Annotated[
        Path | None, typer.Option(help="Save the tidy table: a name that ends in .parquet, .csv or .jsonl.")
    ] = None,
) -> None:
    """Show which files, series, scales and scores were understood, and what was not."""
    from rich.console import Console

    from emergence_stats.ingest.write import write_tidy

    columns = listed(by)
    table = read_inputs(inputs, scale=scale, by=columns, duplicates=duplicates, models=models, tasks=tasks)
    table, rows = series_of(table, scale=scale, by=columns, items=items)
    if write is not None:
        write_tidy(table.frame, write)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH, no_color=True)
    show_input(table, rows, console, limit=limit)
    if write is not None:
        console.print(f"Written to {write}.", markup=False)
    if table.skipped or any(row.problem for row in rows):
        raise typer.Exit(code=1)


def show_input(table: TidyTable, rows: list[SeriesRow], console: Console, *, limit: int = 40) -> None:
    """Print an account of a table and its series.

    Args:
        table: what was read.
        rows: its series.
        console: where to print.
        limit: series to list at most; 0 lists all.
    """
    from emergence_stats.ingest.fill import HOW_TO_ADD
    from emergence_stats.ingest.gaps import figure_sources, lines_to_add

    usable = [row for row in rows if row.series is not None]
    failed = [row for row in rows if row.problem is not None]
    listed = usable[:limit] if limit else usable
    if len({file.format for file in table.files}) > 1:
        console.print(_formats(table, console))
    console.print(_files(table, console, limit))
    for heading, lines in (
        ("Left out", [f"{skip.path}: {skip.reason.partition(HOW_TO_ADD)[0]}" for skip in table.skipped]),
        ("Notes", list(table.notes)),
        ("Where figures are from", figure_sources(table)),
    ):
        _print_list(console, heading, lines)
    if listed:
        console.print(_series(listed, console))
    if len(usable) > len(listed):
        console.print(f"... and {len(usable) - len(listed)} more series (--limit 0 lists all)", markup=False)
    _print_list(console, "Series that cannot be analysed", _faults(failed))
    warnings: dict[str, int] = {}
    for row in usable:
        for warning in row.series.warnings if row.series else ():
            warnings[warning] = warnings.get(warning, 0) + 1
    ranked = sorted(warnings.items(), key=lambda item: (-item[1], item[0]))
    _print_list(console, "Warnings", [f"{count} series: {text}" for text, count in ranked])
    _print_list(console, "To add", lines_to_add(table, usable))
    console.print(
        f"{len(table.frame)} rows, {len(usable)} series to analyse, {len(failed)} that cannot be, "
        f"{len(table.skipped)} inputs left out.",
        markup=False,
    )


def _faults(failed: list[SeriesRow]) -> list[str]:
    """What is wrong with some series; a fault that many have is told once."""
    by_fault: dict[str, list[SeriesRow]] = {}
    for row in failed:
        place, found, fault = (row.problem or "").partition(", column ")
        by_fault.setdefault(fault.partition(", got")[0] if found else place, []).append(row)
    lines = []
    for fault, rows in by_fault.items():
        if len(rows) <= _NAMED_FAULTS:
            lines += [f"{_label(row)}: {row.problem}" for row in rows]
        else:
            lines.append(f"{len(rows)} series, column {fault}; the first is {_label(rows[0])}: {rows[0].problem}")
    return lines


def _formats(table: TidyTable, console: Console) -> Table:
    """How many files and rows there are of each format."""
    listing = _table("Formats", console)
    for heading in ("format", "files", "rows"):
        listing.add_column(heading, justify="left" if heading == "format" else "right")
    for name in sorted({file.format for file in table.files}):
        files = [file for file in table.files if file.format == name]
        _add_row(listing, name, str(len(files)), str(sum(file.n_rows for file in files)))
    return listing


def _files(table: TidyTable, console: Console, limit: int) -> Table:
    """The inputs that were read, as far as they are to be listed."""
    hidden = len(table.files) - limit if limit else 0
    listing = _table("Read" if hidden <= 0 else f"Read (the first {limit} of {len(table.files)})", console)
    for heading in ("file", "format", "rows", "sha256"):
        listing.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold")
    for file in table.files[:limit] if limit else table.files:
        _add_row(listing, file.path or "(frame)", file.format, str(file.n_rows), file.sha256[:12])
    return listing


def _series(rows: list[SeriesRow], console: Console) -> Table:
    """The series that can be analysed."""
    listing = _table("Series", console)
    right_aligned = ("points", "from", "to", "chance", "warnings")
    for heading in ("series", "points", "scale", "from", "to", "scores", "chance", "known by", "direction", "warnings"):
        justify: Literal["right", "left"] = "right" if heading in right_aligned else "left"
        width = _NAME_WIDTH if heading == "series" else None
        listing.add_column(heading, justify=justify, overflow="fold", max_width=width)
    for row in rows:
        series = row.series
        if series is None:
            continue
        _add_row(
            listing,
            _cut(_label(row), _LONGEST_NAME),
            str(series.n_points),
            series.scale_kind,
            f"{series.scale.min():.3g}",
            f"{series.scale.max():.3g}",
            row.score_form or "",
            "" if series.chance_level is None else f"{series.chance_level:.3g}",
            row.chance_source or "not defined",
            "" if series.higher_is_better else "lower is better",
            str(len(series.warnings) or ""),
        )
    return listing


def _table(title: str, console: Console) -> Table:
    """An empty table: ruled in a terminal, plain when piped."""
    from rich import box
    from rich.table import Table

    rules = box.SIMPLE_HEAD if console.is_terminal else None
    return Table(title=title, title_justify="left", box=rules, pad_edge=False)


def _add_row(listing: Table, *cells: str) -> None:
    """Add cells as they are: square brackets in a name are not markup, line breaks and control codes are shown."""
    from rich.text import Text

    listing.add_row(*(Text(_printable(cell)) for cell in cells))


def _print_list(console: Console, heading: str, lines: list[str], limit: int = 50) -> None:
    """A headed list, cut after ``limit`` lines; nothing if it is empty."""
    if not lines:
        return
    console.print(f"{heading}:", style="bold", markup=False)
    for line in lines[:limit]:
        console.print(f"  {_printable(line)}", markup=False, soft_wrap=True)
    if len(lines) > limit:
        console.print(f"  ... and {len(lines) - limit} more", markup=False)
    console.print()


def _label(row: SeriesRow) -> str:
    """What identifies a series, for a line of text."""
    if row.series is not None:
        return row.series.name
    return ", ".join(f"{name}={_cut(value, _LONGEST_NAME)}" for name, value in row.identity.items() if value)


def _printable(text: str) -> str:
    """Text without control characters, cut when very long."""
    clean = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    return _cut(clean, 600)


def _cut(text: str, limit: int) -> str:
    """The beginning of a text, with dots where it goes on."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
