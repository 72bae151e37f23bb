"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emergence_stats.settings import Settings

Inputs = Annotated[list[Path], typer.Argument(help="Files or folders with scores, several formats mixed.")]
Scale = Annotated[
    str | None, typer.Option(help="Scale column: train_flops, params, tokens, ... Default: found for each series.")
]
By = Annotated[list[str] | None, typer.Option(help="Further columns that tell series apart; repeated, or with commas.")]
Resamples = Annotated[int, typer.Option(min=0, help="Resampled test sets per test-set size; 0 leaves them out.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random choice.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file with settings; see the command 'settings'.")
]

Engine = Annotated[
    str | None,
    typer.Option(help="quadrature, or pymc: the same models sampled, in minutes. Default: as the settings say."),
]


def listed(given: Iterable[str] | None) -> tuple[str, ...]:
    """Names from repeated options, each of which may hold several with commas; no name twice."""
    names = (name.strip() for text in given or () for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def load_settings(path: Path | None) -> Settings:
    """The settings of a TOML file, or the defaults."""
    from emergence_stats.settings import Settings

    return Settings() if path is None else Settings.from_toml(path)
