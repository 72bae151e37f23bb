"""`Items`: models by items, their scales and clusters, and the series that they make."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emergence_stats import series_rules as rules
from emergence_stats.errors import SeriesError
from emergence_stats.items.standard_errors import standard_errors
from emergence_stats.outcomes import Outcomes
from emergence_stats.series import FloatArray, Series

FEW_CLUSTERS = 30  # below, clustered standard errors come out too small (arXiv 2411.00640)
NAMED_MODELS = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """Outcomes of several models on the same test items, by one metric; immutable.

    Rules: an item that some model has no outcome for (NaN) is left out for all models, with a warning, so that all are
    compared on one test set. An item that stands in a cluster by itself is an item like any other. Outcomes outside the
    metric's bounds are an error.

    Attributes:
        score: outcomes, shape (n_models, n_items), 0/1 or continuous, in the metric's unit; no NaN is left.
        scale: positive scale of each model, shape (n_models,).
        item: label of each item, shape (n_items,); by default its position.
        cluster: label of each item's cluster, shape (n_items,), or None where items stand alone.
        model: label of each model, or None.
        seed: run label of each model, or None.
        response: answers as texts, shape (n_models, n_items), or None; `regrade` reads them.
        target: reference answers as texts, shape (n_items,), or None.
        chance_level, answer_tokens, scale_kind, name, metric, higher_is_better, score_bounds, identity, warnings: as in
            `Series`.

    Raises:
        SeriesError: shapes disagree, labels of items repeat, no item is left, or a value is out of its range.
    """

    score: FloatArray
    scale: FloatArray
    item: npt.NDArray[np.str_] | None = None
    cluster: npt.NDArray[np.str_] | None = None
    model: tuple[str, ...] | None = None
    seed: tuple[str, ...] | None = None
    response: npt.NDArray[np.object_] | None = None
    target: npt.NDArray[np.object_] | None = None
    chance_level: float | None = None
    answer_tokens: float | None = None
    scale_kind: str = "params"
    name: str = "items"
    metric: str = ""
    higher_is_better: bool = True
    score_bounds: tuple[float, float] | None = (0.0, 1.0)
    identity: Mapping[str, str] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    if TYPE_CHECKING:
        # What the generated constructor takes; the attributes are narrower.
        def __init__(
            self,
            *,
            score: npt.ArrayLike,
            scale: npt.ArrayLike,
            item: npt.ArrayLike | None = None,
            cluster: npt.ArrayLike | None = None,
            model: Iterable[object] | None = None,
            seed: Iterable[object] | None = None,
            response: npt.ArrayLike | None = None,
            target: npt.ArrayLike | None = None,
            chance_level: float | None = None,
            answer_tokens: float | None = None,
            scale_kind: str = "params",
            name: str = "items",
            metric: str = "",
            higher_is_better: bool = True,
            score_bounds: tuple[float, float] | None = (0.0, 1.0),
            identity: Mapping[str, str] = ...,
            warnings: Iterable[str] = (),
        ) -> None:
            """See the class."""

    def __post_init__(self) -> None:
        """Validate, leave out incomplete items, freeze the arrays."""
        score = _numbers(self.score)
        n_models, n_items = score.shape
        scale = rules.column("scale", self.scale)
        if scale is None or scale.size != n_models:
            got = "none" if scale is None else f"{scale.size}"
            msg = f"scale: expected {n_models} values, one per row of score, got {got}"
            raise SeriesError(msg)
        item = np.arange(n_items).astype(np.str_) if self.item is None else _labels("item", self.item, n_items)
        distinct, first, times = np.unique(item, return_index=True, return_counts=True)
        if distinct.size < n_items:
            again = distinct[times > 1][np.argmin(first[times > 1])]
            msg = f"item: expected every item once, got {str(again)!r:.60} {int(times.max())} times (or more items so)"
            raise SeriesError(msg)
        columns: dict[str, npt.NDArray[np.object_] | npt.NDArray[np.str_] | None] = {
            "item": item,
            "cluster": None if self.cluster is None else _own_clusters(_labels("cluster", self.cluster, n_items), item),
            "target": None if self.target is None else _texts("target", self.target, (n_items,)),
        }
        response = None if self.response is None else _texts("response", self.response, (n_models, n_items))
        labels = {name: rules.labels(name, getattr(self, name), n_models) for name in ("model", "seed")}
        kept, warnings = _complete(score, labels["model"])
        warnings = (*rules.sentences("warnings", self.warnings), *warnings)
        if not kept.all():
            score = score[:, kept]
            response = None if response is None else response[:, kept]
            columns = {name: None if values is None else values[kept] for name, values in columns.items()}
        _within(score, self.score_bounds)
        identity = rules.texts_by_name("identity", self.identity)
        arrays = {"score": score, "scale": scale, "response": response, **columns}
        for name, values in arrays.items():
            if values is not None:
                values.setflags(write=False)
            object.__setattr__(self, name, values)
        for name, texts in labels.items():
            object.__setattr__(self, name, texts)
        object.__setattr__(self, "identity", types.MappingProxyType(identity))
        object.__setattr__(self, "warnings", warnings)

    @property
    def n_models(self) -> int:
        """Number of models (measurements)."""
        return int(self.score.shape[0])

    @property
    def n_items(self) -> int:
        """Number of items that every model has an outcome for."""
        return int(self.score.shape[1])

    @property
    def n_clusters(self) -> int | None:
        """Number of clusters; None where items stand alone."""
        return None if self.cluster is None else int(np.unique(self.cluster).size)

    def series(self) -> Series:
        """The scores by scale, with the outcomes attached: what `analyze` takes.

        Outcomes of 0 and 1 without clusters are counts. Others are means with standard errors (`standard_errors`), and
        the likelihood sees the number of independent items that would give the same error.
        """
        outcomes = self.outcomes()
        plain: dict[str, object] = {}
        warnings = self.warnings
        if outcomes.binary and outcomes.cluster is None:
            plain["n_correct"] = outcomes.score.sum(axis=1, dtype=np.float64)
        else:
            plain["score"] = self.score.mean(axis=1)
            plain["stderr"] = self.standard_errors()
        if outcomes.cluster is not None and outcomes.n_units < FEW_CLUSTERS:
            warnings = (*warnings, f"only {outcomes.n_units} clusters of items: their standard errors are rough")
        return Series(
            scale=self.scale,
            n_items=np.full(self.n_models, float(self.n_items)),
            chance_level=self.chance_level,
            answer_tokens=self.answer_tokens,
            scale_kind=self.scale_kind,
            name=self.name,
            metric=self.metric,
            higher_is_better=self.higher_is_better,
            score_bounds=self.score_bounds,
            model=self.model,
            seed=self.seed,
            outcomes=outcomes,
            identity=self.identity,
            warnings=warnings,
            **plain,  # type: ignore[arg-type]  # one of two forms
        )

    def outcomes(self) -> Outcomes:
        """Scores and clusters alone."""
        codes = None if self.cluster is None else np.unique(self.cluster, return_inverse=True)[1]
        return Outcomes(score=self.score, cluster=codes, item=self.item)

    def standard_errors(self) -> FloatArray:
        """Standard error of each model's mean score, clustered where there are clusters, shape (n_models,)."""
        return standard_errors(self.score, self.outcomes().cluster)

    def correlation(self) -> FloatArray:
        """Correlation of the outcomes of every two models over the items, shape (n_models, n_models).

        NaN for a model with the same outcome on every item. Two models whose outcomes correlate share the luck of the
        test set: the error of their difference is smaller than of two that do not (arXiv 2411.00640, section 4.2).
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.corrcoef(self.score))

    def subset(self, keep: npt.ArrayLike) -> Items:
        """Some of the items.

        Args:
            keep: which ones: a boolean mask, shape (n_items,), or their labels.

        Raises:
            SeriesError: a label is unknown, the mask has another length, or nothing is left.
        """
        assert self.item is not None
        wanted = np.asarray(keep)
        if wanted.dtype == np.bool_:
            if wanted.shape != (self.n_items,):
                msg = f"keep: expected {self.n_items} truth values, one per item, got shape {wanted.shape}"
                raise SeriesError(msg)
            mask = wanted
        else:
            names = np.atleast_1d(wanted).astype(np.str_)
            unknown = names[~np.isin(names, self.item)]
            if unknown.size:
                msg = f"keep: expected labels of items, got {str(unknown[0])!r:.60} ({unknown.size} unknown)"
                raise SeriesError(msg)
            mask = np.isin(self.item, names)
        if not mask.any():
            msg = "keep: expected at least one item, got none"
            raise SeriesError(msg)
        return dataclasses.replace(
            self,
            score=self.score[:, mask],
            item=self.item[mask],
            cluster=None if self.cluster is None else self.cluster[mask],
            response=None if self.response is None else self.response[:, mask],
            target=None if self.target is None else self.target[mask],
        )

    def stratify(self, stratum: npt.ArrayLike) -> dict[str, Items]:
        """The items of each stratum (a subject, a difficulty, a length), each as items of its own.

        Args:
            stratum: label of each item's stratum, shape (n_items,).
        """
        labels = _labels("stratum", stratum, self.n_items)
        return {
            str(label): dataclasses.replace(self.subset(labels == label), name=f"{self.name} \N{MIDDLE DOT} {label}")
            for label in np.unique(labels)
        }

    def __repr__(self) -> str:
        """Name and size."""
        clusters = "" if self.cluster is None else f", {self.n_clusters} clusters"
        return f"Items({self.name!r}, {self.n_models} models, {self.n_items} items{clusters})"


def _numbers(values: object) -> FloatArray:
    """Models by items as a fresh float64 table."""
    try:
        score = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"score: expected a table of numbers, models by items, got {values!r:.60}"
        raise SeriesError(msg) from error
    if score.ndim != 2 or score.size == 0:
        msg = f"score: expected a table of models by items, got shape {score.shape}"
        raise SeriesError(msg)
    if np.isinf(score).any():
        row, column = np.argwhere(np.isinf(score))[0]
        got = f"{score[row, column]:g}"
        msg = f"score[{row}, {column}]: expected a finite number, or NaN where there is no outcome, got {got}"
        raise SeriesError(msg)
    return score


def _labels(name: str, values: object, size: int) -> npt.NDArray[np.str_]:
    """One label per item."""
    found = np.asarray(values)
    if found.shape != (size,):
        msg = f"{name}: expected {size} labels, one per item, got shape {found.shape}"
        raise SeriesError(msg)
    return found.astype(np.str_)


def _own_clusters(cluster: npt.NDArray[np.str_], item: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Clusters, an item without one being a cluster by itself."""
    blank = np.isin(cluster, ("", "nan", "None", "<NA>"))
    return np.where(blank, np.char.add("item ", item), cluster) if blank.any() else cluster


def _texts(name: str, values: object, shape: tuple[int, ...]) -> npt.NDArray[np.object_]:
    """Texts of a shape; missing ones are empty."""
    found = np.array(values, dtype=object)
    if found.shape != shape:
        msg = f"{name}: expected shape {shape}, got {found.shape}"
        raise SeriesError(msg)
    flat = found.ravel()
    for i, value in enumerate(flat):
        if not isinstance(value, str):
            flat[i] = "" if value is None or value != value else str(value)
    return flat.reshape(shape)


def _complete(score: FloatArray, model: tuple[str, ...] | None) -> tuple[npt.NDArray[np.bool_], tuple[str, ...]]:
    """Which items every model has an outcome for, and what to say of the others.

    Raises:
        SeriesError: no item is left.
    """
    missing = np.isnan(score)
    kept = ~missing.any(axis=0)
    if kept.all():
        return kept, ()
    worst = np.argsort(-missing.sum(axis=1), kind="stable")[:NAMED_MODELS]
    named = [
        f"{f'row {i}' if model is None else model[i]} lacks {int(missing[i].sum())}" for i in worst if missing[i].any()
    ]
    text = f"{', '.join(named)} of {score.shape[1]}"
    if not kept.any():
        msg = f"score: expected an item that every model has an outcome for, got none ({text})"
        raise SeriesError(msg)
    left_out = int((~kept).sum())
    items = "item is" if left_out == 1 else "items are"
    return kept, (f"{left_out} {items} left out, for which some model has no outcome ({text})",)


def _within(score: FloatArray, bounds: tuple[float, float] | None) -> None:
    """Raise for the first outcome outside the metric's bounds."""
    if bounds is None:
        return
    outside = (score < bounds[0]) | (score > bounds[1])
    if outside.any():
        row, column = np.argwhere(outside)[0]
        msg = (
            f"score[{row}, {column}]: expected a number from {bounds[0]:g} to {bounds[1]:g}, got {score[row, column]:g}"
        )
        raise SeriesError(msg)
