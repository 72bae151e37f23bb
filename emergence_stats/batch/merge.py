"""Parts of a run brought together: checked to be whole, of one kind and without overlap, then reported."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pandas as pd

from emergence_stats._version import __version__
from emergence_stats.batch.discoveries import Standing
from emergence_stats.batch.manifest import Manifest, Shard
from emergence_stats.batch.overview import OVERVIEW_FROM, write_overview
from emergence_stats.batch.reported import Found, ReportedTable, write_found
from emergence_stats.batch.rows import RESULT_COLUMNS, with_adjusted
from emergence_stats.batch.shard_file import (
    DOCUMENT,
    EVIDENCES,
    GAIN,
    NAME,
    SHARE,
    ShardFacts,
    identity_of,
    read_facts,
    result_names,
)  # fmt: skip
from emergence_stats.batch.sharded import SHARDS
from emergence_stats.batch.store import is_whole, remove_leftovers
from emergence_stats.errors import InputError, ReaderError
from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.document import FailedSeries
from emergence_stats.verdict import Verdict

LISTED = 8  # parts or files named in a message
MIXED = "computed on processors of several kinds ({}): results may differ in their last digits from those of one kind"

type _Parts = dict[int, tuple[Manifest, Path]]  # by number, each with the folder of its shards


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WholeRun:
    """All parts of a run.

    Attributes:
        manifests: one of each part.
        files: every shard with its path, by bucket.
        remarks: what else was found and left aside.
    """

    manifests: tuple[Manifest, ...]
    files: tuple[tuple[Shard, Path], ...]
    remarks: tuple[str, ...] = ()

    @property
    def n_series(self) -> int:
        """How many there are."""
        return sum(shard.n_series for shard, _ in self.files)

    @property
    def times(self) -> tuple[datetime, datetime]:
        """When the first part began, and when the last was finished."""
        return (
            datetime.fromisoformat(min(manifest.started for manifest in self.manifests)),
            datetime.fromisoformat(max(manifest.finished for manifest in self.manifests)),
        )


def merge_shards(
    folders: Sequence[Path],
    out: Path,
    *,
    fdr: float = 0.05,
    also: Collection[str] = (),
    workers: int | None = None,
    n_parts: int | None = None,
) -> ReportedTable:
    """Bring the parts of a run together and write their report; of very many series, or without documents, an overview.

    The files are those of an undivided run, to the last byte; `run.json` tells when and from what.

    Args:
        folders: where the parts were written to (``--out``), or the folders of the shards themselves.
        out: folder to write to, all or nothing; made if missing.
        fdr: Bayesian false discovery rate of the discovery list.
        also: what to write beside the usual files: names of `report.exports.EXPORTS`; not for an overview.
        workers: for the record.
        n_parts: as of `whole_run`.

    Raises:
        ReaderError: a part is missing, damaged, or of another run.
        InputError: no series could be analysed, `fdr` is not a share, or `also` is asked of an overview.
        OutputError: the folder cannot be written; nothing in it has changed.
    """
    run = whole_run(folders, n_parts=n_parts)
    first = run.manifests[0]
    if first.streamed or not first.recipe.documents or run.n_series > OVERVIEW_FROM:  # cards are drawn from documents
        if also:
            msg = (
                f"--also: expected none for an overview, got {', '.join(also)}; an overview is the report of a "
                f"streamed run, of one without documents, and of more than {OVERVIEW_FROM} series"
            )
            raise InputError(msg)
        done = write_overview(
            [path for _, path in run.files], first.sources, first.recipe, out, fdr=fdr, workers=workers, times=run.times
        )
    else:
        done = write_found(
            _in_memory(run), first.sources, first.recipe, out, also=also, fdr=fdr, workers=workers, times=run.times
        )
    for folder in {path.parent for _, path in run.files}:
        remove_leftovers(folder)
    return dataclasses.replace(done, remarks=run.remarks)


def whole_run(folders: Sequence[Path], *, n_parts: int | None = None) -> WholeRun:
    """The parts in some folders, all there and each row once.

    Args:
        folders: as of `merge_shards`.
        n_parts: into how many parts the run was cut, where the folders hold runs cut into several numbers of them; if
            None, the only number of which all parts are there.

    Raises:
        ReaderError: a part is missing, damaged, or of another run; or no number of parts is complete, or several are.
    """
    sets: dict[int, _Parts] = {}
    for folder in folders:
        home = folder / SHARDS if (folder / SHARDS).is_dir() else folder
        paths = sorted(home.glob("manifest-*-of-*.json"))
        if not paths:
            msg = f"{folder}: expected a finished part of a run (report --shard i/N), got no manifest"
            raise ReaderError(msg)
        for path in paths:
            manifest = Manifest.read(path)
            known = sets.setdefault(manifest.part.of, {})
            other, place = known.get(manifest.part.number, (manifest, home))
            if differs := _difference(manifest, other):
                msg = f"part {manifest.part}: expected it once, got two that differ in {differs}: {place} and {home}"
                raise ReaderError(msg)
            known[manifest.part.number] = manifest, home
    chosen = _chosen_set(sets) if n_parts is None else n_parts
    parts = [sets[chosen][number] for number in sorted(sets.get(chosen, {}))]
    remarks = [f"left aside: parts of another run, {_set_text(of, sets[of])}" for of in sorted(sets) if of != chosen]
    manifests = tuple(manifest for manifest, _ in parts)
    _require_one_run(manifests)
    files = sorted(
        ((shard, home / shard.file) for manifest, home in parts for shard in manifest.shards),
        key=lambda pair: pair[0].bucket,
    )
    processors = sorted({facts.processor for facts in _facts_of_whole_files(files)})
    _require_each_once(manifests[0], [shard for shard, _ in files])
    mixed = [MIXED.format(", ".join(processors))] if len(processors) > 1 else []
    return WholeRun(manifests=manifests, files=tuple(files), remarks=(*(remarks if n_parts is None else ()), *mixed))


def _chosen_set(sets: Mapping[int, _Parts]) -> int:
    """The number of parts of the only run there is, or of the only one that is complete."""
    if len(sets) == 1:
        return next(iter(sets))
    complete = [of for of, parts in sets.items() if len(parts) == of]
    if len(complete) == 1:
        return complete[0]
    told = "; ".join(_set_text(of, sets[of]) for of in sorted(sets))
    todo = "remove the manifests of all but one" if complete else "run report --shard for what is missing"
    msg = f"expected one complete set of parts, got {len(complete) or 'none'}: {told}; {todo}"
    raise ReaderError(msg)


def _set_text(of: int, parts: _Parts) -> str:
    """Which parts there are of a run, and under which names."""
    missing = _listed_missing(parts, of)
    last = max(manifest.finished for manifest, _ in parts.values())
    state = f"without {missing}" if missing else "all there"
    return f"manifest-*-of-{of}.json ({state}, the last finished {last})"


def _listed_missing(there: Container[int], of: int) -> str:
    missing = [f"{number}/{of}" for number in range(1, of + 1) if number not in there]
    more = f" and {len(missing) - LISTED} more" if len(missing) > LISTED else ""
    return f"{', '.join(missing[:LISTED])}{more}"


def _difference(manifest: Manifest, other: Manifest) -> str | None:
    """What tells the runs of two parts apart; nothing where they are of one run."""
    for name, own, others in (
        ("program version", manifest.program_version, other.program_version),
        ("settings or options", manifest.recipe, other.recipe),
        ("input", manifest.sources.content, other.sources.content),
        ("number of buckets", manifest.n_buckets, other.n_buckets),
    ):
        if own != others:
            return name
    return None


def _require_one_run(manifests: Sequence[Manifest]) -> None:
    first = manifests[0]
    for manifest in manifests[1:]:
        if differs := _difference(manifest, first):
            msg = f"shard {manifest.part}: expected a part of the same run as {first.part}, got another {differs}"
            raise ReaderError(msg)
    if first.program_version != __version__:
        msg = f"expected shards of emergence-stats {__version__}, got some of {first.program_version}"
        raise ReaderError(msg)
    there = {manifest.part.number for manifest in manifests}
    if missing := _listed_missing(there, first.part.of):
        msg = f"expected {first.part.of} parts, got {len(there)}; run report --shard for {missing}"
        raise ReaderError(msg)


def _facts_of_whole_files(files: Sequence[tuple[Shard, Path]]) -> Iterator[ShardFacts]:
    """What the shards say of themselves, all of which must be there and whole."""
    for shard, path in files:
        try:
            facts = read_facts(path) if is_whole(path) else None
        except (OSError, ValueError):
            facts = None
        if facts is None or facts.n_series != shard.n_series:
            msg = f"{path}: missing or damaged; run its part of the report again, which makes this file anew"
            raise ReaderError(msg)
        yield facts


def _require_each_once(first: Manifest, shards: Sequence[Shard]) -> None:
    """No row lost, none twice."""
    buckets = [shard.bucket for shard in shards]
    if len(set(buckets)) < len(buckets) or not all(0 <= bucket < first.n_buckets for bucket in buckets):
        msg = "expected every range of series once, got one twice: the parts are not of one run"
        raise ReaderError(msg)
    if not first.streamed:
        positions = sorted(position for shard in shards for position in shard.positions)
        if positions != list(range(len(positions))) or len(positions) != sum(shard.n_series for shard in shards):
            msg = "expected every series once, got one twice or not at all: the parts are not of one run"
            raise ReaderError(msg)


def _in_memory(run: WholeRun) -> Found:
    """All results, in the order of the table."""
    import pyarrow.parquet as pq

    rows: dict[int, tuple[dict[str, Any], tuple[str, ...]]] = {}
    for shard, path in run.files:
        names = read_facts(path).identity
        for position, cells in zip(shard.positions, pq.read_table(path).to_pylist(), strict=True):
            rows[position] = cells, names
    ordered = [rows[position] for position in sorted(rows)]
    cells = with_adjusted([cells for cells, _ in ordered])
    shown = result_names(list(dict.fromkeys(name for row, _ in ordered for name in row)))
    columns = {
        name: pd.Series([row.get(name) for row in cells], dtype=RESULT_COLUMNS.get(name, "str")) for name in shown
    }
    return Found(
        frame=pd.DataFrame(columns),
        results=[_result(row, names) for row, names in ordered],
        standings=[_standing(row) for row, _ in ordered],
    )


def _result(row: dict[str, Any], names: tuple[str, ...]) -> AnalysisDocument | FailedSeries:
    if row["verdict"] == Verdict.FAILED.value:
        return FailedSeries(name=row[NAME], reason=row["reason"], identity=identity_of(row, names))
    return cast("AnalysisDocument", json.loads(row[DOCUMENT]))


def _standing(row: dict[str, Any]) -> Standing | None:
    if row[SHARE] is None:
        return None
    return Standing(log_evidences=tuple(row[name] for name in EVIDENCES), emergent_share=row[SHARE], gain=row[GAIN])
