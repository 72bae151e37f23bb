"""The command line of the service: ``emergence-stats-api``; ``emergence-stats serve`` is its first command."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emergence_stats.errors import EmergenceStatsError, InputError
from emergence_stats_api import __version__

if TYPE_CHECKING:
    from emergence_stats_api.settings import ServiceSettings
    from emergence_stats_api.store.database import Database

PROGRAM = "emergence-stats-api"
app = typer.Typer(
    name=PROGRAM,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys.", rich_markup_mode=None)
app.add_typer(keys, name="keys")

Config = Annotated[Path | None, typer.Option("--config", help="TOML file with the service's settings.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded database.")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. Default: this machine alone.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0: any free one.")]
Workers = Annotated[int | None, typer.Option("--workers", min=0, help="Worker processes to start. Default: 1.")]


@app.command()
def serve(
    config: Config = None, data: Data = None, host: Host = None, port: Port = None, workers: Workers = None
) -> None:
    """Start the service: the HTTP server, its page, and its workers. The first start makes a key and prints it."""
    from emergence_stats_api.server import run_server

    run_server(_settings(config, data=data, host=host, port=port, workers=workers), _announce)


@app.command()
def worker(config: Config = None, data: Data = None) -> None:
    """Start one worker process, beside servers elsewhere that share the database."""
    from emergence_stats_api.worker import run_worker

    run_worker(_settings(config, data=data))


@app.command()
def migrate(config: Config = None, data: Data = None) -> None:
    """Bring the database's schema to this version's, as every start does."""
    with _opened(config, data) as database:
        typer.echo(f"schema {database.revision()}")


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="submit, read or admin; repeated. Default: submit, read.")
    ] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    from emergence_stats_api.store.keys import create_key

    with _opened(config, data) as database:
        typer.echo(create_key(database, name=name, scopes=scope or ("submit", "read")))


@keys.command("list")
def list_(config: Config = None, data: Data = None) -> None:
    """List keys: id, name, scopes, when made, used and revoked."""
    from emergence_stats_api.store.keys import list_keys

    with _opened(config, data) as database:
        found = list_keys(database)
    for key in found:
        used = f"last used {_day(key.last_used_at)}" if key.last_used_at else "not used"
        revoked = f", revoked {_day(key.revoked_at)}" if key.revoked_at else ""
        typer.echo(f"{key.id}  {key.name}  ({key.scopes})  made {_day(key.created_at)}, {used}{revoked}")


@keys.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `keys list` shows it, or the key itself.")],
    config: Config = None,
    data: Data = None,
) -> None:
    """Revoke a key: at once, in every server."""
    from emergence_stats_api.store.keys import revoke_key

    identity = key.split("_")[1] if key.startswith("es_") and key.count("_") >= 2 else key
    with _opened(config, data) as database:
        revoked = revoke_key(database, identity)
    if not revoked:
        msg = f"{identity}: expected the id of a valid key; `{PROGRAM} keys list` shows them"
        raise InputError(msg)
    typer.echo(f"revoked {identity}")


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    import json

    from emergence_stats_api.app import create_app
    from emergence_stats_api.settings import ServiceSettings

    typer.echo(json.dumps(create_app(ServiceSettings()).openapi(), indent=2))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"{PROGRAM} {__version__}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line on stderr and code 2."""
    try:
        code: object = app(None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        return _fail(f"{error.format_message().rstrip('.')}. Try '{PROGRAM} --help'.")
    except EmergenceStatsError as error:
        return _fail(str(error))
    except (typer.Abort, KeyboardInterrupt):
        return 130
    return code if isinstance(code, int) else 0


def _announce(address: str, key: str | None) -> None:
    typer.echo(f"emergence_stats listens on {address}")
    if key is None:
        typer.echo(f"Sign in with a key of yours; `{PROGRAM} keys create NAME` makes another.")
    else:
        typer.echo(f"Your key, shown once: {key}")
        typer.echo(f"Open the page signed in: {address}/#key={key}")
    sys.stdout.flush()


def _settings(config: Path | None, **given: object) -> ServiceSettings:
    from emergence_stats_api.settings import ServiceSettings

    return ServiceSettings.load(config, **{name: value for name, value in given.items() if value is not None})


@contextlib.contextmanager
def _opened(config: Path | None, data: Path | None) -> Iterator[Database]:
    """The database, its schema this version's."""
    from emergence_stats_api.store.database import Database

    database = Database(_settings(config, data=data).url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


def _day(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _fail(message: str) -> int:
    typer.echo(f"{PROGRAM}: {' '.join(message.split())}", err=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())
