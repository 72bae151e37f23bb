"""One shard: the results of a chunk of series as the bytes of a Parquet file, and back.

Columns: those of results.parquet, and behind them, with a leading underscore, what the merging of shards needs.
"""

from __future__ import annotations

import dataclasses
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from emergence_stats.batch.discoveries import EXPLANATIONS
from emergence_stats.batch.rows import RESULT_COLUMNS, series_name
from emergence_stats.batch.run import results_frame
from emergence_stats.batch.work import Item, Outcome
from emergence_stats.parallel import Limits, Work

NAME, DOCUMENT, SHARE, GAIN = "_name", "_document", "_emergent_share", "_gain"
EVIDENCES = tuple(f"_log_evidence_{name}" for name in EXPLANATIONS)
FACTS = b"emergence_stats"  # key of the file's metadata
ADJUSTED = ("trend_p_bh", "trend_p_holm")  # for all series together: known when shards are merged


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardContent:
    """What a worker sends back.

    Attributes:
        content: the bytes of the Parquet file.
        n_series: its rows.
    """

    content: bytes
    n_series: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardFacts:
    """What the file says of itself.

    Attributes:
        n_series: its rows.
        identity: names of the columns that identify a series, as the input has them.
        counts: verdict to number of series.
        stopped: series that were given up, by a limit or because their process died.
        limits: the limits in force then.
        processor: the kind of the processor that computed them.
    """

    n_series: int
    identity: tuple[str, ...]
    counts: Mapping[str, int]
    stopped: int
    limits: Limits
    processor: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardWork:
    """Analyse a chunk and write its shard (`parallel.Work`): most of the work of writing is done by the workers.

    Attributes:
        series: what is done with each series.
        limits: for the record.
    """

    series: Work[Item, Outcome, Any]
    limits: Limits

    def prepare(self) -> None:
        """See `SeriesWork.prepare`."""
        self.series.prepare()

    def items(self, payload: bytes) -> Sequence[Item]:
        """See `SeriesWork.items`."""
        return self.series.items(payload)

    def one(self, item: Item) -> Outcome:
        """See `SeriesWork.one`."""
        return self.series.one(item)

    def failed(self, item: Item, reason: str) -> Outcome:
        """See `SeriesWork.failed`."""
        return self.series.failed(item, reason)

    def answer(self, items: Sequence[Item], results: Sequence[Outcome]) -> ShardContent:
        """The shard."""
        return ShardContent(content=shard_bytes(items, results, self.limits), n_series=len(items))


def shard_bytes(items: Sequence[Item], outcomes: Sequence[Outcome], limits: Limits) -> bytes:
    """The Parquet file of some series; the same bytes for the same outcomes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from emergence_stats.compiled import processor_kind

    rows = [item.row for item in items]
    frame = results_frame(rows, [dict.fromkeys(ADJUSTED, None) | outcome.cells for outcome in outcomes])
    frame[NAME] = pd.Series([series_name(item.row) for item in items], dtype="str")
    documents = [None if outcome.document is None else compact_json(outcome.document) for outcome in outcomes]
    standings = [outcome.standing for outcome in outcomes]
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    table = table.append_column(DOCUMENT, pa.array(documents, pa.large_string()))
    for i, name in enumerate(EVIDENCES):
        values = [None if standing is None else standing.log_evidences[i] for standing in standings]
        table = table.append_column(name, pa.array(values, pa.float64()))
    shares = [None if standing is None else standing.emergent_share for standing in standings]
    table = table.append_column(SHARE, pa.array(shares, pa.float64()))
    gains = [None if standing is None else standing.gain for standing in standings]
    table = table.append_column(GAIN, pa.array(gains, pa.float64()))
    stopped = sum(outcome.stopped for outcome in outcomes)
    facts = {
        "n_series": len(items),
        "identity": list(dict.fromkeys(name for row in rows for name in row.identity)),
        "counts": dict(sorted(Counter(str(outcome.cells["verdict"]) for outcome in outcomes).items())),
        "stopped": stopped,
        "limits": dataclasses.asdict(limits if stopped else Limits()),  # where they had no part in it, they do not tell
        "processor": processor_kind(),
    }
    file = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({FACTS: json.dumps(facts)}), file, compression="zstd")
    return file.getvalue()


def compact_json(document: Mapping[str, Any]) -> str:
    """A document as a line of results.json."""
    return json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def read_facts(path: Path) -> ShardFacts:
    """What a shard says of itself.

    Raises:
        ValueError: it is no shard, or a damaged one.
        OSError: it cannot be read.
    """
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path).metadata or {}
    try:
        facts = json.loads(metadata[FACTS])
        return ShardFacts(
            n_series=facts["n_series"],
            identity=tuple(facts["identity"]),
            counts=facts["counts"],
            stopped=facts["stopped"],
            limits=Limits(**facts["limits"]),
            processor=facts["processor"],
        )
    except (KeyError, TypeError) as error:
        msg = f"expected the metadata of a shard, got none or others ({error})"
        raise ValueError(msg) from error


def result_names(columns: Sequence[str]) -> list[str]:
    """Of the columns of a shard those that results.parquet has."""
    private = {NAME, DOCUMENT, SHARE, GAIN, *EVIDENCES}
    return [name for name in columns if name not in private]


def identity_of(cells: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """The identity of a row of a shard under the input's own names."""
    return {name: str(cells[f"{name}_" if name in RESULT_COLUMNS else name]) for name in names}
