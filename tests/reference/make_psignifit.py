"""Writes ``psignifit.json``: posteriors by psignifit for counts whose likelihood leaves the priors little to say.

Run where ``psignifit==4.3`` is installed (GPL; compared with, not part of this project)::

    python tests/reference/make_psignifit.py

Model there: k_i ~ BetaBinomial(n_i, f_i, eta), f(x) = gamma + (1 - gamma - lambda) / (1 + exp(-s (x - threshold))),
width = 2 ln(19) / s (from 5 % to 95 %); gamma free, default priors, x = log10 of the scale. Ours: the same curve, its
width 2 ln(9) / s (from 10 % to 90 %).
"""

from __future__ import annotations

import json
import math
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psignifit

N_ITEMS = 4000
CASES = {
    # name: (log10 scales, guess rate, lapse rate, threshold, 5-95 % width)
    "four-choice": (np.linspace(8.0, 11.0, 10), 0.25, 0.1, 9.6, 1.4),
    "exact match": (np.linspace(8.0, 12.0, 12), 0.02, 0.25, 10.3, 1.2),
    "sharp": (np.linspace(8.0, 11.0, 13), 0.1, 0.05, 9.4, 0.8),
}


def main() -> None:
    """Fit every case and write the file beside this script."""
    cases = {}
    for name, (x, guess, lapse, threshold, width) in CASES.items():
        slope = 2.0 * math.log(19.0) / width
        f = guess + (1.0 - guess - lapse) / (1.0 + np.exp(-slope * (x - threshold)))
        k = np.round(N_ITEMS * f)
        data = np.column_stack([x, k, np.full(x.size, float(N_ITEMS))])
        result = psignifit.psignifit(data, experiment_type="yes/no", sigmoid="logistic")
        interval = result.confidence_intervals
        cases[name] = {
            "log10_scale": x.tolist(),
            "n_correct": k.tolist(),
            "n_items": N_ITEMS,
            "chance_level": guess,
            "threshold": {
                "mean": float(result.get_parameter_estimate("mean")["threshold"]),
                "95": interval["threshold"]["0.95"],
            },
            "width_5_95": {
                "mean": float(result.get_parameter_estimate("mean")["width"]),
                "95": interval["width"]["0.95"],
            },
            "lambda_mean": float(result.get_parameter_estimate("mean")["lambda"]),
        }
    source = {
        "program": "psignifit",
        "version": version("psignifit"),
        "numpy": np.__version__,
        "script": Path(__file__).name,
    }
    text = json.dumps({"source": source, "cases": cases}, indent=1, default=lambda value: np.asarray(value).tolist())
    Path(__file__).with_name("psignifit.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
