"""What a process loads before its first task, so that no request waits for it."""

from __future__ import annotations


def load_kernels() -> None:
    """Load the compiled loops; where none are kept on disk yet, another process compiles them first."""
    from emergence_stats.loops import compile_apart, load_loops

    compile_apart()
    load_loops()


def load_readers() -> None:
    """Load what reading a table needs."""
    import pyarrow.parquet  # noqa: F401

    from emergence_stats.ingest import read_tidy, series_from_table  # noqa: F401
