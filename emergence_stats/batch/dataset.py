"""A partitioned Parquet dataset, read once from end to end in small batches.

Files of one dataset differ as they do in life: one has a column more, another spells a heading otherwise, a third has
whole numbers where the rest have fractions. Every file is looked at before the first row is read, and each is read by
its own headings into the columns that all of them together have.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from emergence_stats.batch.shard_file import FACTS
from emergence_stats.errors import ReaderError, TableError
from emergence_stats.ingest import columns as names
from emergence_stats.ingest.cells import text_codes
from emergence_stats.ingest.grouping import identity_columns
from emergence_stats.ingest.readers.parquet import folder_columns
from emergence_stats.report.run_record import InputRecord

BATCH_ROWS = 65_536
HIDDEN = ("_", ".")  # what writers of datasets leave beside the data begins with these
UNREAD = ("response", "target")  # of long tables: nothing of a series depends on them, and they are long


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a dataset.

    Attributes:
        path: where it is.
        name: how results and messages tell of it, wherever the dataset lies.
        fragment: pyarrow's.
        n_rows: its rows.
        headings: the columns that are wanted of it, by canonical name.
        types: their types.
        folders: what the names of its folders say (``shots=5``), as text, by canonical name.
    """

    path: str
    name: str
    fragment: Any
    n_rows: int
    headings: Mapping[str, str]
    types: Mapping[str, Any]
    folders: Mapping[str, str | None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Parquet files of one table. What stands in the names of folders (``shots=5``) is a column of text.

    Attributes:
        files: by path.
        schema: columns of all files, under canonical names where they mean known columns.
        n_rows: of all files.
    """

    files: tuple[File, ...]
    schema: Any
    n_rows: int

    @classmethod
    def open(
        cls, paths: Iterable[Path], *, scale: str | None, by: tuple[str, ...], apart: Path | None = None
    ) -> Dataset:
        """Look at files and folders without reading rows.

        Args:
            paths: files, or folders of them, however deep.
            scale: the scale column that was asked for.
            by: further columns that tell series apart.
            apart: a folder whose files are none of the dataset's, though it may lie in it: that of the results.

        Raises:
            ReaderError: there is no Parquet file, or one is damaged, or holds results of this program.
            TableError: a column that a series is made of is missing.
        """
        wanted = {*names.KNOWN, *by, *([scale] if scale is not None else [])}.difference({*UNREAD} - {*by})
        given = list(paths)
        if apart is not None and any(path.resolve() == apart.resolve() for path in given):
            msg = f"{apart}: expected another folder for the results than that of the dataset"
            raise ReaderError(msg)
        located = sorted({Path(one.path).resolve(): one for path in given for one in _located(path, apart)}.values())
        if not located:
            msg = "expected at least one Parquet file, got none"
            raise ReaderError(msg)
        files = [_opened(place, name, wanted) for place, name in zip(located, _names(located), strict=True)]
        if not any(file.n_rows for file in files):
            msg = f"expected at least one row, got none in {len(files)} file{'s' if len(files) != 1 else ''}"
            raise ReaderError(msg)
        columns = list(dict.fromkeys(name for file in files for name in (*file.headings, *file.folders)))
        names.require_columns(columns, scale=scale, by=by)
        identity = frozenset(identity_columns(columns, scale=scale, by=by))
        return cls(files=tuple(files), schema=_schema(files, columns, identity), n_rows=sum(f.n_rows for f in files))

    def batches(self) -> Iterator[tuple[str, int, Any]]:
        """Name of the file, number of the first row in it, and table of each batch, in the order of files and rows.

        Raises:
            ReaderError: a file is damaged, or has changed since it was opened.
        """
        import pyarrow as pa

        for file in self.files:
            done = 0
            try:
                scanner = file.fragment.scanner(
                    columns=list(file.headings.values()),
                    batch_size=BATCH_ROWS,
                    batch_readahead=1,
                    fragment_readahead=1,
                    use_threads=False,
                )
                for batch in scanner.to_batches():
                    if batch.num_rows:
                        yield file.name, done + 1, self._table(file, batch)
                        done += batch.num_rows
            except (pa.ArrowException, OSError) as error:
                msg = f"{file.path}: expected a whole Parquet file, got a damaged one ({str(error)[:160]})"
                raise ReaderError(msg) from error
            if done != file.n_rows:
                msg = f"{file.path}: expected {file.n_rows:,} rows, got {done:,}: the file has changed meanwhile"
                raise ReaderError(msg)

    def records(self) -> tuple[InputRecord, ...]:
        """The files with their hashes.

        Raises:
            ReaderError: one cannot be read any more.
        """
        records = []
        for file in self.files:
            try:
                with Path(file.path).open("rb") as content:
                    digest = hashlib.file_digest(content, "sha256").hexdigest()
            except OSError as error:
                msg = f"{file.path}: cannot be read any more: {error.strerror or error}"
                raise ReaderError(msg) from error
            records.append(InputRecord(path=file.path, format="Parquet", n_rows=file.n_rows, sha256=digest))
        return tuple(records)

    def _table(self, file: File, batch: Any) -> Any:  # noqa: ANN401  # pyarrow has no types
        """A batch of a file as the columns of the dataset."""
        import pyarrow as pa

        found = {
            name: column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
            for name, column in zip(file.headings, batch.columns, strict=True)
        }
        columns = []
        for field in self.schema:
            if field.name in found:
                try:
                    own = found[field.name]
                    column = _as_texts(own) if pa.types.is_string(field.type) else own.cast(field.type)
                except pa.ArrowException as error:
                    msg = (
                        f"{file.path}: column {file.headings[field.name]}: expected values that {field.type} can hold, "
                        f"as in other files, got {file.types[field.name]} ({str(error)[:120]})"
                    )
                    raise ReaderError(msg) from error
            elif file.folders.get(field.name) is not None:
                column = pa.repeat(pa.scalar(file.folders[field.name]), batch.num_rows).cast(field.type)
            else:
                column = pa.nulls(batch.num_rows, field.type)
            columns.append(column)
        return pa.Table.from_arrays(columns, schema=self.schema)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Path of a file, its path in the folder that was given and the name of that one, and the folders it lies in."""

    path: str
    name: str
    root: str
    folders: tuple[str, ...]


def _located(path: Path, apart: Path | None) -> list[_Place]:
    """The files of one path."""
    if not path.exists():
        msg = f"{path}: expected a file or a folder, got nothing"
        raise ReaderError(msg)
    if path.is_file():
        return [_Place(str(path), path.name, path.resolve().parent.name, path.parent.parts)]
    root = path.resolve()
    seen = {root, *([] if apart is None else [apart.resolve()])}  # links may lead back to where they are
    found = []
    for folder, below, inside in os.walk(path, followlinks=True):
        here = Path(folder)
        places = {name: (here / name).resolve() for name in sorted(below) if not name.startswith(HIDDEN)}
        below[:] = [name for name, place in places.items() if place not in seen]
        seen.update(places.values())
        between = here.relative_to(path).parts
        found += [
            _Place(str(here / name), "/".join((*between, name)), root.name, here.parts)
            for name in sorted(inside)
            if not name.startswith(HIDDEN)
        ]
    return found


def _names(located: Sequence[_Place]) -> list[str]:
    """How results and messages tell of files: by no more of their paths than it takes to tell them apart."""
    short = [place.name for place in located]
    longer = [f"{place.root}/{place.name}" for place in located]
    return next((names for names in (short, longer) if len({*names}) == len(names)), [place.path for place in located])


def _opened(place: _Place, name: str, wanted: set[str]) -> File:
    """A file by its footer."""
    import pyarrow as pa
    import pyarrow.dataset as ds
    from pyarrow import fs

    try:
        fragment = ds.ParquetFileFormat().make_fragment(place.path, filesystem=fs.LocalFileSystem())
        schema = fragment.physical_schema
    except (pa.ArrowException, OSError) as error:
        msg = f"{place.path}: expected a Parquet file, got something else ({str(error)[:160]})"
        raise ReaderError(msg) from error
    if FACTS in (schema.metadata or {}):
        msg = f"{place.path}: expected scores, got results of this program; leave their folder out of the inputs"
        raise ReaderError(msg)
    folders = folder_columns(place.folders)
    further = [key for key in folders if key not in schema.names]
    try:
        canonical = names.canonical_names([*schema.names, *further])
    except TableError as error:
        msg = f"{place.path}: {error}"
        raise TableError(msg) from error
    own = [
        (heading, known)
        for heading, known in zip(schema.names, canonical[: len(schema)], strict=True)
        if known in wanted
    ]
    return File(
        path=place.path,
        name=name,
        fragment=fragment,
        n_rows=fragment.count_rows(),
        headings={known: heading for heading, known in own},
        types={known: schema.field(heading).type for heading, known in own},
        folders={
            known: folders[key]
            for key, known in zip(further, canonical[len(schema) :], strict=True)
            if known in wanted
        },
    )  # fmt: skip


def _schema(files: Sequence[File], columns: Sequence[str], identity: frozenset[str]) -> Any:  # noqa: ANN401
    """The columns of all files with types that hold the values of each."""
    import pyarrow as pa

    fields = []
    for name in columns:
        types = [file.types[name] for file in files if name in file.types]
        types += [pa.string() for file in files if name in file.folders]
        fields.append(pa.field(name, _common_type(types, exact=name in identity)))
    return pa.schema(fields)


def _common_type(types: Sequence[Any], *, exact: bool) -> Any:  # noqa: ANN401
    """The type of a column, whatever it is in each file; text (`_as_texts`) where nothing else holds all of them.

    Args:
        types: of the files that have the column.
        exact: whether every digit counts: whole numbers and fractions together are then text, too.
    """
    import pyarrow as pa

    plain = {kind.value_type if pa.types.is_dictionary(kind) else kind for kind in types}
    plain = {kind for kind in plain if not pa.types.is_null(kind)} or plain
    if len(plain) == 1:
        return plain.pop()
    whole, fractions = (sum(map(test, plain)) for test in (pa.types.is_integer, pa.types.is_floating))
    if whole + fractions < len(plain) or (exact and whole and fractions):
        return pa.string()
    if fractions:
        return pa.float64()
    try:
        schemas = [pa.schema([pa.field("column", kind)]) for kind in sorted(plain, key=str)]
        found = pa.unify_schemas(schemas, promote_options="permissive").field("column").type
    except pa.ArrowException:
        return pa.string()
    return found if pa.types.is_integer(found) else pa.string()


def _as_texts(column: Any) -> Any:  # noqa: ANN401
    """A column as text, each cell as it would identify a series: pyarrow writes truth values and times otherwise."""
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    codes, texts = text_codes(column.to_pandas(integer_object_nulls=True))
    return pa.array([text or None for text in texts], pa.string()).take(pa.array(codes))
