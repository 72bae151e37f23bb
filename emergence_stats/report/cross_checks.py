"""The folded part of a card that shows the frequentist cross-checks: three small tables and their caveats."""

from __future__ import annotations

import dataclasses
import math

from emergence_stats.report.analysis_document import AnalysisDocument, GlmPart, IsotonicPart, LinkPart, TrendPart
from emergence_stats.report.formats import MINUS, inert, scale_text, score_text
from emergence_stats.report.table_view import TableView

LINK_NAMES = {"logit": "logit", "probit": "probit", "cloglog": "complementary log-log"}
NONE = "–"

NOISE = {
    "binomial": "They take the items of the test set for the only noise, except where scatter is named: runs that "
    "differ by more than their items make those p-values too small.",
    "normal": "They take the standard errors for the only noise, except where scatter is named.",
    "unknown": "The noise is unknown and is judged by the scatter of the scores.",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CrossChecksView:
    """What the part says: a sentence, then tables."""

    note: str
    tables: tuple[TableView, ...]


def cross_checks_view(document: AnalysisDocument) -> CrossChecksView | None:
    """The part for one analysis; None if the checks were not made."""
    checks = document["cross_checks"]
    if checks is None:
        return None
    tables = [_trend(checks["trend"], checks["isotonic"], checks["replicates"])]
    if checks["glm"] is not None:
        tables.append(_glm(checks["glm"], document["series"]["scale_kind"]))
    if checks["descriptive"]:
        tables.append(
            TableView(
                title="Descriptive scores, and what noise alone gives",
                header=("Score", "Here", "If constant", "If a straight line"),
                rows=tuple(
                    (part["name"].capitalize(), _signed(part["value"]), _band(part["constant"]), _band(part["line"]))
                    for part in checks["descriptive"]
                ),
                note=f"The middle 95% of {checks['replicates']} drawn test sets. Both scores depend on the number of "
                "scales and of items.",
            )
        )
    return CrossChecksView(note=f"None of this is used for the verdict. {NOISE[checks['noise']]}", tables=tuple(tables))


def p_text(value: float | None) -> str:
    """A p-value: two significant digits, never 0."""
    if value is None:
        return NONE
    return "<0.0001" if value < 1e-4 else f"{value:.2g}" if value < 0.995 else "1"


def _trend(trend: TrendPart, isotonic: IsotonicPart | None, replicates: int) -> TableView:
    """Tests of a constant score, and whether the score ever falls."""
    known = "Cochran–Armitage" if trend["z"] is not None else "Slope, known noise"
    rows: list[tuple[str, ...]] = [
        (known, f"z = {_signed(trend['z'])}", p_text(trend["p_known_noise"])),
        ("Slope, with scatter", f"t = {_signed(trend['t'])}", p_text(trend["p_scatter"])),
        ("Kendall", f"τ = {_signed(trend['kendall'])}", p_text(trend["p_kendall"])),
    ]
    rows = [row for row in rows if row[-1] != NONE]
    note = "Two-sided tests of a score that does not depend on scale."
    if isotonic is None:
        rows = [("All scores are the same: nothing to test.",)]
        note = ""
    else:
        rows.append(("Rises, any shape", f"gain {_signed(isotonic['gain'])}", p_text(isotonic["p_rise"])))
        if isotonic["departure"] is not None:
            rows.append(
                ("Falls somewhere", f"misfit {_signed(isotonic['departure'])}", p_text(isotonic["p_departure"])),
            )
        note += f" The rise and the fall of any shape are judged by {replicates} test sets drawn from a constant."
        share = isotonic["explained_by_line"]
        if share is not None and isotonic["p_rise"] < 0.05:
            reached = f"{max(share, 0.0):.0%}"
            note += (
                f" A line in log scale (logistic for counts) reaches {reached} of what any rising curve can explain."
            )
    return TableView(
        title="Does the score depend on scale?", header=("Test", "Statistic", "p"), rows=tuple(rows), note=note
    )


def _glm(glm: GlmPart, scale_kind: str) -> TableView:
    """The three regressions."""
    errors = {"": "", "hc3": " Intervals: 95%, HC3 errors."}.get(
        glm["errors"], f" Intervals: 95%, errors clustered ({inert(glm['errors'], 40)})."
    )
    freedom = glm["degrees_of_freedom"]
    floor = score_text(glm["floor"], proportion=True)
    return TableView(
        title="Binomial regression on log scale",
        header=(
            "Link",
            "Slope per decade",
            "Half-way at",
            f"Deviance ({freedom} d.f.), p",
            "Constant, p",
            "with scatter",
        ),
        rows=tuple(_link(fit, scale_kind) for fit in glm["fits"]),
        note=f"Each curve starts at {floor} exactly and ends at 100%; a lower ceiling, a floor that misses chance, and "
        f"scatter between models count as misfit (small p of the deviance).{errors}",
    )


def _link(fit: LinkPart, scale_kind: str) -> tuple[str, ...]:
    name = LINK_NAMES[fit["link"]]
    if fit["not_estimable"] is not None:
        return (name, f"Not estimable: {inert(fit['not_estimable'], 200)}.")
    slope = _signed(fit["slope"])
    if fit["slope_low"] is not None:
        slope += f" ({_signed(fit['slope_low'])} to {_signed(fit['slope_high'])})"
    deviance = _signed(fit["deviance"])
    return (
        name,
        slope,
        "out of range" if fit["midpoint"] is None else scale_text(fit["midpoint"], scale_kind, digits=2),
        f"{deviance}, {p_text(fit['p_fit'])}",
        p_text(fit["p_constant"]),
        p_text(fit["p_constant_scaled"]),
    )


def _signed(value: float | None) -> str:
    """Two decimals at most, a proper minus, no minus before a zero."""
    if value is None or not math.isfinite(value):
        return "not defined"
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS) if float(text) != 0.0 else "0"


def _band(band: list[float] | None) -> str:
    return NONE if band is None else f"{_signed(band[0])} to {_signed(band[1])}"
