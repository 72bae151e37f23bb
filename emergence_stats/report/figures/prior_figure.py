"""P(emergent) and the verdict under every other prior: one mark each, in a row for each part of the prior."""

from __future__ import annotations

from collections.abc import Sequence

from emergence_stats.report.analysis_document import PriorPart
from emergence_stats.report.figures.svg import escape, short, text
from emergence_stats.report.formats import probability_text
from emergence_stats.report.vocabulary import VERDICTS

PARTS = {"masses": "masses", "width": "width", "exponent": "exponent", "noise": "noise", "levels": "levels"}
WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 300, 62, 8, 6, 20, 20
MARK, STEP = 7, 2.4  # side of a mark, and by how much neighbours in a row are offset so that equal ones show


def prior_figure(grid: Sequence[PriorPart], p_emergent: float, identifier: str) -> str:
    """SVG of the grid of priors.

    Args:
        grid: P(emergent) and verdict of every variant.
        p_emergent: the value under the prior in force, drawn as a line.
        identifier: prefix of the element ids, unique in the page.
    """
    parts = [part for part in PARTS if any(prior["part"] == part for prior in grid)]
    right, bottom = WIDTH - RIGHT, TOP + ROW * len(parts)

    def across(probability: float) -> float:
        return LEFT + probability * (right - LEFT)

    out = [f'<path class="grid" d="M{short(across(0.5))},{TOP}V{bottom}M{right},{TOP}V{bottom}"/>']
    out.append(f'<path class="axis" d="M{LEFT},{TOP}V{bottom}H{right}"/>')
    out.append(f'<path class="floor" d="M{short(across(p_emergent))},{TOP}V{bottom}"/>')
    out += [text(across(value), bottom + 15, f"{value:g}", anchor="middle") for value in (0.0, 0.5, 1.0)]
    for row, part in enumerate(parts):
        middle = TOP + ROW * (row + 0.5)
        out.append(text(LEFT - 5, middle + 4, PARTS[part], anchor="end"))
        members = [prior for prior in grid if prior["part"] == part]
        for place, prior in enumerate(members):
            x = across(prior["p_emergent"]) - MARK / 2
            y = middle - MARK / 2 + STEP * (place - 0.5 * (len(members) - 1))
            verdict = VERDICTS[prior["verdict"]].label
            tip = escape(f"{prior['name']}: {verdict}, {probability_text(prior['p_emergent'])}")
            out.append(
                f'<rect class="f-{prior["verdict"]}" x="{short(x)}" y="{short(y)}" width="{MARK}" height="{MARK}">'
                f"<title>{tip}</title></rect>"
            )
    title = "P(emergent) under other priors, by the part of the prior that differs; colours are verdicts"
    return (
        f'<svg class="figure small" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img" '
        f'aria-labelledby="{identifier}-p"><title id="{identifier}-p">{title}</title>{"".join(out)}</svg>'
    )
