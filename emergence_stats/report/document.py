"""What a report says: analyses, failures and skipped inputs, gathered, ordered and counted."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.formats import count_text, plural
from emergence_stats.report.vocabulary import ARTIFACTS, VERDICTS

ANCHOR_DIGITS = 10
NAME_SEPARATOR = " · "  # between the parts of a name that ingest makes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FailedSeries:
    """A series that could not be analysed, and why."""

    name: str
    reason: str
    identity: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SkippedInput:
    """An input, or a part of one, that was not used, and why."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """How the analyses were made: what a reader needs to repeat them.

    Attributes:
        program_version: version of this package.
        seed: seed of every random choice.
        resamples: replicates per test-set size.
        inputs: files that were read, as named by the user.
        notes: what was understood or assumed while reading.
    """

    program_version: str
    seed: int
    resamples: int
    inputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One series of the report; `document` is None where the analysis failed.

    Attributes:
        anchor: element id, the same in every report on the same series.
        name: label of the series.
        label: the same without what all series of the report share.
        verdict: key of `VERDICTS`, "failed" included.
        reason: one sentence.
        identity: columns that identify the series.
        document: the analysis.
    """

    anchor: str
    name: str
    label: str
    verdict: str
    reason: str
    identity: Mapping[str, str]
    document: AnalysisDocument | None

    @property
    def p_emergent(self) -> float:
        """For ordering; failures come last."""
        return self.document["p_emergent"] if self.document is not None else -1.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A condition that undetermined series do not meet, and how many of them fail it."""

    label: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """Everything the page shows.

    Attributes:
        title: of the page.
        entries: all series: by verdict in the order of `VERDICTS`, then the most probable first.
        shared: parts of a name that all series have, left out of their labels.
        counts: verdict to number of series, only those that occur.
        headline: the finding in one sentence.
        overview: the other verdicts in one sentence; empty if there are none.
        discoveries: emergent series.
        artifacts: series whose sharpness the metric or the test set made.
        undecided: undetermined series.
        obstacles: what stands between the undetermined series and a verdict, most frequent first.
        skipped: inputs that were not used.
        run: how the analyses were made.
        pooled: what families say together (`PooledAnalysis.to_dict()`), or None.
        proportions: share of each explanation among all series in one sentence; empty if it is not told.
    """

    title: str
    entries: tuple[Entry, ...]
    shared: tuple[str, ...]
    counts: Mapping[str, int]
    headline: str
    overview: str
    discoveries: tuple[Entry, ...]
    artifacts: tuple[Entry, ...]
    undecided: tuple[Entry, ...]
    obstacles: tuple[Obstacle, ...]
    skipped: tuple[SkippedInput, ...]
    run: RunFacts
    pooled: Mapping[str, Any] | None = None
    proportions: str = ""


def build_report(
    documents: Iterable[AnalysisDocument],
    *,
    failed: Sequence[FailedSeries] = (),
    skipped: Sequence[SkippedInput] = (),
    run: RunFacts,
    title: str = "Emergence report",
) -> ReportDocument:
    """Gather, order and count what the report says.

    Args:
        documents: analyses, in any order (`Analysis.to_dict()`).
        failed: series without an analysis.
        skipped: inputs that were not used.
        run: how the analyses were made.
        title: of the page.
    """
    entries = _ordered(documents, failed)
    counter = collections.Counter(entry.verdict for entry in entries)
    counts = {verdict: counter[verdict] for verdict in VERDICTS if counter[verdict]}
    undecided = tuple(entry for entry in entries if entry.verdict == "undetermined")
    return ReportDocument(
        title=title,
        entries=entries,
        shared=tuple(
            part for part in entries[0].name.split(NAME_SEPARATOR) if part not in entries[0].label.split(NAME_SEPARATOR)
        )
        if entries
        else (),
        counts=counts,
        headline=headline_of(counts),
        overview=overview_of(counts),
        discoveries=tuple(entry for entry in entries if entry.verdict == "emergent"),
        artifacts=tuple(entry for entry in entries if entry.verdict in ARTIFACTS),
        undecided=undecided,
        obstacles=_obstacles(undecided),
        skipped=tuple(skipped),
        run=run,
    )


def _ordered(documents: Iterable[AnalysisDocument], failed: Sequence[FailedSeries]) -> tuple[Entry, ...]:
    drafts = [
        Entry(
            anchor=_anchor(document["series"]["name"], document["series"]["identity"]),
            name=document["series"]["name"],
            label=document["series"]["name"],
            verdict=document["verdict"],
            reason=document["reason"],
            identity=document["series"]["identity"],
            document=document,
        )
        for document in documents
    ]
    drafts += [
        Entry(
            anchor=_anchor(failure.name, failure.identity),
            name=failure.name,
            label=failure.name,
            verdict="failed",
            reason=failure.reason,
            identity=failure.identity,
            document=None,
        )
        for failure in failed
    ]
    rank = {verdict: i for i, verdict in enumerate(VERDICTS)}
    drafts.sort(key=lambda entry: (rank[entry.verdict], -entry.p_emergent, entry.name, entry.anchor))
    seen: collections.Counter[str] = collections.Counter()
    shared = _shared_parts([entry.name for entry in drafts])
    entries = []
    for entry in drafts:
        seen[entry.anchor] += 1
        repeat = seen[entry.anchor]
        anchor = entry.anchor if repeat == 1 else f"{entry.anchor}-{repeat}"
        label = NAME_SEPARATOR.join(part for part in entry.name.split(NAME_SEPARATOR) if part not in shared)
        entries.append(dataclasses.replace(entry, anchor=anchor, label=label))
    return tuple(entries)


def _shared_parts(names: Sequence[str]) -> frozenset[str]:
    """Parts that every name has, such as the one metric of all; nothing if a name would vanish without them."""
    parts = [frozenset(name.split(NAME_SEPARATOR)) for name in names]
    shared = frozenset.intersection(*parts) if len(parts) > 1 else frozenset()
    return shared if all(own - shared for own in parts) else frozenset()


def _anchor(name: str, identity: Mapping[str, str]) -> str:
    """An element id that depends on the series alone, so that links survive the next run."""
    key = json.dumps([name, sorted(identity.items())], ensure_ascii=True)
    return f"s-{hashlib.sha256(key.encode()).hexdigest()[:ANCHOR_DIGITS]}"


def headline_of(counts: Mapping[str, int]) -> str:
    """The finding in one sentence, from the number of series by verdict."""
    total, emergent, failed = sum(counts.values()), counts.get("emergent", 0), counts.get("failed", 0)
    if total == failed:
        return "No series could be analysed."
    if total == 1:
        return f"The one series is {'emergent' if emergent else 'not called emergent'}."
    if emergent == 0:
        return f"None of {plural(total, 'series', 'series')} is called emergent."
    verb = "is" if emergent == 1 else "are"
    return f"{count_text(emergent)} of {plural(total, 'series', 'series')} {verb} emergent within the scales measured."


def overview_of(counts: Mapping[str, int]) -> str:
    """The other verdicts, open questions first: "4 cannot be decided, 3 rise smoothly"."""
    parts = [
        f"{count_text(count)} {VERDICTS[verdict].singular if count == 1 else VERDICTS[verdict].clause}"
        for verdict, count in counts.items()
        if verdict != "emergent"
    ]
    if not parts:
        return ""
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{joined[0].upper()}{joined[1:]}."


def _obstacles(undecided: Sequence[Entry]) -> tuple[Obstacle, ...]:
    """How often each condition fails among series that are undetermined; a series may fail several."""
    counter = collections.Counter(
        condition["label"]
        for entry in undecided
        if entry.document is not None
        for condition in entry.document["conditions"]
        if condition["holds"] is False
    )
    return tuple(Obstacle(label=label, count=count) for label, count in counter.most_common())
