"""Our logistic against psignifit's posteriors (`make_psignifit.py`, `psignifit.json`)."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emergence_stats.evidence.quadrature import curve_evidence, make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.series import Series
from emergence_stats.settings import PriorSettings, Settings

PSIGNIFIT: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("psignifit.json").read_text(encoding="utf-8")
)["cases"]
BINOMIAL = dataclasses.replace(Settings(), prior=PriorSettings(overdispersion_zero_mass=1.0, failed_run_rate=0.0))


@pytest.mark.parametrize("name", PSIGNIFIT)
def test_the_logistic_posterior_is_psignifit_s_where_the_data_outweigh_both_priors(name: str) -> None:
    """Threshold and width within a third of psignifit's 95 % interval."""
    case = PSIGNIFIT[name]
    x = np.array(case["log10_scale"])
    series = Series(
        scale=10.0**x,
        n_correct=case["n_correct"],
        n_items=[case["n_items"]] * x.size,
        chance_level=case["chance_level"],
    )
    found = curve_evidence("sharp_logistic", make_problem(observe(series, BINOMIAL.prior), BINOMIAL, "params"))
    weight = np.exp(found.log_weight - found.log_evidence)
    span = float(x[-1] - x[0])
    threshold = x[0] + span * float(np.sum(weight * found.threshold))
    width = span * float(np.sum(weight * found.width)) * math.log(19.0) / math.log(9.0)
    for ours, theirs in ((threshold, case["threshold"]), (width, case["width_5_95"])):
        low, high = theirs["95"]
        assert ours == pytest.approx(theirs["mean"], abs=(high - low) / 3.0)
