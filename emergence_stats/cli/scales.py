"""Further scales on the command line: numbers, or multiples of the best scale measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emergence_stats.series import Series


def parse_scale(text: str, known: Sequence[Series]) -> float:
    """One scale.

    Args:
        text: a number such as 1e24, or a multiple such as 10x.
        known: what was measured; a multiple is of the best scale among them, for a loss a part of it.

    Raises:
        InputError: neither a number nor a multiple above 0, or a multiple of nothing.
    """
    from emergence_stats.errors import InputError

    text = text.strip()
    try:
        factor = float(text.removesuffix("x"))
    except ValueError as error:
        msg = f"--at: expected a scale such as 1e24 or a multiple such as 10x, got {text!r}"
        raise InputError(msg) from error
    if not text.endswith("x"):
        return factor
    if not factor > 0.0:
        msg = f"--at: expected a multiple above 0, got {text!r}"
        raise InputError(msg)
    if not known:
        msg = f"--at: expected a scale such as 1e24, since nothing is measured that {text!r} could be a multiple of"
        raise InputError(msg)
    best = [float(series.scale[-1]) for series in known]
    return min(best) / factor if known[0].scale_kind == "loss" else max(best) * factor
