"""Item by item: the outcomes of models on single test items, and what can be made of them.

`Items` holds models by items (`ingest.items_from_table` finds them in a long table); its `series` is what `analyze`
takes, with standard errors that respect clusters and with the outcomes attached, so that test sets are redrawn by whole
items or clusters. `regrade` scores the same answers by another metric. To add a metric: one function and one row in
`graders`.
"""

from emergence_stats.items.matrix import Items
from emergence_stats.items.regrading import regrade

__all__ = ["Items", "regrade"]
