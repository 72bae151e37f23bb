"""The peers, one row each."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Literal

from benchmarks.peers import (
    breakthrough,
    least_squares,
    left_out,
    monte_carlo,
    nested,
    ours,
    piecewise_linear,
    psychometric,
    segmented,
)
from benchmarks.peers.finding import Finding
from emergence_stats.series import Series

Landmark = Literal["midpoint", "onset"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One row.

    Attributes:
        name: for the command line.
        label: for tables.
        fit: from a series to a finding; importable by name, because it runs in a process of its own.
        package: what must be installed beyond the project, if anything.
        landmark: which point of the true rise its threshold means; None if it gives no threshold.
        costly: seconds per series, so that it sees fewer of them.
        quick: no package and no compilation, so that it takes part in a quick run.
    """

    name: str
    label: str
    fit: Callable[[Series], Finding]
    package: str | None = None
    landmark: Landmark | None = "midpoint"
    costly: bool = False
    quick: bool = False

    def installed(self) -> bool:
        """Whether its package can be found."""
        return self.package is None or importlib.util.find_spec(self.package) is not None


PEERS: tuple[Peer, ...] = (
    Peer(name="ours", label="emergence_stats", fit=ours.analysis),
    Peer(name="least_squares", label="least squares + BIC", fit=least_squares.least_squares, quick=True),
    Peer(name="breakthroughness", label="breakthroughness", fit=breakthrough.raw, landmark=None, quick=True),
    Peer(
        name="breakthroughness_band",
        label="breakthroughness, null band",
        fit=breakthrough.banded,
        landmark=None,
        quick=True,
    ),
    Peer(name="loo", label="argmax of leave-one-out", fit=left_out.argmax),
    Peer(
        name="davies",
        label="piecewise-regression, Davies",
        fit=segmented.davies,
        package="piecewise_regression",
        landmark="onset",
    ),
    Peer(
        name="segmented_bic",
        label="piecewise-regression, BIC",
        fit=segmented.bic,
        package="piecewise_regression",
        landmark="onset",
    ),
    Peer(name="pwlf", label="pwlf, BIC", fit=piecewise_linear.piecewise, package="pwlf"),
    Peer(name="psignifit", label="psignifit", fit=psychometric.posterior, package="psignifit"),
    Peer(name="smc", label="PyMC SMC, Bayes factor", fit=monte_carlo.smc, costly=True),
    Peer(name="dynesty", label="dynesty, Bayes factor", fit=nested.nested, package="dynesty", costly=True),
)
