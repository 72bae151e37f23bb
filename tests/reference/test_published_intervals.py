"""Intervals of proportions as printed in the literature."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

import emergence_stats as es

# Brown, Cai & DasGupta 2001 (doi:10.1214/ss/1009213286): 95 % Jeffreys intervals, three decimals.
JEFFREYS = {
    (0, 10): (0.0, 0.217),
    (2, 10): (0.044, 0.503),
    (3, 10): (0.093, 0.606),
    (4, 10): (0.153, 0.696),
    (5, 10): (0.224, 0.776),
}
# Newcombe 1998 (doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I, methods 3 and 5.
NEWCOMBE = {
    (81, 263): {"wilson": (0.2553, 0.3662), "beta": (0.2527, 0.3676)},
    (15, 148): {"wilson": (0.0624, 0.1605), "beta": (0.0578, 0.1617)},
    (0, 20): {"wilson": (0.0, 0.1611), "beta": (0.0, 0.1684)},
    (1, 29): {"wilson": (0.0061, 0.1718), "beta": (0.0009, 0.1776)},
}


@pytest.mark.parametrize(("counts", "printed"), JEFFREYS.items())
def test_the_intervals_of_a_card_are_those_printed(counts: tuple[int, int], printed: tuple[float, float]) -> None:
    hits, items = counts
    series = es.Series(scale=[1e8, 1e9], n_correct=[hits, items - hits], n_items=items, chance_level=0.0)
    first, last = es.analyze(series).to_dict()["series"]["points"]
    np.testing.assert_allclose([first["low"], first["high"]], printed, atol=6e-4)
    np.testing.assert_allclose([1.0 - last["high"], 1.0 - last["low"]], printed, atol=6e-4)


@pytest.mark.parametrize(("counts", "printed"), NEWCOMBE.items())
def test_the_library_we_rely_on_gives_the_printed_intervals(
    counts: tuple[int, int], printed: dict[str, tuple[float, float]]
) -> None:
    for method, interval in printed.items():
        np.testing.assert_allclose(proportion_confint(*counts, method=method), interval, atol=6e-5)
