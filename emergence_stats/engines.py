"""The engines that find evidence and posterior of every curve, by name. To add one: a function here and a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emergence_stats.evidence import quadrature
from emergence_stats.evidence.quadrature import CurveEvidence, Problem

Found = tuple[Mapping[str, CurveEvidence], tuple[str, ...]]


def _by_quadrature(problem: Problem, seed: int) -> Found:  # noqa: ARG001  # nothing is random there
    return quadrature.all_curves(problem), ()


def _by_sampling(problem: Problem, seed: int) -> Found:
    from emergence_stats.pymc_engine.engine import all_curves

    return all_curves(problem, seed=seed)


ENGINES: Mapping[str, Callable[[Problem, int], Found]] = {"quadrature": _by_quadrature, "pymc": _by_sampling}


def find_evidences(problem: Problem, seed: int) -> Found:
    """Evidence and nodes of every curve by the engine that the settings name, and its faults.

    Args:
        problem: the observations and settings.
        seed: of engines that draw random numbers.
    """
    return ENGINES[problem.settings.evidence.engine](problem, seed)
