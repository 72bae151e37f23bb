"""Published figures in the box, each with its source.

Call `list_datasets` for the names, `load_dataset` for the table, `dataset_card` for where it comes from and
`dataset_path` for the file. To add one, put ``NAME.csv`` and ``NAME.toml`` (its card) into ``data/``.
"""

from emergence_stats.datasets.bundled import DatasetCard, dataset_card, dataset_path, list_datasets, load_dataset

__all__ = ["DatasetCard", "dataset_card", "dataset_path", "list_datasets", "load_dataset"]
