"""Numbers and names as a person reads them. Pure functions from values to text; nothing here is HTML."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from emergence_stats.report.analysis_document import AnalysisDocument, EstimatePart

MINUS = "\N{MINUS SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
LARGEST_WITH_SUFFIX = 1e16
LEAST_PLAIN, MOST_PLAIN = 1e-4, 1e7  # scores between them are written without a power of ten
# Characters that could change how text round them is laid out, or that HTML cannot hold: controls, surrogates,
# and the bidirectional marks, embeddings, overrides and isolates.
UNSAFE_CATEGORIES = frozenset({"Cc", "Cs"})
BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def inert(text: str, limit: int | None = None) -> str:
    """A user's text made harmless for layout: no control characters, at most `limit` characters.

    Right-to-left letters stay; only marks that would reorder the text around them are replaced. A text that is too
    long keeps its start and its end.
    """
    if not text.isascii() or not text.isprintable():
        text = "".join(_inert_character(character) for character in text)
    if limit is not None and len(text) > limit:
        tail = limit // 3
        text = f"{text[: limit - tail - 1]}…{text[-tail:]}"
    return text


def scale_text(value: float, kind: str, *, digits: int = 3) -> str:
    """A scale in the way its field writes it: 6.7B parameters, 2.5×10²² FLOP, a loss of 2.31."""
    if kind == "loss":
        return _significant(value, 3)
    if kind == "train_flops" or value >= LARGEST_WITH_SUFFIX or value < 1e-3:
        return _power_of_ten(value)
    for size, suffix in SUFFIXES:
        if value >= size * 0.9995:
            return f"{_significant(value / size, digits)}{suffix}"
    return _significant(value, digits)


def scales_text(values: Sequence[float], kind: str) -> str:
    """Several scales: 1B and 10B; of more than two, how many there are and where they end."""
    if len(values) > 2:
        return f"{len(values)} sizes, {scale_text(values[0], kind)} to {scale_text(values[-1], kind)}"
    return " and ".join(scale_text(value, kind) for value in values)


def estimate_text(estimate: EstimatePart, kind: str) -> str:
    """A scale's posterior median with its 90 % interval: 62B (40B to 110B)."""
    return f"{rounded_scale(estimate['median'], kind)} ({interval_text(estimate, kind)})"


def interval_text(estimate: EstimatePart, kind: str) -> str:
    """The 90 % interval of a scale: 40B to 110B."""
    return f"{rounded_scale(estimate['low'], kind)} to {rounded_scale(estimate['high'], kind)}"


def rounded_scale(value: float, kind: str) -> str:
    """An estimated scale: two digits are as many as an interval supports."""
    return scale_text(value, kind, digits=2)


def score_text(value: float, *, proportion: bool) -> str:
    """A score with three digits; proportions as percentages with one decimal below 10 % or above 90 %."""
    if not proportion:
        size = abs(value)
        if size == 0 or LEAST_PLAIN <= size < MOST_PLAIN:
            return _significant(value, 3).replace("-", MINUS)
        return f"{MINUS if value < 0 else ''}{_power_of_ten(size)}"
    percent = 100 * value
    edge = min(percent, 100 - percent)
    decimals = 0 if edge >= 10 or abs(percent - round(percent)) < 5e-3 else 1
    return f"{percent:.{decimals}f}%".replace("-", MINUS)


def probability_text(value: float) -> str:
    """A probability with two decimals; never 0 or 1 by rounding."""
    if 0 < value < 0.01:
        return "<0.01"
    if 0.99 < value < 1:
        return ">0.99"
    return f"{value:.2f}"


def unplaced_text(pooled: Mapping[str, Any]) -> str:
    """Why a pooled rise has no threshold."""
    if pooled["falls"]:
        return "scores fall"
    return "before the data" if pooled["p_before"] > pooled["p_beyond"] else "beyond the data"


def emergence_text(document: AnalysisDocument) -> str:
    """P(emergent) of a series; where no chance level is defined, absence cannot be judged."""
    return "not defined" if document["series"]["chance_level"] is None else probability_text(document["p_emergent"])


def change_text(value: float) -> str:
    """A change of a probability with its sign; none by rounding is 0."""
    text = f"{value:+.2f}"
    return "0" if float(text) == 0.0 else text.replace("-", MINUS)


def range_text(first: str, last: str) -> str:
    """Two ends as they are written; one where they are written alike."""
    return first if first == last else f"{first} to {last}"


def nats_text(value: float) -> str:
    """A difference of log evidences, in nats, with its sign."""
    text = f"{value:+.1f}" if abs(value) < 100 else f"{value:+.3g}"
    return text.replace("-", MINUS)


def count_text(value: float) -> str:
    """A count with thin spaces between thousands, from five digits on."""
    rounded = round(value)
    return f"{rounded:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if rounded >= 10_000 else str(rounded)


def plural(count: int, singular: str, several: str | None = None) -> str:
    """A count with its noun: 1 file, 2 files."""
    return f"{count_text(count)} {singular if count == 1 else several or singular + 's'}"


def _inert_character(character: str) -> str:
    if character in BIDIRECTIONAL or unicodedata.category(character) in UNSAFE_CATEGORIES:
        return " " if character in "\t\n\r" else "\N{REPLACEMENT CHARACTER}"
    return character


def _significant(value: float, digits: int) -> str:
    """So many significant digits, without an exponent and without trailing zeros."""
    decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{round(value, decimals):.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power_of_ten(value: float) -> str:
    exponent = math.floor(math.log10(value) + 1e-9)
    digits = f"{value / 10.0**exponent:.1f}".removesuffix(".0")
    if digits == "10":
        digits, exponent = "1", exponent + 1
    power = f"10{str(exponent).translate(SUPERSCRIPTS)}"
    return power if digits == "1" else f"{digits}×{power}"
