"""Kinds of the clear suite: 5-12 scales over 2.5-4.5 decades, 50-2000 items, all of the story in range."""

from __future__ import annotations

import numpy as np

from benchmarks import draws
from benchmarks.cases import Case, Design, Law, measure


def sharp(generator: np.random.Generator, name: str) -> Case:
    """A rise of .1 to .9 decades in the inner part of the range, with two scales or more before its midpoint."""
    design = _design(generator)
    low = draws.floor(generator, design.chance_level)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=inner_threshold(generator, design),
        width=draws.log_uniform(generator, 0.1, 0.9),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )
    return measure(law, design, kind="sharp", name=name, generator=generator)


def smooth(generator: np.random.Generator, name: str) -> Case:
    """A rise of 2 to 8 decades with its midpoint in range."""
    design = _design(generator)
    low = draws.floor(generator, design.chance_level)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=design.at(generator.uniform(0.1, 0.9)),
        width=generator.uniform(2.0, 8.0),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )
    return measure(law, design, kind="smooth", name=name, generator=generator)


def power_law(generator: np.random.Generator, name: str) -> Case:
    """An error that falls as a power of scale all over the range, nearly a straight line in log scale."""
    design = _design(generator)
    low = draws.floor(generator, design.chance_level)
    law = Law(
        shape="broken_power_law",
        threshold=design.at(generator.uniform(0.0, 0.9)),
        width=generator.uniform(3.0, 8.0),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )
    return measure(law, design, kind="power_law", name=name, generator=generator)


def partial(generator: np.random.Generator, name: str) -> Case:
    """A rise of 2 to 8 decades of which the range shows the lower or the upper part."""
    design = _design(generator)
    low = draws.floor(generator, design.chance_level)
    beyond = generator.uniform(0.0, 0.6)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=design.at(1.0 + beyond if generator.random() < 0.5 else -beyond),
        width=generator.uniform(2.0, 8.0),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )
    return measure(law, design, kind="partial", name=name, generator=generator)


def at_chance(generator: np.random.Generator, name: str) -> Case:
    """No ability at any scale: the floor, which may miss chance."""
    design = _design(generator)
    return measure(
        level(draws.floor(generator, design.chance_level)), design, kind="at_chance", name=name, generator=generator
    )


def flat(generator: np.random.Generator, name: str) -> Case:
    """The same score at every scale, .1 or more above chance."""
    design = _design(generator)
    score = generator.uniform(design.chance_level + 0.1, 0.9)
    return measure(level(score), design, kind="flat", name=name, generator=generator)


def saturated(generator: np.random.Generator, name: str) -> Case:
    """Nearly everything correct at every scale."""
    return measure(
        level(generator.uniform(0.93, 1.0)), _design(generator), kind="saturated", name=name, generator=generator
    )


def inverse(generator: np.random.Generator, name: str) -> Case:
    """A score that falls with scale, by .1 or more, slowly or fast."""
    design = _design(generator)
    start = generator.uniform(max(design.chance_level, 0.2), 0.95)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=design.at(generator.uniform(0.2, 0.8)),
        width=draws.log_uniform(generator, 0.5, 6.0),
        floor=start,
        ceiling=float(generator.uniform(0.0, start - 0.1)),
    )
    return measure(law, design, kind="inverse", name=name, generator=generator)


def level(score: float) -> Law:
    """The same score everywhere."""
    return Law(shape="constant", threshold=0.0, width=1.0, floor=score, ceiling=score)


def inner_threshold(generator: np.random.Generator, design: Design) -> float:
    """A midpoint at 20 to 80 % of the range, above the second scale."""
    low = max(design.at(0.2), float(design.log10_scale[1]))
    high = design.at(0.8)
    # With few scales the second may lie beyond 80 %: then anywhere before the third.
    return float(generator.uniform(low, high if high > low else design.log10_scale[2]))


def _design(generator: np.random.Generator) -> Design:
    """Where a clear case is measured."""
    return draws.design(generator, n_scales=(5, 12), span=(2.5, 4.5), n_items=(50, 2000))
