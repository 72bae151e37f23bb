"""What a process loads before its first task: the compiled kernels, so that no request waits for them."""

from __future__ import annotations


def load_kernels() -> None:
    """Load the kernels, or compile them where they have not been yet, by analyses of every form of score.

    A kernel is compiled for each layout of its arrays, and some layouts are met only where a curve is steep, falls, or
    has many points: so these series are of several shapes. `tests/api/test_pool.py` holds that they suffice.
    """
    import emergence_stats as es

    four = [1e8, 1e9, 1e10, 1e11]
    twelve = [10.0 ** (8 + i / 3) for i in range(12)]
    counts = es.Series(scale=four, n_correct=[3, 5, 60, 90], n_items=[100] * 4, chance_level=0.0)
    shapes = (
        es.Series(
            scale=twelve, n_correct=[9, 11, 9, 14, 13, 17, 14, 12, 9, 14, 15, 14], n_items=[53] * 12, chance_level=0.25
        ),
        es.Series(
            scale=twelve[:11],
            n_correct=[272, 302, 311, 364, 364, 379, 391, 383, 392, 396, 405],
            n_items=[464] * 11,
            chance_level=0.1,
        ),
        es.Series(scale=four, score=[0.03, 0.05, 0.6, 0.9], n_items=[100] * 4, chance_level=0.0),
        es.Series(scale=four, score=[0.03, 0.05, 0.6, 0.9], stderr=[0.02] * 4, chance_level=0.0),
        es.Series(scale=four, score=[0.03, 0.05, 0.6, 0.9], chance_level=0.0),
    )
    for series in shapes:
        es.analyze(series).to_dict()
    es.analyze(counts, resamples=4).to_dict(cross_checks=True)


def load_readers() -> None:
    """Load what reading a table needs."""
    import pyarrow.parquet  # noqa: F401

    from emergence_stats.ingest import read_tidy, series_from_table  # noqa: F401
