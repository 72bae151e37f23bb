"""Outcomes of all peers as tables, the best of every column marked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from benchmarks.cases import Case
from benchmarks.peers.finding import BAD_ASYMPTOTE, BAD_ERROR, BAD_P_VALUE, Finding
from benchmarks.peers.runner import Outcome
from benchmarks.peers.table import Landmark, Peer

CALLED = "sharp"
INVENTED = "threshold"
BEYOND = "threshold beyond the data"
NOMINAL = 0.9
GRID = 4001

Row = dict[str, object]


def row(peer: Peer, case: Case, outcome: Outcome) -> Row:
    """One peer on one case, beside the truth."""
    finding = outcome.finding
    faults = () if finding is None else (*finding.faults, *_untruths(case, finding))
    return {
        "peer": peer.label,
        "case": case.series.name,
        "kind": case.kind,
        "sharp": case.sharp,
        "score": math.nan if finding is None else finding.score,
        "called": None if finding is None else finding.called,
        "locates": peer.landmark is not None,
        "truth": true_place(case, peer.landmark) if case.sharp and peer.landmark is not None else math.nan,
        **{name: _number(finding, name) for name in ("threshold", "low", "high")},
        "faults": faults,
        "failure": outcome.failure,
        "warnings": len(outcome.warnings),
        "cpu_seconds": outcome.cpu_seconds,
        "peak_megabytes": outcome.peak_megabytes,
    }


def true_place(case: Case, landmark: Landmark) -> float:
    """log10 of the scale at 50 % of the true rise (midpoint), or at 10 % (onset)."""
    assert case.threshold is not None
    assert case.width is not None
    if landmark == "midpoint":
        return case.threshold
    law = dataclasses.replace(case.law, floor=0.0, ceiling=1.0)
    grid = np.linspace(case.threshold - 3.0 * case.width, case.threshold, GRID)
    return float(np.interp(0.1, law(grid), grid))


def _untruths(case: Case, finding: Finding) -> list[str]:
    """What the peer asserts of a series that does not rise.

    A threshold counts only if it is stated with some confidence: as a number alone, or with a 90 % interval narrower
    than half the range of the data.
    """
    if case.law.ceiling > case.law.floor:
        return []
    said = [CALLED] if finding.called else []
    x = case.series.log10_scale
    vague = finding.low is not None and finding.high is not None and finding.high - finding.low > (x[-1] - x[0]) / 2.0
    if finding.threshold is not None and finding.rises and not vague:
        said.append(INVENTED if x[0] <= finding.threshold <= x[-1] else BEYOND)
    return said


def _number(finding: Finding | None, name: str) -> float:
    """One number of a finding, NaN if there is none."""
    value = None if finding is None else getattr(finding, name)
    return math.nan if value is None else float(value)


def compare(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per peer, one column per quantity, the best of each column in bold."""
    measured = [_measure(group) for _, group in rows.groupby("peer", sort=False)]
    columns: dict[str, list[str]] = {"peer": [str(name) for name in rows["peer"].unique()]}
    for name, (distance, show) in COLUMNS.items():
        values = [one[name] for one in measured]
        shown = [show(value) for value in values]
        known = [distance(value[0]) for value in values if not math.isnan(value[0])]
        best = min(known, default=math.nan)
        columns[name] = [
            f"**{text}**" if not math.isnan(value[0]) and distance(value[0]) == best else text
            for text, value in zip(shown, values, strict=True)
        ]
    return pd.DataFrame(columns)


Measured = tuple[float, int, int]  # a value, and "k of n" where it is a rate


def _measure(group: pd.DataFrame) -> Mapping[str, Measured]:
    """All quantities of one peer."""
    sharp = group["sharp"].to_numpy(dtype=bool)
    failed = (group["failure"] != "").to_numpy()
    conventional = bool(group["called"].notna().any())
    called = (group["called"] == True).to_numpy(dtype=bool)  # noqa: E712 - None is neither
    score = group["score"].to_numpy(dtype=np.float64)
    lowest = np.nanmin(score) if np.isfinite(score).any() else 0.0
    placed = group["threshold"].notna().to_numpy()
    error = (group["threshold"] - group["truth"]).abs()
    bounded = sharp & group["low"].notna().to_numpy() & group["high"].notna().to_numpy()
    covered = ((group["low"] <= group["truth"]) & (group["truth"] <= group["high"])).to_numpy()
    silent = (group["faults"].str.len() > 0).to_numpy() & (group["warnings"] == 0).to_numpy() & ~failed
    located = sharp & placed
    return {
        "AUC": (_area(sharp, np.where(np.isnan(score), lowest - 1.0, score)), 0, 0),
        "false calls": _rate(called[~sharp]) if conventional else _NOTHING,
        "sharp called": _rate(called[sharp]) if conventional else _NOTHING,
        "sharp located": _rate(placed[sharp]) if group["locates"].any() else _NOTHING,
        "median error": (float(error[located].median()) if located.any() else math.nan, 0, 0),
        "90 % covers": _rate(covered[bounded]),
        "failed": _rate(failed),
        "warned": _rate((group["warnings"] > 0).to_numpy()),
        "silent nonsense": _rate(silent),
        "CPU s": (float(group["cpu_seconds"].mean()), 0, 0),
        "peak MB": (float(group["peak_megabytes"].max()), 0, 0),
    }


_NOTHING: Measured = (math.nan, 0, 0)


def _area(sharp: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve; undefined if all are alike."""
    return float(roc_auc_score(sharp, score)) if 0 < sharp.sum() < sharp.size else math.nan


def _rate(flags: np.ndarray) -> Measured:
    """Share, number, and of how many."""
    return (float(flags.mean()), int(flags.sum()), int(flags.size)) if flags.size else _NOTHING


def _show_rate(value: Measured) -> str:
    """Per cent, and the counts it rests on."""
    return "" if math.isnan(value[0]) else f"{100.0 * value[0]:.1f} % ({value[1]}/{value[2]})"


def _show_number(digits: int) -> Callable[[Measured], str]:
    """So many digits after the point."""
    return lambda value: "" if math.isnan(value[0]) else f"{value[0]:.{digits}f}"


def _least(value: float) -> float:
    """The smaller the better."""
    return value


def _most(value: float) -> float:
    """The larger the better."""
    return -value


def _nominal(value: float) -> float:
    """The nearer to the nominal coverage the better."""
    return abs(value - NOMINAL)


def _none(_value: float) -> float:
    """Neither better nor worse."""
    return math.nan


# column: distance from the ideal, which the least of is marked, and how a value is written
COLUMNS: Mapping[str, tuple[Callable[[float], float], Callable[[Measured], str]]] = {
    "AUC": (_most, _show_number(3)),
    "false calls": (_least, _show_rate),
    "sharp called": (_most, _show_rate),
    "sharp located": (_most, _show_rate),
    "median error": (_least, _show_number(3)),
    "90 % covers": (_nominal, _show_rate),
    "failed": (_least, _show_rate),
    "warned": (_none, _show_rate),
    "silent nonsense": (_least, _show_rate),
    "CPU s": (_least, _show_number(3)),
    "peak MB": (_least, _show_number(0)),
}

# what is told of a kind of the battery, in this order
TOLD: Mapping[str, str] = {
    CALLED: "called sharp",
    INVENTED: "threshold inside",
    BEYOND: "threshold beyond",
    BAD_ASYMPTOTE: "bad asymptote",
    BAD_ERROR: "bad s.e.",
    BAD_P_VALUE: "p > 1",
}


def what_happens(rows: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """One row per peer, one column per kind of the battery: what it says, how often."""
    table: dict[str, list[str]] = {"peer": [], "series": []}
    table |= {kind: [] for kind in kinds}
    for name, group in rows.groupby("peer", sort=False):
        table["peer"].append(str(name))
        each = [group[group["kind"] == kind] for kind in kinds]
        table["series"].append(f"{max(len(one) for one in each)} each")
        for kind, one in zip(kinds, each, strict=True):
            table[kind].append(_told(one))
    return pd.DataFrame(table)


def _told(group: pd.DataFrame) -> str:
    """Counts of everything that went wrong on one kind, with the number that warned or failed."""
    faults = [fault for found in group["faults"] for fault in found]
    # On a straight line a call is a false one too, though something does rise.
    rising_calls = int(((group["called"] == True) & ~group["sharp"]).sum()) - faults.count(CALLED)  # noqa: E712
    counts = {text: faults.count(fault) for fault, text in TOLD.items()}
    counts[TOLD[CALLED]] += rising_calls
    counts |= {"failed": int((group["failure"] != "").sum()), "warned": int((group["warnings"] > 0).sum())}
    return ", ".join(f"{text} {count}" for text, count in counts.items() if count) or "nothing amiss"
