"""A partitioned Parquet dataset, read once from end to end in small batches."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from emergence_stats.errors import ReaderError
from emergence_stats.ingest import columns as names
from emergence_stats.report.run_record import InputRecord

BATCH_ROWS = 65_536


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Parquet files of one table. What stands in the names of folders (``shots=5``) is a column.

    Attributes:
        files: path and pyarrow's fragment of each file, by path.
        schema: columns of all files, under canonical names where they mean known columns.
        headings: the same columns as the files have them.
        n_rows: of all files.
    """

    files: tuple[tuple[str, Any], ...]
    schema: Any
    headings: Any
    n_rows: int

    @classmethod
    def open(cls, paths: Iterable[Path], *, scale: str | None, by: tuple[str, ...]) -> Dataset:
        """Look at files and folders without reading rows.

        Raises:
            ReaderError: there is no Parquet file, or one is damaged.
            TableError: a column that a series is made of is missing.
        """
        import pyarrow as pa
        import pyarrow.dataset as ds

        found: list[tuple[str, Any]] = []
        schemas = []
        for path in paths:
            if not path.exists():
                msg = f"{path}: expected a file or a folder, got nothing"
                raise ReaderError(msg)
            try:
                one = ds.dataset(str(path), format="parquet", partitioning="hive")
                found += [(fragment.path, fragment) for fragment in one.get_fragments()]
                schemas.append(one.schema)
            except (pa.ArrowException, OSError, ValueError) as error:
                msg = f"{path}: expected a dataset of Parquet files, got something else ({str(error)[:160]})"
                raise ReaderError(msg) from error
        if not found:
            msg = "expected at least one Parquet file, got none"
            raise ReaderError(msg)
        try:
            headings = pa.unify_schemas([_plain(schema) for schema in schemas], promote_options="permissive")
            n_rows = sum(fragment.count_rows() for _, fragment in found)
        except (pa.ArrowException, OSError) as error:
            msg = f"expected Parquet files with the same columns, got others ({str(error)[:160]})"
            raise ReaderError(msg) from error
        canonical = names.canonical_names(headings.names)
        names.require_columns(canonical, scale=scale, by=by)
        schema = pa.schema([field.with_name(name) for field, name in zip(headings, canonical, strict=True)])
        return cls(files=tuple(sorted(found, key=_path)), schema=schema, headings=headings, n_rows=n_rows)

    def batches(self) -> Iterator[tuple[str, int, Any]]:
        """Path, number of the first row in its file, and table of each batch, in the order of files and rows.

        Raises:
            ReaderError: a file is damaged.
        """
        import pyarrow as pa

        for path, fragment in self.files:
            start = 1
            try:
                scanner = fragment.scanner(
                    schema=self.headings,
                    batch_size=BATCH_ROWS,
                    batch_readahead=1,
                    fragment_readahead=1,
                    use_threads=False,
                )
                for batch in scanner.to_batches():
                    yield path, start, pa.Table.from_batches([batch]).rename_columns(self.schema.names)
                    start += batch.num_rows
            except (pa.ArrowException, OSError) as error:
                msg = f"{path}: expected a whole Parquet file, got a damaged one ({str(error)[:160]})"
                raise ReaderError(msg) from error

    def records(self) -> tuple[InputRecord, ...]:
        """The files with their hashes."""
        records = []
        for path, fragment in self.files:
            with Path(path).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            records.append(InputRecord(path=path, format="Parquet", n_rows=fragment.count_rows(), sha256=digest))
        return tuple(records)


def _path(file: tuple[str, Any]) -> str:
    return file[0]


def _plain(schema: Any) -> Any:  # noqa: ANN401  # pyarrow has no types
    """Columns of codes as columns of what they stand for."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
            for field in schema
        ]
    )
