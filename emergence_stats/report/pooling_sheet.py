"""What the page of a pooled analysis says: tasks, families, and whether the sampler can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.report.formats import estimate_text, inert, plural, probability_text
from emergence_stats.report.sheet import Section, Sheet
from emergence_stats.report.table_view import TableView

NAME_LENGTH = 120
WORDS = {
    "shared_sharp_rise": "a sharp rise that families share",
    "shared_smooth_rise": "a smooth rise that families share",
    "no_rise_in_range": "no rise in range",
    "undetermined": "undetermined",
}


def pooling_sheet(document: Mapping[str, Any]) -> Sheet:
    """The page of what ``emergence-stats pool`` writes as JSON."""
    tasks, kind = document["tasks"], document["scale_kind"]
    sharp = sum(task["verdict"] == "shared_sharp_rise" for task in tasks)
    headline = f"{sharp} of {plural(len(tasks), 'task')} rise sharply in all families together."
    faults = document["convergence"]["faults"]
    if faults:
        headline = "The sampler did not converge: nothing is concluded."
    overview = TableView(
        title="Tasks",
        header=("Task", "Families share", "Typical family", "A new family", "P(beyond the data)", "P(sharp)"),
        rows=tuple(
            (
                inert(task["name"], NAME_LENGTH), WORDS[task["verdict"]],
                estimate_text(task["typical"]["threshold"], kind),
                estimate_text(task["new_family"]["threshold"], kind), probability_text(task["typical"]["p_beyond"]),
                probability_text(task["p_sharp"]),
            )
            for task in tasks
        ),
        note=f"Midpoint of the rise in {document['scale_unit']}, median and 90 % interval.",
        numbers=frozenset({4, 5}),
    )  # fmt: skip
    families = TableView(
        title="Families",
        header=("Family", "Decades from the middle", "90 % interval"),
        rows=tuple(
            (inert(name, NAME_LENGTH), f"{value['median']:+.2f}", f"{value['low']:+.2f} to {value['high']:+.2f}")
            for name, value in document["families"].items()
        ),
        note="Negative: the threshold comes earlier than in the middle of the families.",
        numbers=frozenset({1}),
    )
    cells = TableView(
        title="Every task in every family",
        header=("Task", "Family", "Midpoint", "P(beyond the data)"),
        rows=tuple(
            (
                inert(cell["task"], NAME_LENGTH), inert(cell["family"], NAME_LENGTH),
                estimate_text(cell["threshold"], kind), probability_text(cell["p_beyond"]),
            )
            for cell in document["cells"]
        ),
        note="Told by all families together; a family's own sizes weigh as much as they say.",
        numbers=frozenset({3}),
    )  # fmt: skip
    found = document["convergence"]
    facts = [
        ("Largest R-hat", f"{found['rhat']:.3f}"),
        ("Smallest effective sample size", f"{found['effective_draws']:.0f}"),
        ("Divergences", f"{found['divergences']} of {found['draws']}"),
    ]
    facts += [
        (f"Spread, {name}", f"{value['median']:.2f} ({value['low']:.2f} to {value['high']:.2f}) decades")
        for name, value in document["spreads"].items()
    ]
    left = TableView(
        title="Left out",
        header=("Series", "Why"),
        rows=tuple((inert(item["name"], NAME_LENGTH), item["reason"]) for item in document["left_out"]),
        note="",
    )
    return Sheet(
        kind="Pooled families",
        headline=headline,
        overview=f"{plural(len(document['families']), 'family', 'families')} in one model of partial pooling.",
        sections=(
            Section(heading="Tasks", tables=(overview,), facts=tuple(facts), warnings=tuple(document["warnings"])),
            Section(heading="Families", tables=(families, cells)),
            *((Section(heading="Left out", tables=(left,)),) if left.rows else ()),
            Section(heading="In words", quote=document["summary"]),
        ),
        program_version=__version__,
        origin=(("Inputs", ", ".join(document["inputs"])), ("Seed", str(document["seed"]))),
    )
