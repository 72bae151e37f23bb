"""Find, describe and load the bundled tables."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from emergence_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_DATA = Path(__file__).parent / "data"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """What a bundled table holds and where it comes from.

    Attributes:
        name: name to load it by.
        title: what it is, in a line.
        kind: ``tidy`` if it can be analysed as it is, ``reference`` if it holds published results to compare with.
        source: the publication.
        url: where to read it.
        figures: which tables of it.
        columns: the columns and what they mean.
        notes: what to know before using it.
    """

    name: str
    title: str
    kind: str
    source: str
    url: str
    figures: str
    columns: Mapping[str, str]
    notes: tuple[str, ...]


def list_datasets() -> tuple[str, ...]:
    """Names of the bundled tables."""
    return tuple(sorted(path.stem for path in _DATA.glob("*.csv")))


def dataset_path(name: str) -> Path:
    """The CSV file of a bundled table.

    Raises:
        InputError: there is no such table.
    """
    if name not in list_datasets():
        msg = f"expected the name of a dataset, got {name!r}; available: {', '.join(list_datasets())}"
        raise InputError(msg)
    return _DATA / f"{name}.csv"


def dataset_card(name: str) -> DatasetCard:
    """Source and meaning of a bundled table.

    Raises:
        InputError: there is no such table.
    """
    card = tomllib.loads(dataset_path(name).with_suffix(".toml").read_text(encoding="utf-8"))
    return DatasetCard(**{**card, "name": name, "notes": tuple(card["notes"])})


def load_dataset(name: str) -> pd.DataFrame:
    """A bundled table, with its figures as printed.

    Args:
        name: one of `emergence_stats.datasets.list_datasets()`.

    Returns:
        The table. A tidy one can be given to `analyze_frame` as it is.

    Raises:
        InputError: there is no such table.
    """
    import pandas as pd

    return pd.read_csv(dataset_path(name))
