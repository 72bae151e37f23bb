"""What has changed between two runs: verdicts, series that came and went, and what else was different."""

from __future__ import annotations

import collections
import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from emergence_stats.report.formats import probability_text
from emergence_stats.report.runs import FinishedRun, Result

NOTABLE_SHIFT = 0.1  # of P(emergent), under the same verdict
ABSENT = "absent"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One series that is not as it was.

    Attributes:
        name: label of the series.
        identity: columns that identify it.
        before: verdict in the earlier run, or `ABSENT`.
        after: verdict in the later one, or `ABSENT`.
        p_before: P(emergent) then; None if it was not analysed.
        p_after: P(emergent) now.
        reason: of the later verdict; of the earlier one where the series has gone.
        cause: what is different in the series' data, in words; empty if nothing is.
        result: the later result; None where the series has gone.
        earlier: the earlier result; None where it is new.
    """

    name: str
    identity: Mapping[str, str]
    before: str
    after: str
    p_before: float | None
    p_after: float | None
    reason: str
    cause: str
    result: Result | None
    earlier: Result | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Two runs side by side.

    Attributes:
        before: path of the earlier run.
        after: path of the later one.
        verdicts: series with another verdict, discoveries won and lost first.
        shifts: series with the same verdict whose P(emergent) moved by more than `NOTABLE_SHIFT`.
        appeared: series of the later run alone.
        gone: series of the earlier run alone.
        same: number of series with the same verdict and no notable shift.
        circumstances: what else differed (version, settings, seed, inputs), each as a sentence.
    """

    before: str
    after: str
    verdicts: tuple[Change, ...]
    shifts: tuple[Change, ...]
    appeared: tuple[Change, ...]
    gone: tuple[Change, ...]
    same: int
    circumstances: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        groups = {"verdicts": self.verdicts, "shifts": self.shifts, "appeared": self.appeared, "gone": self.gone}
        return {
            "before": self.before,
            "after": self.after,
            "same": self.same,
            "circumstances": list(self.circumstances),
            **{
                name: [
                    {
                        "name": change.name,
                        "identity": dict(change.identity),
                        "verdict_before": None if change.before == ABSENT else change.before,
                        "verdict_after": None if change.after == ABSENT else change.after,
                        "p_emergent_before": change.p_before,
                        "p_emergent_after": change.p_after,
                        "reason": change.reason,
                        "data": change.cause or None,
                    }
                    for change in group
                ]
                for name, group in groups.items()
            },
        }


def changes_between(before: FinishedRun, after: FinishedRun) -> Changes:
    """Compare two runs series by series; the same name and identity make the same series."""
    old, new = _by_key(before.results), _by_key(after.results)
    both = [_change(old[key], new[key]) for key in new if key in old]
    verdicts = [change for change in both if change.before != change.after]
    shifts = [change for change in both if change.before == change.after and _shift(change) > NOTABLE_SHIFT]
    return Changes(
        before=before.path,
        after=after.path,
        verdicts=tuple(sorted(verdicts, key=_importance)),
        shifts=tuple(sorted(shifts, key=lambda change: (-_shift(change), change.name))),
        appeared=tuple(sorted((_change(None, new[key]) for key in new if key not in old), key=_importance)),
        gone=tuple(sorted((_change(old[key], None) for key in old if key not in new), key=_importance)),
        same=len(both) - len(verdicts) - len(shifts),
        circumstances=_circumstances(before.record, after.record),
    )


def _by_key(results: Iterable[Result]) -> dict[tuple[str, int], Result]:
    """Results by name and identity; twins are told apart by their order."""
    seen: collections.Counter[str] = collections.Counter()
    keyed = {}
    for result in results:
        series = result["series"]
        key = json.dumps([series["name"], sorted(series.get("identity", {}).items())])
        seen[key] += 1
        keyed[key, seen[key]] = result
    return keyed


def _change(old: Result | None, new: Result | None) -> Change:
    present = new if new is not None else old
    assert present is not None  # a key comes from one of the two
    return Change(
        name=str(present["series"]["name"]),
        identity=present["series"].get("identity", {}),
        before=ABSENT if old is None else str(old["verdict"]),
        after=ABSENT if new is None else str(new["verdict"]),
        p_before=None if old is None else old.get("p_emergent"),
        p_after=None if new is None else new.get("p_emergent"),
        reason=str(present["reason"]),
        cause=_cause(old, new),
        result=new,
        earlier=old,
    )


def _shift(change: Change) -> float:
    if change.p_before is None or change.p_after is None:
        return 0.0
    return abs(change.p_after - change.p_before)


def _importance(change: Change) -> tuple[int, float, str]:
    """Discoveries first, whether won or lost; then the largest shift."""
    return (0 if "emergent" in (change.before, change.after) else 1, -_shift(change), change.name)


def _cause(old: Result | None, new: Result | None) -> str:
    """How the data of a series differ."""
    if old is None or new is None:
        return ""
    first, second = (result["series"].get("points") for result in (old, new))
    if first is None or second is None:
        return ""
    counts = [collections.Counter(json.dumps(point, sort_keys=True) for point in points) for points in (first, second)]
    added, removed = (counts[1] - counts[0]).total(), (counts[0] - counts[1]).total()
    parts = []
    if added or removed:
        changed = min(added, removed)
        for count, word in ((changed, "changed"), (added - changed, "added"), (removed - changed, "removed")):
            if count:
                parts.append(f"{count} score{'s' if count > 1 else ''} {word}")
    for field, label in (("chance_level", "chance level"), ("scale_kind", "scale"), ("score_form", "score form")):
        if old["series"].get(field) != new["series"].get(field):
            parts.append(f"{label} {_value(old['series'].get(field))} → {_value(new['series'].get(field))}")
    return ", ".join(parts)


def _circumstances(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between the records of two runs, other than results."""
    if not old or not new:
        return ("One of the runs has no run.json: version, settings and inputs cannot be compared.",)
    sentences = []
    for key, label in (
        ("program_version", "Version"),
        ("seed", "Seed"),
        ("resamples", "Resamples"),
        ("scale", "Scale"),
        ("by", "Columns that tell series apart"),
    ):
        if old.get(key) != new.get(key):
            sentences.append(f"{label}: {_value(old.get(key))} → {_value(new.get(key))}.")
    first, second = _settings(old), _settings(new)
    sentences += [
        f"Setting {name}: {_value(first.get(name))} → {_value(second.get(name))}."
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]
    return (*sentences, *_inputs(old, new))


def _inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Files whose content one of the runs has not seen; a new place of the same content is no difference."""
    first, second = ({str(item["path"]): item["sha256"] for item in run.get("inputs", [])} for run in (old, new))
    for path in sorted(first.keys() | second.keys()):
        if path in first and path in second:
            if first[path] != second[path]:
                yield f"Input {path}: other content."
        elif path in first and first[path] not in second.values():
            yield f"Input {path}: no longer read."
        elif path in second and second[path] not in first.values():
            yield f"Input {path}: new."


def _settings(record: Mapping[str, Any]) -> dict[str, object]:
    groups = record.get("settings", {})
    return {f"{group}.{name}": value for group, values in groups.items() for name, value in values.items()}


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def probability_change(change: Change) -> str:
    """P(emergent) before and after: 0.02 → 0.97."""
    texts = ["–" if p is None else probability_text(p) for p in (change.p_before, change.p_after)]
    return " → ".join(texts)
