"""``merge``: the parts of a run that several machines computed, as one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli.options import Also, Fdr, checked_rate, listed


def merge(
    parts: Annotated[list[Path], typer.Argument(help="Folders given as --out to report --shard i/N.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; made if missing. It may be one of the parts.")],
    fdr: Fdr = 0.05,
    also: Also = None,
) -> None:
    """Check that all parts of a run are there and whole, and write its report."""
    from emergence_stats.batch.merge import merge_shards
    from emergence_stats.cli.report import tell
    from emergence_stats.report.exports import known_exports
    from emergence_stats.report.files import require_writable

    rate, exports = checked_rate(fdr), known_exports(listed(also))
    require_writable(out)
    tell(merge_shards(parts, out, fdr=rate, also=exports))
