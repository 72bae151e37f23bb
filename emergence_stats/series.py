"""The (scale, score) series: the one thing that every other part of the package works on.

A `Series` is validated and brought into canonical order once, here; nothing downstream checks again.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from emergence_stats import series_rules as rules
from emergence_stats.errors import SeriesError
from emergence_stats.outcomes import Outcomes

FloatArray = npt.NDArray[np.float64]
ScoreAxis = Literal["linear", "log"]
ScoreForm = Literal["counts", "effective_counts", "gaussian", "scores"]

SCALE_UNITS: Mapping[str, str] = types.MappingProxyType(
    {
        "params": "parameters",
        "train_flops": "training FLOP",
        "tokens": "training tokens",
        "loss": "nats per token (reversed)",
        "scale": "scale units",
    }
)
AXIS_NAMES: Mapping[str, str] = types.MappingProxyType({**SCALE_UNITS, "loss": "loss", "scale": "scale"})
ROUNDING_DIGITS = 12  # significant digits kept before a printed score is judged for its decimals


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """One ability of one family of models, measured at several scales.

    Give one of: ``n_correct`` and ``n_items``; ``score`` and ``n_items``; ``score`` and ``stderr``; or
    ``score`` alone. Points are kept in ascending order of scale; several points at one scale stay several.

    Attributes:
        scale: positive scales, shape (n_points,), not logged.
        n_correct: successes out of ``n_items``, shape (n_points,), or None.
        n_items: test items (or attempts) behind each point, shape (n_points,), or one number for all, or None.
        score: score in the metric's own unit, shape (n_points,); derived from the counts if those are given.
        stderr: standard error of the score, shape (n_points,), or None.
        chance_level: score of random answers, in the score's unit. Not given: the worst possible score, with a
            warning, where the metric is bounded; None (not defined) where it is not.
        scale_kind: ``params``, ``train_flops``, ``tokens``, ``loss`` or ``scale`` (any other quantity).
        name: label for reports.
        metric: name of the metric, if known.
        higher_is_better: False for metrics that fall as models improve; scores are then reflected inside.
        score_bounds: lowest and highest possible score; (0, 1) for proportions. None: taken from the data.
        answer_tokens: tokens of an answer (or digits, steps, items) that must all be right for it to count, on average;
            None where that is not known. It bears on the explanation by p^L, and on nothing else.
        score_axis: ``log`` where curves are fitted to the log of the score, for metrics without bounds that are
            positive, such as perplexity; ``linear`` otherwise.
        model: label of each point, or None.
        seed: run label of each point, or None.
        outcomes: the answers behind the scores, item by item (`Items.series` makes such a series), or None.
        identity: the columns that identify the series in a table, and their values.
        warnings: what a reader of the result must know about the input.

    Raises:
        SeriesError: shapes disagree, a value is not finite or out of its range, or a form is incomplete.
    """

    scale: FloatArray
    n_correct: FloatArray | None = None
    n_items: FloatArray | None = None
    score: FloatArray | None = None
    stderr: FloatArray | None = None
    chance_level: float | None = None
    scale_kind: str = "params"
    name: str = "series"
    metric: str = ""
    higher_is_better: bool = True
    score_bounds: tuple[float, float] | None = (0.0, 1.0)
    answer_tokens: float | None = None
    score_axis: ScoreAxis = "linear"
    model: tuple[str, ...] | None = None
    seed: tuple[str, ...] | None = None
    outcomes: Outcomes | None = None
    identity: Mapping[str, str] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    if TYPE_CHECKING:
        # What the generated constructor takes; the attributes are narrower.
        def __init__(
            self,
            *,
            scale: npt.ArrayLike,
            n_correct: npt.ArrayLike | None = None,
            n_items: npt.ArrayLike | None = None,
            score: npt.ArrayLike | None = None,
            stderr: npt.ArrayLike | None = None,
            chance_level: float | None = None,
            scale_kind: str = "params",
            name: str = "series",
            metric: str = "",
            higher_is_better: bool = True,
            score_bounds: tuple[float, float] | None = (0.0, 1.0),
            answer_tokens: float | None = None,
            score_axis: ScoreAxis = "linear",
            model: Iterable[object] | None = None,
            seed: Iterable[object] | None = None,
            outcomes: Outcomes | None = None,
            identity: Mapping[str, str] = ...,
            warnings: Iterable[str] = (),
        ) -> None:
            """See the class."""

    def __post_init__(self) -> None:
        """Validate, derive the score from counts, sort by scale, and freeze the arrays."""
        if self.n_items is not None and np.ndim(self.n_items) == 0:
            object.__setattr__(self, "n_items", np.full(np.size(self.scale), self.n_items))
        columns: dict[str, FloatArray | None] = {
            name: rules.column(name, getattr(self, name))
            for name in ("scale", "n_correct", "n_items", "score", "stderr")
        }
        scale = columns["scale"]
        if scale is None or scale.size == 0:
            msg = "scale: expected at least one value, got none"
            raise SeriesError(msg)
        for name, values in columns.items():
            if values is not None and values.size != scale.size:
                msg = f"{name}: expected {scale.size} values, one per scale, got {values.size}"
                raise SeriesError(msg)
        rules.one_of("scale_kind", self.scale_kind, SCALE_UNITS)
        higher_is_better = rules.truth("higher_is_better", self.higher_is_better)
        rules.check_scale(scale)
        rules.check_scores(columns)
        k, n = columns["n_correct"], columns["n_items"]
        if k is not None and n is not None:
            columns["score"] = k / n  # counts win over a score beside them
        score = columns["score"]
        assert score is not None
        bounds = rules.checked_bounds(self.score_bounds, score)
        chance, warnings = self.chance_level, rules.sentences("warnings", self.warnings)
        if chance is None and bounds is not None:
            chance = bounds[0] if higher_is_better else bounds[1]
            warnings += (f"chance level not given: {chance:g} assumed",)
        if chance is not None:
            chance = rules.number("chance_level", chance)
            low, high = bounds if bounds is not None else (-np.inf, np.inf)
            inside = low <= chance < high if higher_is_better else low < chance <= high
            if not (np.isfinite(chance) and inside):
                interval = f"[{low:g}, {high:g})" if higher_is_better else f"({low:g}, {high:g}]"
                msg = f"chance_level: expected a number in {interval}, got {chance:g}"
                raise SeriesError(msg)
        length = None if self.answer_tokens is None else rules.number("answer_tokens", self.answer_tokens)
        if length is not None and not (np.isfinite(length) and length > 0.0):
            msg = f"answer_tokens: expected a number above 0, got {length:g}"
            raise SeriesError(msg)
        rules.one_of("score_axis", self.score_axis, ("linear", "log"))
        if self.score_axis == "log":
            rules.check_log_axis(score, bounds, chance)
        labels = {name: rules.labels(name, getattr(self, name), scale.size) for name in ("model", "seed")}
        rules.check_outcomes(self.outcomes, score)
        # Canonical order: equal input in any row order gives the same bits out.
        keys = [column for column in columns.values() if column is not None]
        label_keys = [np.asarray(column) for column in labels.values() if column is not None]
        order = np.lexsort([*label_keys, *keys[1:], -scale if self.scale_kind == "loss" else scale])
        for name, values in columns.items():
            if values is not None:
                ordered = values[order]
                ordered.setflags(write=False)
                object.__setattr__(self, name, ordered)
        for name, texts in labels.items():
            object.__setattr__(self, name, None if texts is None else tuple(texts[i] for i in order))
        if self.outcomes is not None:
            object.__setattr__(self, "outcomes", self.outcomes.points(order))
        object.__setattr__(self, "chance_level", chance)
        object.__setattr__(self, "answer_tokens", length)
        object.__setattr__(self, "score_bounds", bounds)
        object.__setattr__(self, "higher_is_better", higher_is_better)
        object.__setattr__(self, "name", str(self.name))
        object.__setattr__(self, "metric", str(self.metric))
        identity = rules.texts_by_name("identity", self.identity)
        object.__setattr__(self, "identity", types.MappingProxyType(identity))
        object.__setattr__(self, "warnings", warnings)

    def __getstate__(self) -> dict[str, object]:
        """Plain values, so that a series can be sent to a worker process."""
        state = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        state["identity"] = dict(self.identity)
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        """Restore what `__getstate__` gave; the values were validated when the series was made."""
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            wrapped = types.MappingProxyType(value) if isinstance(value, dict) else value
            object.__setattr__(self, name, wrapped)

    @property
    def n_points(self) -> int:
        """Number of measurements, repeats at one scale included."""
        return int(self.scale.size)

    @property
    def n_scales(self) -> int:
        """Number of distinct scales."""
        return int(np.count_nonzero(np.diff(self.scale))) + 1  # they are in order

    @property
    def log10_scale(self) -> FloatArray:
        """log10 of the scale, ascending; the sign is reversed for a loss, so that larger is always better."""
        return -np.log10(self.scale) if self.scale_kind == "loss" else np.log10(self.scale)

    @property
    def scale_unit(self) -> str:
        """Unit of the scale, for axes and sentences."""
        return SCALE_UNITS[self.scale_kind]

    def replace(self, **changes: object) -> Series:
        """A copy with some fields changed, validated again."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def subset(self, keep: npt.ArrayLike) -> Series:
        """The points that a boolean mask, shape (n_points,), keeps."""
        mask = np.asarray(keep, dtype=bool)
        rows = np.flatnonzero(mask)
        changes: dict[str, object] = {}
        for name in ("scale", "n_correct", "n_items", "score", "stderr"):
            values = getattr(self, name)
            changes[name] = None if values is None else values[rows]
        for name in ("model", "seed"):
            texts = getattr(self, name)
            changes[name] = None if texts is None else tuple(texts[i] for i in rows)
        if self.outcomes is not None:
            changes["outcomes"] = self.outcomes.points(rows)
        return self.replace(**changes)
