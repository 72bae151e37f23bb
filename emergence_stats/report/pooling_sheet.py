"""What a page says of a pooled analysis: tasks, families, and whether the sampler can be believed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.report.figures.pool_figure import pool_figure
from emergence_stats.report.formats import estimate_text, inert, plural, probability_text, unplaced_text
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView

NAME_LENGTH = 120
LISTED_WARNINGS = 5
MOST_FIGURES = 40
DECADES = ("family", "family between tasks", "model")  # spreads that are in decades
WORDS = {
    "shared_sharp_rise": "a sharp rise that families share",
    "shared_smooth_rise": "a smooth rise that families share",
    "no_rise_in_range": "no rise in range",
    "undetermined": "undetermined",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PooledView:
    """What the report says of families together."""

    finding: str
    tasks: TableView
    warnings: tuple[str, ...]


def pooled_view(document: Mapping[str, Any]) -> PooledView:
    """The part of the report on families together, from what ``PooledAnalysis.to_dict()`` returns."""
    tasks = _tasks(document)
    rows = tuple(tuple(inert(cell, NAME_LENGTH) for cell in row) for row in tasks.rows)
    warnings = tuple(inert(text, 4 * NAME_LENGTH) for text in document["warnings"][:LISTED_WARNINGS])
    return PooledView(finding=_finding(document), tasks=dataclasses.replace(tasks, rows=rows), warnings=warnings)


def pooling_sheet(document: Mapping[str, Any]) -> Sheet:
    """The page of what ``emergence-stats pool`` writes as JSON."""
    sections = [
        Section(
            heading="Tasks", tables=(_tasks(document),), facts=_facts(document), warnings=tuple(document["warnings"])
        ),
        Section(heading="Families", figures=_pictures(document), tables=_of_families(document)),
    ]
    if document["left_out"]:
        left = TableView(
            title="Left out",
            header=("Series", "Why"),
            rows=tuple((item["name"], item["reason"]) for item in document["left_out"]),
            note="",
        )
        sections.append(Section(heading="Left out", tables=(left,)))
    sections.append(Section(heading="In words", quote=document["summary"]))
    return Sheet(
        kind="Pooled families",
        headline=_finding(document),
        overview=f"{plural(len(document['families']), 'family', 'families')} in one model of partial pooling.",
        sections=tuple(sections),
        program_version=__version__,
        origin=(("Inputs", ", ".join(document["inputs"])), ("Seed", str(document["seed"]))),
    )


def _pictures(document: Mapping[str, Any]) -> tuple[str, ...]:
    """One of each task; none of a sampler that did not converge."""
    if document["convergence"]["faults"]:
        return ()
    return tuple(pool_figure(document, task, f"t{i}") for i, task in enumerate(document["tasks"][:MOST_FIGURES]))


def _of_families(document: Mapping[str, Any]) -> tuple[TableView, ...]:
    return (_families(document), *_covariates(document), _cells(document))


def _finding(document: Mapping[str, Any]) -> str:
    if document["convergence"]["faults"]:
        return "The sampler did not converge: nothing is concluded."
    tasks = document["tasks"]
    sharp = sum(task["verdict"] == "shared_sharp_rise" for task in tasks)
    verb = "rises" if sharp == 1 else "rise"
    return f"{sharp} of {plural(len(tasks), 'task')} {verb} sharply in all families together."


def _tasks(document: Mapping[str, Any]) -> TableView:
    kind = document["scale_kind"]
    return TableView(
        title="Tasks",
        header=("Task", "Families share", "Typical family", "A new family", "P(beyond the data)", "P(sharp)"),
        rows=tuple(
            (
                task["name"], WORDS[task["verdict"]], _place(task["typical"], kind),
                _place(task["new_family"], kind), probability_text(task["typical"]["p_beyond"]),
                probability_text(task["p_sharp"]),
            )
            for task in document["tasks"]
        ),
        note=f"Midpoint of the rise in {document['scale_unit']}, median and 90 % interval.{_new_family(document)}",
        numbers=frozenset({4, 5}),
    )  # fmt: skip


def _new_family(document: Mapping[str, Any]) -> str:
    """What the new family is like, where covariates tell families apart."""
    told = ", ".join(f"{name} {value:.6g}" for name, value in document["new_family"].items())
    return f" A new family: one with {told}." if told else ""


def _families(document: Mapping[str, Any]) -> TableView:
    return TableView(
        title="Families",
        header=("Family", "Decades from the middle", "90 % interval"),
        rows=tuple((name, *_signed(value)) for name, value in document["families"].items()),
        note="Negative: the threshold comes earlier than in the middle of the families.",
        numbers=frozenset({1, 2}),
    )


def _covariates(document: Mapping[str, Any]) -> tuple[TableView, ...]:
    """What moves the threshold, if that was asked."""
    rows = tuple((name, *_signed(value)) for name, value in document["covariates"].items())
    table = TableView(
        title="What moves the threshold",
        header=("One unit more of", "Decades", "90 % interval"),
        rows=rows,
        note="A regression over families: what goes along with a covariate is not told from what it causes.",
        numbers=frozenset({1, 2}),
    )
    return (table,) if rows else ()


def _cells(document: Mapping[str, Any]) -> TableView:
    kind = document["scale_kind"]
    return TableView(
        title="Every task in every family",
        header=("Task", "Family", "Midpoint", "Width, decades", "Ceiling", "P(beyond the data)", "P(sharp)"),
        rows=tuple(
            (
                cell["task"], cell["family"], _place(cell, kind), _plain(cell["width_decades"]),
                _plain(cell["ceiling"]), probability_text(cell["p_beyond"]), probability_text(cell["p_sharp"]),
            )
            for cell in document["cells"]
        ),
        note=(
            "Told by all families together; a family's own sizes weigh as much as they say. Median and 90 % interval; "
            "the ceiling is a share of the metric's range."
        ),
        numbers=frozenset({5, 6}),
    )  # fmt: skip


def _facts(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Whether the sampler can be believed, and how much families differ."""
    found = document["convergence"]
    facts = [
        ("Largest R-hat", f"{found['rhat']:.3f}"),
        ("Smallest effective sample size", f"{found['effective_draws']:.0f}"),
        ("Divergences", f"{found['divergences']} of {found['draws']}"),
    ]
    for name, value in document["spreads"].items():
        unit = " decades" if name in DECADES else ""
        facts.append((f"Spread, {name}", f"{_plain(value)}{unit}"))
    return tuple(facts)


def _place(cell: Mapping[str, Any], kind: str) -> str:
    return unplaced_text(cell) if cell["threshold"] is None else estimate_text(cell["threshold"], kind)


def _plain(value: Mapping[str, float]) -> str:
    return f"{value['median']:.2f} ({value['low']:.2f} to {value['high']:.2f})"


def _signed(value: Mapping[str, float]) -> tuple[str, str]:
    return f"{value['median']:+.2f}", f"{value['low']:+.2f} to {value['high']:+.2f}"
