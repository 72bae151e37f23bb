"""The curves as a scikit-learn regressor: for pipelines, cross-validation, and beside other regressors.

It fits the same curves with the same priors and evidences as `analyze`, and predicts. It gives no verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from emergence_stats.comparison import compare
from emergence_stats.curve_selection import curves_named
from emergence_stats.engines import find_evidences
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.evidence.quadrature import make_problem
from emergence_stats.models.likelihood import observe
from emergence_stats.posterior import (
    CURVE_NAMES,
    HAS_THRESHOLD,
    Posterior,
    join,
    log_curve_priors,
    systematic_rows,
)
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import ScaleMap, curve_values, locate

if TYPE_CHECKING:
    from sklearn.utils import Tags

N_DRAWS = 2000
LARGEST_LOG10_SCALE = 300.0


class CurveRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    r"""Score as a function of log10 scale, averaged over curves by their evidence.

    $\hat y(x) = \sum_c P(c \mid \text{data})\, E[f_c(x) \mid \text{data}, c]$: the posterior mean, which minimises the
    expected squared error. Follows scikit-learn's conventions (`check_estimator` passes), so that `cross_val_score`,
    `GridSearchCV` and `Pipeline` take it. Beyond the scales that were fitted it extends the curves, in range of the
    score.

    Args:
        curve: name of a curve ("sharp_logistic") or of an explanation ("smooth"); all curves if None.
        scale_column: the column of X that holds log10 of the scale, by position or, for data frames, by name; other
            columns are not looked at.
        chance_level: score of random answers; the worst possible score if None and the score has bounds.
        higher_is_better: False for scores that fall as models improve.
        score_bounds: lowest and highest possible score; "auto": (0, 1) if all scores lie there, else none; None: no
            bounds.
        settings: priors and effort; the defaults if None.
        seed: of the engine "pymc"; the default engine has no randomness.

    Attributes:
        probabilities_: posterior probability of each explanation among all curves, also where `curve` names some.
        log_evidence_: natural-log evidence of the curves in use, averaged by their prior masses.
        threshold_: scale at the midpoint of the rise (median and intervals), not logged.
        width_decades_: 10-90 % width of the rise in decades.
        series_: the `Series` that was fitted.
        posterior_: weighted draws.
        n_features_in_: number of columns of X.
    """

    def __init__(
        self,
        *,
        curve: str | None = None,
        scale_column: int | str = 0,
        chance_level: float | None = None,
        higher_is_better: bool = True,
        score_bounds: tuple[float, float] | str | None = "auto",
        settings: Settings | None = None,
        seed: int = 0,
    ) -> None:
        """Keep the options; `fit` looks at them."""
        self.curve = curve
        self.scale_column = scale_column
        self.chance_level = chance_level
        self.higher_is_better = higher_is_better
        self.score_bounds = score_bounds
        self.settings = settings
        self.seed = seed

    def fit(
        self, X: object, y: object, *, n_items: npt.ArrayLike | None = None, stderr: npt.ArrayLike | None = None
    ) -> CurveRegressor:
        """Weigh the curves on scores.

        Args:
            X: log10 of the scale, shape (n_samples, n_features); see `scale_column`.
            y: scores, shape (n_samples,).
            n_items: test items behind each score, shape (n_samples,): binomial noise.
            stderr: standard error of each score, shape (n_samples,). Without either, the noise is estimated.

        Returns:
            The regressor itself.

        Raises:
            ValueError: as scikit-learn raises for malformed input; as `Series` does for impossible scores.
            InputError: there is no curve of that name or no such column.
        """
        checked, scores = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2, y_numeric=True)
        wanted = curves_named(self.curve)
        scores = np.asarray(column_or_1d(scores), dtype=np.float64)
        settings = Settings() if self.settings is None else self.settings
        self.series_ = Series(
            scale=10.0 ** self._log10_scale(checked),
            score=scores,
            n_items=n_items,
            stderr=stderr,
            chance_level=self.chance_level,
            scale_kind="scale",
            higher_is_better=self.higher_is_better,
            score_bounds=self._bounds(scores),
        )
        if self.series_.n_scales < 2:
            msg = f"scale_column: expected at least two different scales, got {self.series_.n_scales}"
            raise SeriesError(msg)
        problem = make_problem(observe(self.series_, settings.prior), settings, self.series_.scale_kind)
        evidences, _ = find_evidences(problem, self.seed)
        self.probabilities_ = dict(compare(evidences, settings.prior.explanation_masses).probabilities)
        self.posterior_: Posterior = join(evidences, problem, names=[CURVE_NAMES[index] for index in wanted])
        self._scale_map = ScaleMap(
            log10_first=float(self.series_.log10_scale[0]), range_decades=problem.observations.range_decades
        )
        masses = log_curve_priors(settings.prior.explanation_masses)[wanted]
        self.log_evidence_ = float(np.logaddexp.reduce(self.posterior_.log_weight) - np.logaddexp.reduce(masses))
        rise = locate(self.posterior_, self.posterior_.weight, self._p_rise(), self._scale_map)
        self.threshold_, self.width_decades_ = rise.threshold, rise.width_decades
        return self

    def predict(self, X: object) -> FloatArray:
        """Posterior mean of the curve.

        Args:
            X: log10 of the scale, as in `fit`.

        Returns:
            Shape (n_samples,), in the score's own unit.
        """
        return np.asarray(self._curves(X).mean(axis=0))

    def predict_quantiles(self, X: object, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> FloatArray:
        """Posterior quantiles of the curve (not of new scores, which have their own noise).

        Args:
            X: log10 of the scale, as in `fit`.
            levels: probabilities from 0 to 1.

        Returns:
            Shape (n_samples, n_levels).
        """
        return np.asarray(np.quantile(self._curves(X), list(levels), axis=0).T)

    def _curves(self, X: object) -> FloatArray:
        """Curves of equally weighted draws, shape (n_draws, n_samples), in the score's own unit."""
        check_is_fitted(self)
        checked = validate_data(self, X, dtype=np.float64, reset=False)
        posterior, place = self.posterior_, self._scale_map
        position = (self._log10_scale(checked) - place.log10_first) / place.range_decades
        values = curve_values(posterior, systematic_rows(posterior.weight, N_DRAWS), position)
        if self.series_.score_bounds is not None:
            values = np.clip(values, 0.0, 1.0)
        return np.asarray(posterior.problem.observations.to_score(values))

    def _log10_scale(self, checked: FloatArray) -> FloatArray:
        """The column of the scale."""
        column = self.scale_column
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        if isinstance(column, str):
            if column not in names:
                told = f"one of the columns {', '.join(names)}" if names else "a position, as X has no column names"
                msg = f"scale_column: expected {told}, got {column!r}"
                raise InputError(msg)
            column = names.index(column)
        if not -checked.shape[1] <= column < checked.shape[1]:
            msg = f"scale_column: expected a position below {checked.shape[1]}, got {column}"
            raise InputError(msg)
        log10_scale = checked[:, column]
        if np.any(np.abs(log10_scale) > LARGEST_LOG10_SCALE):
            worst = log10_scale[np.argmax(np.abs(log10_scale))]
            msg = f"X: expected log10 of the scale, from -300 to 300, got {worst:g}"
            raise InputError(msg)
        return np.asarray(log10_scale)

    def _bounds(self, scores: FloatArray) -> tuple[float, float] | None:
        """The bounds of the score."""
        if isinstance(self.score_bounds, str):
            if self.score_bounds != "auto":
                msg = f"score_bounds: expected two numbers, None or 'auto', got {self.score_bounds!r}"
                raise InputError(msg)
            return (0.0, 1.0) if np.all((scores >= 0) & (scores <= 1)) else None
        return self.score_bounds

    def _p_rise(self) -> float:
        """Posterior probability, among the curves in use, of a rise whose midpoint lies in range."""
        posterior = self.posterior_
        inside = (posterior.threshold >= 0.0) & (posterior.threshold <= 1.0) & HAS_THRESHOLD[posterior.curve]
        return float(np.sum(posterior.weight * inside))

    def __sklearn_tags__(self) -> Tags:
        """One column explains the score, so scikit-learn's ten-column test problem is not for it."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags
