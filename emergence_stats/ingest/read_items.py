"""Outcomes of single test items from logs: one long table, with the scales that `read` would find."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from emergence_stats.errors import InputError, ReaderError
from emergence_stats.ingest.columns import SOURCE_FILE
from emergence_stats.ingest.file_table import FileTable, file_table
from emergence_stats.ingest.fill import Registries, fill_models, has_scale, unknown_reason
from emergence_stats.ingest.gather import SkippedFile, Source, expanded_sources, listed_sources, registries_of
from emergence_stats.ingest.readers import ANY_TEXT, READERS
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.sources import SourceFile, read_file

_COLUMNS = tuple(field.name for field in dataclasses.fields(Item))
_TEXTS = ("task", "metric", "model", "item", "cluster", "prompt", "shots")
_PIECE = 100_000  # items turned into a frame at once, so that memory holds few of them as objects


def read_items(
    source: Source | Iterable[Source], *, models: Source | Iterable[Source] = (), clusters: str = "cluster"
) -> pd.DataFrame:
    """Read the outcomes of single test items from logs that hold them.

    These are samples of lm-evaluation-harness 0.4, Inspect logs (their summaries, never their transcripts), HELM's
    statistics per instance, samples of Every Eval Ever and events of OpenAI evals. Multiple-choice samples with
    log-likelihoods give ``acc``, ``correct_choice_probability``, ``brier`` and ``choice_margin``.

    Args:
        source: a file, a folder, or several of these.
        models: registries of models of your own, as of `read`.
        clusters: name of the column that says what items share, such as a passage.

    Returns:
        One row for each item, metric and model: ``task``, ``metric``, ``model``, ``family``, ``params``,
        ``train_flops``, ``tokens``, ``prompt``, ``shots``, ``item``, ``score`` and the clusters, as far as they are
        known. Several attempts at an item are one row with their mean. ``frame.attrs["skipped"]`` says what was left
        out and why.

    Raises:
        ReaderError: no file there holds outcomes of single items, or none of a model of known size.
    """
    skipped: list[SkippedFile] = []
    frames: list[pd.DataFrame] = []
    registries: list[FileTable] = []
    for path, file in _files((*listed_sources(models), *listed_sources(source)), skipped):
        try:
            found = _items_of(path, file)
            frames += [] if isinstance(found, FileTable) else found
            registries += [found] if isinstance(found, FileTable) else []
        except InputError as error:
            skipped.append(SkippedFile(path=path, reason=str(error)))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if len(whole):
        whole, lost = _with_scales(whole, registries_of(registries))
        skipped += lost
    if not len(whole):
        first = f"; {skipped[0].path}: {skipped[0].reason}" if skipped else ""
        msg = f"expected a log with outcomes of single items, of a model of known size, got none{first}"
        raise ReaderError(msg)
    whole = whole.drop(columns=[name for name in _TEXTS if name in whole and (whole[name] == "").all()])
    whole = whole.rename(columns={"cluster": clusters}) if "cluster" in whole else whole
    whole.attrs = {"skipped": [dataclasses.asdict(skip) for skip in skipped]}
    return whole


def _files(sources: Iterable[object], skipped: list[SkippedFile]) -> Iterator[tuple[str, SourceFile]]:
    """Every file that can be read; the others are skipped."""
    for path, item in expanded_sources(sources):
        if isinstance(item, ReaderError):
            skipped.append(SkippedFile(path=path, reason=str(item)))
        elif isinstance(item, (Path, SourceFile)):
            try:
                yield path, item if isinstance(item, SourceFile) else read_file(item)
            except ReaderError as error:
                skipped.append(SkippedFile(path=path, reason=str(error)))
        else:
            msg = f"expected files or folders of logs, got {type(item).__name__}"
            raise ReaderError(msg)


def _items_of(path: str, file: SourceFile) -> list[pd.DataFrame] | FileTable:
    """The items of one file, none if its format has none; or the registry that it is."""
    document = Document(file)
    name = next((name for name, reader in READERS.items() if reader.sniff(document)), None)
    if name in (ANY_TEXT, "JSON"):  # perhaps a registry
        table = file_table(file)
        return table if table.registry is not None else []
    items = None if name is None else READERS[name].items
    frames = []
    for piece in itertools.batched(items(document) if items is not None else (), _PIECE):
        columns = {name: [getattr(item, name) for item in piece] for name in _COLUMNS}
        frame = pd.DataFrame(columns)
        for text in _TEXTS:
            frame[text] = frame[text].fillna("").astype("str")
        frame[SOURCE_FILE] = path
        frames.append(frame)
    return frames


def _with_scales(items: pd.DataFrame, registries: Registries) -> tuple[pd.DataFrame, list[SkippedFile]]:
    """Items with the scales of their models, and the models without any."""
    keys = ["model", "params", "tokens"]
    group = items.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    sizes = np.bincount(group)
    first = np.unique(group, return_index=True)[1]
    models = items.loc[first, keys].reset_index(drop=True)  # one row a model, so that names are looked up once
    every = np.ones(len(models), dtype=bool)
    filled, unknown, _ = fill_models(models, every, registries.models)
    rows = {name: int(sizes[(models["model"] == name).to_numpy()].sum()) for name in models["model"]}
    lost = [
        SkippedFile(
            path=f"model {model.name or '(unnamed)'}",
            reason=unknown_reason(dataclasses.replace(model, n_rows=rows[model.name])),
        )
        for model in unknown
    ]
    kept = has_scale(filled, every)[group]
    whole = items[kept].reset_index(drop=True)
    for name in filled.columns:
        if name != "model":
            whole[name] = filled[name].to_numpy()[group[kept]]
    order = ("task", "metric", "model", "family", "params", "train_flops", "tokens", "prompt", "shots", "item", "score")
    columns = [name for name in order if name in whole]
    return whole[[*columns, *(name for name in whole.columns if name not in columns)]], lost
