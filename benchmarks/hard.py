"""Kinds of the hard suite: 4-8 scales, 30-2000 items, run noise, and what makes smooth laws look sharp."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from benchmarks import draws
from benchmarks.cases import Case, Design, Law, measure
from benchmarks.clear import inner_threshold, level
from emergence_stats.simulate.standard import exact_match, percentiles

GOMPERTZ_SPAN = math.log(math.log(10.0) / -math.log(0.9))  # 10-90 % of exp(-e^-u), u = alpha ln N


def sharp(generator: np.random.Generator, name: str) -> Case:
    """A rise of .1 to .95 decades in the inner part of the range."""
    design = _design(generator)
    return measure(
        _rise(generator, design, inner_threshold(generator, design)),
        design,
        kind="sharp",
        name=name,
        generator=generator,
    )


def late(generator: np.random.Generator, name: str) -> Case:
    """A sharp rise whose midpoint lies just before the last scale, or before the last two."""
    design = _design(generator)
    above = 1 if generator.random() < 0.5 or design.log10_scale.size < 5 else 2
    gap_low, gap_high = design.log10_scale[-above - 1 : design.log10_scale.size - above + 1]
    threshold = float(gap_low + generator.uniform(0.2, 0.8) * (gap_high - gap_low))
    return measure(_rise(generator, design, threshold), design, kind="late", name=name, generator=generator)


def exact_match_toe(generator: np.random.Generator, name: str) -> Case:
    """p^L with a power law in p, of which the range shows the toe, chance 0.

    accuracy = mean over L of exp(-L (N / c)^-alpha), alpha .1 to .6; one L or a mixture of lengths. L moves the
    curve by log10(L) / alpha decades, so drawing L in 1..100 and c is drawing the accuracy of the largest model.
    """
    design = dataclasses.replace(_design(generator), chance_level=0.0)
    exponent = generator.uniform(0.1, 0.6)
    mixture = bool(generator.random() < 0.5)
    shape = "exact_match_mixture" if mixture else "gompertz"
    low, _, high = percentiles(exact_match)
    width = ((high - low) if mixture else GOMPERTZ_SPAN) / (exponent * math.log(10.0))
    reached = generator.uniform(0.05, 0.7)
    unit = Law(shape=shape, threshold=0.0, width=width, floor=0.0, ceiling=1.0)
    grid = np.linspace(-3.0 * width, 3.0 * width, 4001)
    offset = float(np.interp(reached, unit(grid), grid))
    law = dataclasses.replace(unit, threshold=float(design.log10_scale[-1]) - offset)
    return measure(law, design, kind="exact_match_toe", name=name, generator=generator)


def toe(generator: np.random.Generator, name: str) -> Case:
    """The lower part of a rise of 2 to 6 decades; sometimes the margin of a multiple choice."""
    design = _design(generator)
    low = draws.floor(generator, design.chance_level)
    law = Law(
        shape="choice_margin" if generator.random() < 0.3 else draws.outside_shape(generator),
        threshold=design.at(generator.uniform(0.8, 1.3)),
        width=generator.uniform(2.0, 6.0),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )
    return measure(law, design, kind="toe", name=name, generator=generator)


def gentle(generator: np.random.Generator, name: str) -> Case:
    """A rise so slow that the range shows a slope of a few points."""
    design = _design(generator)
    low = draws.floor(generator, design.chance_level)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=design.at(generator.uniform(0.2, 0.8)),
        width=generator.uniform(2.0, 6.0),
        floor=low,
        ceiling=low + generator.uniform(0.03, 0.2),
    )
    return measure(law, design, kind="gentle", name=name, generator=generator)


def smooth(generator: np.random.Generator, name: str) -> Case:
    """A rise of 2 to 6 decades, with run noise."""
    design = _design(generator)
    return measure(_smooth_law(generator, design), design, kind="smooth", name=name, generator=generator)


def failed_on_smooth(generator: np.random.Generator, name: str) -> Case:
    """A smooth rise with one run that failed."""
    design = _design(generator)
    law = _smooth_law(generator, design)
    failed = _failed_run(generator, design, law)
    return measure(law, design, kind="failed_on_smooth", name=name, generator=generator, failed_run=failed)


def failed_on_flat(generator: np.random.Generator, name: str) -> Case:
    """A flat series above chance with one run that failed."""
    design = _design(generator)
    law = level(generator.uniform(design.chance_level + 0.1, 1.0))
    failed = _failed_run(generator, design, law)
    return measure(law, design, kind="failed_on_flat", name=name, generator=generator, failed_run=failed)


def at_chance(generator: np.random.Generator, name: str) -> Case:
    """No ability at any scale."""
    design = _design(generator)
    return measure(
        level(draws.floor(generator, design.chance_level)), design, kind="at_chance", name=name, generator=generator
    )


def flat(generator: np.random.Generator, name: str) -> Case:
    """The same score at every scale, above chance, up to saturation."""
    design = _design(generator)
    law = level(generator.uniform(design.chance_level + 0.1, 1.0))
    return measure(law, design, kind="flat", name=name, generator=generator)


def inverse(generator: np.random.Generator, name: str) -> Case:
    """A score that falls with scale, sometimes sharply."""
    design = _design(generator)
    start = generator.uniform(max(design.chance_level, 0.2), 0.95)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=design.at(generator.uniform(0.2, 0.8)),
        width=draws.log_uniform(generator, 0.3, 6.0),
        floor=start,
        ceiling=float(generator.uniform(0.0, start - 0.1)),
    )
    return measure(law, design, kind="inverse", name=name, generator=generator)


def _rise(generator: np.random.Generator, design: Design, threshold: float) -> Law:
    """A sharp rise from about chance."""
    low = draws.floor(generator, design.chance_level)
    return Law(
        shape=draws.outside_shape(generator),
        threshold=threshold,
        width=draws.log_uniform(generator, 0.1, 0.95),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )


def _smooth_law(generator: np.random.Generator, design: Design) -> Law:
    """A rise of 2 to 6 decades with its midpoint in range or a little outside."""
    low = draws.floor(generator, design.chance_level)
    return Law(
        shape=draws.outside_shape(generator),
        threshold=design.at(generator.uniform(-0.1, 1.1)),
        width=generator.uniform(2.0, 6.0),
        floor=low,
        ceiling=draws.ceiling(generator, low),
    )


def _failed_run(generator: np.random.Generator, design: Design, law: Law) -> tuple[int, float]:
    """One position, and a score of 0, of chance, or of a fraction of what the run should have had."""
    position = int(generator.integers(design.log10_scale.size))
    expected = float(law(design.log10_scale)[position])
    score = (0.0, min(design.chance_level, expected), expected * generator.uniform(0.1, 0.7))[generator.integers(3)]
    return position, float(score)


def _design(generator: np.random.Generator) -> Design:
    """Where a hard case is measured."""
    return draws.design(generator, n_scales=(4, 8), span=(2.0, 4.0), n_items=(30, 2000), run_noise=0.2)
