"""The methods of a backtest, by name."""

from __future__ import annotations

from collections.abc import Mapping

OURS = "forecast"
SMOOTH_LAW = "smooth_law"
METHODS: Mapping[str, str] = {
    OURS: "forecast (averaged over all curves)",
    SMOOTH_LAW: "a smooth law alone",
    "log_linear": "log-linear least squares",
    "logistic": "logistic least squares",
    "last_value": "last value",
}
