"""``settings``: every default as TOML, to be edited and given back with ``--settings``."""

from __future__ import annotations

import typer


def settings() -> None:
    """Print all settings with their defaults as TOML; edit a copy and use it with --settings."""
    from emergence_stats.settings import Settings

    typer.echo(Settings().to_toml(), nl=False)
