"""Families on the page of a comparison: how many tasks a strategy helps, from where on, and what others read off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emergence_stats.report.figures.family_figure import family_figure
from emergence_stats.report.formats import estimate_text, inert, plural, probability_text, scale_text
from emergence_stats.report.sheet import Section
from emergence_stats.report.table_view import TableView

NAME_LENGTH = 160
SOURCE_LENGTH = 60
KINDS = {"params": "parameters", "train_flops": "FLOP"}  # in which readings are given
Reading = Mapping[str, Any]


def families_section(families: Sequence[Mapping[str, Any]], published: Sequence[Reading]) -> Section:
    """Tables and pictures of all families of a comparison.

    Args:
        families: what ``FamilySummary.to_dict()`` returns of each.
        published: rows with the columns family (None: any), params, train_flops, statement, source.
    """
    tables = [_over_all_tasks(families)]
    if published:
        tables.append(_readings_table(families, published))
    figures = tuple(
        family_figure(
            family,
            _marks(_of_family(family, published), family["scale_kind"]),
            f"f{i}",
            f"expected share helped: {_caption(family)}",
        )
        for i, family in enumerate(families)
    )
    return Section(heading="Where a strategy begins to help", figures=figures, tables=tuple(tables))


def family_line(family: Mapping[str, Any]) -> str:
    """One family in one line of text."""
    return (
        f"{_caption(family)}: helped {_percent(family['share_helped'][0])} to {_percent(family['share_helped'][-1])}; "
        f"half of them from: {_half_helped(family)}"
    )


def _over_all_tasks(families: Sequence[Mapping[str, Any]]) -> TableView:
    rows = []
    for family in families:
        counts, shares = family["counts"], family["share_helped"]
        tally = [str(counts.get(verdict, 0)) for verdict in ("emergent_prompting", "helps", "does_not_help")]
        ends = [_percent(shares[0]), _percent(shares[-1])]
        rows.append((family["name"], str(family["n_tasks"]), *ends, _half_helped(family), *tally))
    ends_of_range = "Helped, smallest", "Helped, largest"
    return TableView(
        title="Over all tasks of a family",
        header=("Family", "Tasks", *ends_of_range, "Half of them from", "Begins", "Helps", "Does not"),
        rows=tuple(rows),
        note="Helped: expected share of tasks, P(helps) averaged over them. The last columns count verdicts.",
        numbers=frozenset({1, 2, 3, 5, 6, 7}),
    )


def _readings_table(families: Sequence[Mapping[str, Any]], published: Sequence[Reading]) -> TableView:
    """Every reading beside the families that it is of."""
    rows = [
        (reading["family"] or "any", _published_scale(reading), family["name"], _half_helped(family),
         _beside(family, reading), reading["statement"], reading["source"])
        for reading in published
        for family in families
        if reading in _of_family(family, published)
    ]  # fmt: skip
    beside = {id(reading) for family in families for reading in _of_family(family, published)}
    rows += [
        (reading["family"], _published_scale(reading), "not in this comparison", "", "", reading["statement"],
         reading["source"])
        for reading in published
        if id(reading) not in beside
    ]  # fmt: skip
    return TableView(
        title="Beside published readings",
        header=("Read off", "Published", "Ours", "Half of its tasks from", "Overlap", "What is said", "Source"),
        rows=tuple(rows),
        note=(
            "A reading of a family names the smallest model that was seen to gain: it says that the crossing lies "
            "between the next smaller model and that one, and this gap is what our 90% interval is held against. A "
            "reading of any family is held against it as it stands."
        ),
    )


def _of_family(family: Mapping[str, Any], published: Iterable[Reading]) -> list[Reading]:
    """Readings of a family, and those of any."""
    own = set(family["identity"].values())
    return [reading for reading in published if not reading["family"] or reading["family"] in own]


def _beside(family: Mapping[str, Any], reading: Reading) -> str:
    """Whether a reading and the family's interval meet."""
    kind = family["scale_kind"]
    at = reading.get(kind)
    if at is None:
        return f"not given in {family['scale_unit']}"
    if family["begins"] is None:
        return "ours has no crossing"
    smaller = [scale for scale in family["measured"] if scale < at]
    above = max(smaller) if reading["family"] and smaller else at
    if family["begins"]["low"] > at:
        return "no, ours is later"
    return "yes" if family["begins"]["high"] >= above else "no, ours is earlier"


def _marks(readings: Sequence[Reading], kind: str) -> list[tuple[float, str]]:
    """Scale and words of each reading on one kind of scale; those at one scale share a mark."""
    at: dict[float, list[str]] = {}
    for reading in readings:
        if reading.get(kind) is not None:
            at.setdefault(float(reading[kind]), []).append(reading["source"].split(" (")[0])
    return [
        (scale, inert(f"{scale_text(scale, kind)}: {', '.join(dict.fromkeys(sources))}", SOURCE_LENGTH))
        for scale, sources in sorted(at.items())
    ]


def _half_helped(family: Mapping[str, Any]) -> str:
    """From which scale on at least half of the tasks are helped."""
    if family["begins"] is not None:
        return estimate_text(family["begins"], family["scale_kind"])
    inside = f"(in range: {probability_text(family['p_begins'])})"
    if family["share_helped"][0] > 0.5:
        return "from the smallest on"
    return f"not by the largest {inside}" if family["share_helped"][-1] < 0.5 else f"open {inside}"


def _published_scale(reading: Reading) -> str:
    parts = [f"{scale_text(float(reading[kind]), kind)} {unit}" for kind, unit in KINDS.items() if reading[kind]]
    return ", ".join(parts)


def _caption(family: Mapping[str, Any]) -> str:
    return f"{inert(family['name'], NAME_LENGTH)}, {plural(family['n_tasks'], 'task')}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f}%"
