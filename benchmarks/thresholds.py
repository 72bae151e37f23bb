"""Published thresholds of emergence beside ours, for every ability that the data at hand cover.

Published are Table 1 and Appendix E of Wei et al. 2022 (arXiv 2206.07682): the size of the smallest model that was read
off by eye as above chance (augmented prompting: as better than without). No figure is typed here: Table 1 is the
bundled data set `wei2022_thresholds`, the models of Appendix E are those of the public table of labels.

Ours, of an ability: `analyze` of the same task, all models of the source in one series: the threshold is the middle of
the rise, the onset where a tenth of it is done. What was first read off as above chance may be either, so that it is
held against the range from the low end of the onset to the high end of the threshold. Ours, of a way of prompting:
`compare` with standard prompting on the very models that the paper looked at; the interval is that of the scale where
it begins to help. A published scale *agrees* if it lies in that interval, widened to the neighbouring model sizes:
between two sizes nothing can be read off. A wide interval agrees easily, and a scale can agree where the label does
not: what was called emergent by eye may be smooth or undetermined by our rules. Where ours has no threshold, and the
published scale lies beyond our largest model, the two do not meet.

The two tables of open models also guided choices of the method, and their models were trained later, on more tokens
and other data than those of the paper: an earlier threshold there is information about training, not a contradiction.
Left out, because the data have another task under a like name: modified arithmetic (Appendix E; the open models were
scored on plain 2-digit addition and multiplication, which Table 1 does not list). Of the tasks labelled emergent in
Appendix E, three are in the data.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.machine import ROOT
from emergence_stats.analysis import analyze
from emergence_stats.datasets import load_dataset
from emergence_stats.forecasting.table import series_of
from emergence_stats.pairs.comparison import compare
from emergence_stats.series import FloatArray, Series
from emergence_stats.threshold import Quantity

DATA = ROOT.parent / "shared" / "data"
Estimate = tuple[float, float, float]  # median, lower and upper end of the 90 % interval
WORD_PROBLEMS = ("GSM8K", "SVAMP", "ASDiv", "AQuA", "MAWPS")  # the word problems of Table 2 of arXiv 2201.11903


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What we say of one ability.

    Attributes:
        verdict: of the series or of the pair.
        reason: of the verdict, one sentence.
        threshold: median and 90 % interval of the threshold, or of the scale where a strategy begins to help; None if
            there is none.
        onset: the same of the onset; None for a strategy, or if there is none.
        scale: measured scales, ascending.
    """

    verdict: str
    reason: str
    threshold: Estimate | None
    onset: Estimate | None
    scale: FloatArray

    @property
    def low(self) -> float | None:
        """Lower end of what a published scale is held against."""
        first = self.onset or self.threshold
        return None if first is None else first[1]

    @property
    def high(self) -> float | None:
        """Upper end of it."""
        return None if self.threshold is None else self.threshold[2]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One published ability and the data to hold against it.

    Attributes:
        published: its name in Table 1 (`wei2022_thresholds`) or in the labels of Appendix E.
        column: scale that both have: params or train_flops.
        data: what our data are, in words.
        ours: measures it on that scale.
    """

    published: str
    column: str
    data: str
    ours: Callable[[str], Ours]


def run() -> tuple[pd.DataFrame, list[str]]:
    """The table, and the abilities of Table 1 that nothing here covers."""
    published = _published()
    entries = published.to_dict(orient="index")
    rows = [_row(match, entries[match.published], match.ours(match.column)) for match in MATCHES]
    covered = {match.published for match in MATCHES}
    return pd.DataFrame(rows), [str(name) for name in published.index[published["table"] == "1"] if name not in covered]


def agreement(published: float, ours: Ours) -> str:
    """Whether a published scale agrees with ours, and why not."""
    largest = float(ours.scale[-1])
    if ours.low is None or ours.high is None:
        if published > largest:
            return f"do not meet: published beyond our largest, {largest:.2g}"
        return f"{'undecided' if ours.verdict == 'undetermined' else 'no'}: no threshold of ours in range"
    low, high = _widened(ours.scale, ours.low, ours.high)
    if low <= published <= high:
        return "yes" if ours.verdict.startswith("emergent") else f"the scale, yes; but {ours.verdict}"
    return "no: ours is earlier" if published > high else "no: ours is later"


def _published() -> pd.DataFrame:
    """Published scales by name: Table 1, then Appendix E; NaN where none was given."""
    first = load_dataset("wei2022_thresholds").rename(columns={"ability": "name"}).assign(table="1")
    labels = pd.read_csv(DATA / "wei2022_bigbench_labels.csv").dropna(subset=["bigbench_task", "emergent_model"])
    names = {
        "bigbench_task": "name",
        "emergent_model": "model",
        "threshold_params": "params",
        "threshold_flops": "train_flops",
    }
    both = pd.concat([first, labels.rename(columns=names).assign(table="E")])
    return both.set_index("name")[["table", "model", "params", "train_flops"]]


def _row(match: Match, published: dict[Hashable, Any], ours: Ours) -> dict[str, object]:
    """Published and ours, and whether they agree."""
    scale = float(published[match.column])
    return {
        "table: ability": f"{published['table']}: {match.published}",
        "our data": match.data,
        "scale": "parameters" if match.column == "params" else "FLOP",
        "published": f"{scale:.2g} ({published['model']})",
        "our threshold, 90 %": _estimate(ours.threshold),
        "our onset, 90 %": _estimate(ours.onset),
        "verdict": ours.verdict,
        "agrees": agreement(scale, ours),
        "why": ours.reason,
    }


def _estimate(estimate: Estimate | None) -> str:
    return "none" if estimate is None else "{:.2g} ({:.2g} to {:.2g})".format(*estimate)


def _triple(quantity: Quantity) -> Estimate | None:
    """Median and 90 % interval, if there are any."""
    found = quantity.to_dict()
    return None if found is None else (found["median"], found["low"], found["high"])


def _widened(scale: FloatArray, low: float, high: float) -> tuple[float, float]:
    """An interval widened to the nearest measured scales outside it."""
    below, above = scale[scale <= low], scale[scale >= high]
    return (float(below.max()) if below.size else low), (float(above.min()) if above.size else high)


def _analysed(series: Series) -> Ours:
    """Threshold with the interval from onset to threshold."""
    found = analyze(series)
    return Ours(
        verdict=found.verdict.value,
        reason=found.reason,
        threshold=_triple(found.threshold),
        onset=_triple(found.onset),
        scale=np.unique(series.scale),
    )


def _open_models(task: str, metric: str) -> Callable[[str], Ours]:
    """One task over all families of open models."""

    def ours(column: str) -> Ours:
        frame = pd.read_csv(DATA / "obsscaling_emergent.csv")
        frame = frame[(frame["task"] == task) & (frame["metric"] == metric) & frame[column].notna()]
        return _analysed(_only(frame, column, across=("family",)))

    return ours


def _pythia_mmlu(column: str) -> Ours:
    """Pythia's answers to all questions of the 57 topics, five examples in the prompt."""
    frame = pd.read_csv(DATA / "pythia_final.csv")
    topics = frame["task"].str.startswith("hendrycksTest-") & (frame["metric"] == "acc") & (frame["shots"] == 5)
    frame = frame[topics & (frame["family"] == "pythia-v1")]
    frame = frame.assign(n_correct=(frame["score"] * frame["n_items"]).round(), task="MMLU")
    same = ["family", "model", "task", "metric", "chance_level", column]
    return _analysed(_only(frame.groupby(same, as_index=False)[["n_correct", "n_items"]].sum(), column))


def _chain_of_thought(family: str, task: str) -> Callable[[str], Ours]:
    """Where chain of thought begins to beat standard prompting."""

    def ours(column: str) -> Ours:
        frame = load_dataset("chain_of_thought")
        frame = frame[(frame["family"] == family) & (frame["task"] == task)]
        standard, strategy = (
            _only(frame[frame["prompt"] == prompt], column) for prompt in ("standard", "chain_of_thought")
        )
        found = compare(standard, strategy)
        return Ours(
            verdict=found.verdict.value,
            reason=found.reason,
            threshold=_triple(found.begins),
            onset=None,
            scale=np.unique(strategy.scale),
        )

    return ours


def _only(frame: pd.DataFrame, column: str, *, across: tuple[str, ...] = ()) -> Series:
    """The one series of a frame."""
    (row,) = series_of(frame, scale=column, by=(), across=across)
    if row.series is None:
        raise ValueError(row.problem)
    return row.series


MATCHES = (
    *(
        Match(
            published="Addition/subtraction (3 digit)",
            column="train_flops",
            data=f"open models, {task}",
            ours=_open_models(task, "acc"),
        )
        for task in ("arithmetic_3da", "arithmetic_3ds")
    ),
    Match(
        published="MMLU Benchmark (57 topic avg.)",
        column="train_flops",
        data="Pythia, questions of all 57 topics",
        ours=_pythia_mmlu,
    ),
    *(
        Match(
            published="Chain-of-thought: Math word problems",
            column="params",
            data=f"the paper's LaMDA, {task}",
            ours=_chain_of_thought("LaMDA", task),
        )
        for task in WORD_PROBLEMS
    ),
    Match(
        published="Chain-of-thought: StrategyQA",
        column="params",
        data="the paper's PaLM",
        ours=_chain_of_thought("PaLM", "StrategyQA"),
    ),
    Match(
        published="international_phonetic_alphabet_transliterate",
        column="train_flops",
        data="open models, BLEU",
        ours=_open_models("international_phonetic_alphabet_transliterate", "bleu"),
    ),
    Match(
        published="word_unscrambling",
        column="params",
        data="open models, exact match",
        ours=_open_models("word_unscrambling", "exact_match"),
    ),
    Match(
        published="parsinlu_qa",
        column="train_flops",
        data="open models, accuracy",
        ours=_open_models("parsinlu_qa", "acc"),
    ),
)
