"""``serve``: the HTTP service, which is a distribution of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    config: Annotated[Path | None, typer.Option(help="TOML file with the service's settings.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded database.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: this machine alone.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one. Default: 8000.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Worker processes. Default: 1.")] = None,
) -> None:
    """Start the HTTP service and its page on this machine; the first start prints a key."""
    from emergence_stats.errors import InputError

    try:
        from emergence_stats_api.cli import serve as start
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("emergence_stats_api"):
            raise
        msg = (
            "serve: expected the package emergence-stats-api, which is not installed (pip install emergence-stats-api)"
        )
        raise InputError(msg) from error
    start(config=config, data=data, host=host, port=port, workers=workers)
