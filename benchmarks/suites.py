"""Two suites of simulated series, as an outsider would make them.

No rise or fall has the form of a fitted curve, except the toes of p^L (alone and as a mixture of lengths) in the
hard suite, which are there because people publish them. Flat series are flat.

``clear``: 5-12 scales over 2.5-4.5 decades, 50-2000 items, overdispersion 0-.05, floors up to 3 points off chance.
``hard``: 4-8 scales, 30-2000 items, run noise, toes of smooth laws, one failed run, late rises, gentle slopes.

A suite is a literal table of kinds with their shares; a kind is one function of a generator. Case i depends on the
name, the seed and i alone, so a larger suite begins with the smaller one. Nothing here knows the method.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping

import numpy as np

from benchmarks import clear, hard
from benchmarks.cases import Case, Law

__all__ = ["SUITES", "Case", "Law", "make_suite"]

Kind = Callable[[np.random.Generator, str], Case]

CLEAR: Mapping[str, tuple[float, Kind]] = types.MappingProxyType(
    {
        "sharp": (0.45, clear.sharp),
        "smooth": (0.15, clear.smooth),
        "power_law": (0.08, clear.power_law),
        "partial": (0.08, clear.partial),
        "at_chance": (0.10, clear.at_chance),
        "flat": (0.05, clear.flat),
        "saturated": (0.03, clear.saturated),
        "inverse": (0.06, clear.inverse),
    }
)

HARD: Mapping[str, tuple[float, Kind]] = types.MappingProxyType(
    {
        "sharp": (0.30, hard.sharp),
        "late": (0.15, hard.late),
        "exact_match_toe": (0.10, hard.exact_match_toe),
        "toe": (0.08, hard.toe),
        "gentle": (0.07, hard.gentle),
        "smooth": (0.05, hard.smooth),
        "failed_on_smooth": (0.08, hard.failed_on_smooth),
        "failed_on_flat": (0.06, hard.failed_on_flat),
        "at_chance": (0.06, hard.at_chance),
        "flat": (0.02, hard.flat),
        "inverse": (0.03, hard.inverse),
    }
)

SUITES: Mapping[str, Mapping[str, tuple[float, Kind]]] = types.MappingProxyType({"clear": CLEAR, "hard": HARD})


def make_suite(name: str, size: int, seed: int = 0) -> list[Case]:
    """The first ``size`` cases of a suite.

    Args:
        name: ``clear`` or ``hard``.
        size: number of cases.
        seed: another seed gives a suite of the same kind with no case in common.

    Raises:
        ValueError: the suite is unknown.
    """
    if name not in SUITES:
        msg = f"suite: expected one of {', '.join(SUITES)}, got {name!r}"
        raise ValueError(msg)
    kinds = SUITES[name]
    shares = np.array([share for share, _ in kinds.values()])
    names = list(kinds)
    number = list(SUITES).index(name)
    cases = []
    for i in range(size):
        generator = np.random.default_rng([seed, number, i])
        kind = names[int(generator.choice(len(names), p=shares / shares.sum()))]
        cases.append(kinds[kind][1](generator, f"{name}_{i:05d}"))
    return cases
