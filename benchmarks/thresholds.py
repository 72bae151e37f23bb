"""Published thresholds of emergence beside ours, for every ability that the data at hand cover.

Published are Table 1 and Appendix E of Wei et al. 2022 (arXiv 2206.07682).

The published scale is that of the first model that was read off as above chance. It *agrees* if it lies in our 90 %
interval of onset to threshold, widened to the neighbouring model sizes: between two sizes nothing can be read off.
Where the verdict has no rise in range, there is no threshold of ours.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from benchmarks.machine import ROOT
from emergence_stats.analysis import Analysis, analyze
from emergence_stats.datasets import load_dataset
from emergence_stats.ingest import series_from_table

DATA = ROOT.parent / "shared" / "data"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published threshold, and which series to hold against it.

    Attributes:
        ability: as the paper names it.
        model: family that it was read off from.
        scale: the published scale.
        column: its column: params or train_flops.
        source: "chain_of_thought" (bundled) or a file of the shared data.
        rows: column to value of the series.
    """

    ability: str
    model: str
    scale: float
    column: str
    source: str
    rows: dict[str, str]


def _cot(ability: str, family: str, task: str, scale: float) -> Published:
    rows = {"family": family, "task": task, "prompt": "chain_of_thought"}
    return Published(ability=ability, model=family, scale=scale, column="params", source="chain_of_thought", rows=rows)


def _open(ability: str, task: str, metric: str, model: str, scale: float) -> Published:
    rows = {"task": task, "metric": metric}
    return Published(
        ability=ability, model=model, scale=scale, column="train_flops", source="obsscaling_emergent.csv", rows=rows
    )


PUBLISHED = (
    _cot("Chain of thought: math word problems", "LaMDA", "GSM8K", 68e9),
    _cot("Chain of thought: math word problems", "LaMDA", "SVAMP", 68e9),
    _cot("Chain of thought: math word problems", "LaMDA", "MAWPS", 68e9),
    _cot("Chain of thought: StrategyQA", "PaLM", "StrategyQA", 62e9),
    _open("Addition/subtraction (3 digit)", "arithmetic_3da", "acc", "GPT-3", 2.3e22),
    _open("Addition/subtraction (3 digit)", "arithmetic_3ds", "acc", "GPT-3", 2.3e22),
    _open("Appendix E: modified arithmetic, 2-digit multiplication", "arithmetic_2dm", "acc", "GPT-3", 2.3e22),
    _open("Appendix E: IPA transliteration", "international_phonetic_alphabet_transliterate", "bleu", "LaMDA", 1.3e23),
    _open("Appendix E: word unscrambling", "word_unscrambling", "exact_match", "GPT-3", 3.1e23),
    _open("Appendix E: Persian QA", "parsinlu_qa", "acc", "PaLM", 2.5e24),
)


def run() -> tuple[pd.DataFrame, list[str]]:
    """The table, and the abilities of Table 1 that nothing here covers."""
    rows = []
    for item in PUBLISHED:
        analysis = _analysed(item)
        rows.append(_row(item, analysis) if analysis is not None else {"ability": item.ability, "agrees": "no data"})
    covered = {item.ability for item in PUBLISHED}
    table_1 = load_dataset("wei2022_thresholds")["ability"].astype(str)
    return pd.DataFrame(rows), [name for name in table_1 if not any(_same(name, ability) for ability in covered)]


def _analysed(item: Published) -> Analysis | None:
    frame = load_dataset(item.source) if item.source == "chain_of_thought" else pd.read_csv(DATA / item.source)
    for column, value in item.rows.items():
        frame = frame[frame[column].astype(str) == value]
    frame = frame[frame[item.column].notna()]
    if item.source != "chain_of_thought":
        frame = frame.drop(columns="family")
    found = [row.series for row in series_from_table(frame, scale=item.column) if row.series is not None]
    return analyze(found[0]) if len(found) == 1 else None


def _row(item: Published, analysis: Analysis) -> dict[str, object]:
    """Published and ours, and whether they agree."""
    threshold, onset = analysis.threshold.to_dict(), analysis.onset.to_dict()
    ours, agrees = "none", f"no: {analysis.verdict.value.replace('_', ' ')}, no rise in range to place"
    if threshold is not None and onset is not None:
        ours = f"{threshold['median']:.2g} ({threshold['low']:.2g} to {threshold['high']:.2g})"
        low, high = _neighbours(analysis.series.scale, onset["low"], threshold["high"])
        inside = low <= item.scale <= high
        side = "earlier" if threshold["median"] < item.scale else "later"
        agrees = (
            "yes"
            if inside
            else f"no: ours is {side}; the models differ"
            if item.source.endswith("csv")
            else (f"no: ours is {side}")
        )
    return {
        "ability": item.ability,
        "our data": " ".join(item.rows.values()),
        "published on": item.model,
        "published": f"{item.scale:.2g}",
        "onset": "none" if onset is None else f"{onset['median']:.2g}",
        "threshold, 90 %": ours,
        "verdict": analysis.verdict.value,
        "agrees": agrees,
    }


def _neighbours(scale: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """An interval widened to the nearest measured scales outside it."""
    below, above = scale[scale <= low], scale[scale >= high]
    return (float(below.max()) if below.size else low), (float(above.min()) if above.size else high)


def _same(name: str, ability: str) -> bool:
    plain = name.lower().replace("chain-of-thought", "chain of thought")
    return plain == ability.lower()
