"""Which curves a question is about: all, those of one explanation, or one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import InputError
from emergence_stats.posterior import CURVE_EXPLANATION, CURVE_NAMES, EXPLANATIONS


def curves_named(name: str | None) -> npt.NDArray[np.intp]:
    """Indices of the curves of that name: every curve for None, those of an explanation, or a single one.

    Raises:
        InputError: there is no curve and no explanation of that name.
    """
    if name is None:
        return np.arange(len(CURVE_NAMES))
    if name in CURVE_NAMES:
        return np.array([CURVE_NAMES.index(name)])
    explanations = [str(explanation) for explanation in EXPLANATIONS]
    if name in explanations:
        return np.flatnonzero(explanations.index(name) == CURVE_EXPLANATION)
    known = ", ".join(dict.fromkeys((*CURVE_NAMES, *explanations)))
    msg = f"curve: expected a curve or an explanation ({known}), got {name!r}"
    raise InputError(msg)
