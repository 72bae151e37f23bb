"""Series that hold no sharp rise and on which common tools go wrong without a word."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.cases import Case, Design, Law, measure
from benchmarks.clear import level

N_SCALES = (6, 12)  # by turns
N_ITEMS = 500.0
MANY_ITEMS = 14_000.0  # as in a large multiple-choice benchmark
FIRST, LAST = 8.0, 11.0

LawOf = Callable[[Design, np.random.Generator], Law]


def at_chance(design: Design, _generator: np.random.Generator) -> Law:
    """Chance at every scale."""
    return level(design.chance_level)


def decreasing(design: Design, generator: np.random.Generator) -> Law:
    """From .8 down to .3, over half a decade to three."""
    width = float(generator.uniform(0.5, 3.0))
    return Law(shape="probit", threshold=design.at(0.5), width=width, floor=0.8, ceiling=0.3)


def all_correct(_design: Design, _generator: np.random.Generator) -> Law:
    """Every item right at every scale."""
    return level(1.0)


def all_wrong(_design: Design, _generator: np.random.Generator) -> Law:
    """Every item wrong at every scale."""
    return level(0.0)


def straight_line(design: Design, _generator: np.random.Generator) -> Law:
    """From .3 to .8, linear in the logarithm of the scale."""
    return Law(shape="log_linear", threshold=design.at(0.5), width=0.8 * design.span, floor=0.3, ceiling=0.8)


def scattered(_design: Design, generator: np.random.Generator) -> Law:
    """The same score everywhere, behind it so many items that the scatter between runs shows."""
    return level(float(generator.uniform(0.35, 0.75)))


# kind: law, items, chance level, intraclass correlation of the items of a run
BATTERY: Mapping[str, tuple[LawOf, float, float, float]] = types.MappingProxyType(
    {
        "at chance": (at_chance, N_ITEMS, 0.25, 0.0),
        "decreasing": (decreasing, N_ITEMS, 0.25, 0.0),
        "all correct": (all_correct, N_ITEMS, 0.0, 0.0),
        "all wrong": (all_wrong, N_ITEMS, 0.0, 0.0),
        "straight line": (straight_line, N_ITEMS, 0.25, 0.0),
        "flat, 14 000 items, ρ = .01": (scattered, MANY_ITEMS, 0.25, 0.01),
    }
)


def make_battery(size: int, seed: int = 0) -> list[Case]:
    """The first ``size`` series of each kind; a larger battery holds the smaller one."""
    cases = []
    for number, (kind, (law_of, items, chance, overdispersion)) in enumerate(BATTERY.items()):
        for i in range(size):
            generator = np.random.default_rng([seed, 1000 + number, i])
            n_scales = N_SCALES[i % len(N_SCALES)]
            design = Design(
                log10_scale=np.linspace(FIRST, LAST, n_scales),
                n_items=np.full(n_scales, items),
                chance_level=chance,
                overdispersion=overdispersion,
            )
            law = law_of(design, generator)
            cases.append(measure(law, design, kind=kind, name=f"{kind} {i}", generator=generator))
    return cases
