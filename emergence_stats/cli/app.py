"""The console script: commands, exit codes, and errors as one line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from emergence_stats import __version__
from emergence_stats.cli.analyze import analyze
from emergence_stats.cli.axes import axes
from emergence_stats.cli.backtest import backtest
from emergence_stats.cli.compare import compare
from emergence_stats.cli.diff import diff
from emergence_stats.cli.forecast import forecast
from emergence_stats.cli.inspect_input import inspect_input
from emergence_stats.cli.merge import merge
from emergence_stats.cli.metrics import metrics
from emergence_stats.cli.plan import plan
from emergence_stats.cli.pool import pool
from emergence_stats.cli.report import report
from emergence_stats.cli.schema import schema
from emergence_stats.cli.serve import serve
from emergence_stats.cli.settings import settings
from emergence_stats.cli.simulate import simulate
from emergence_stats.errors import EmergenceStatsError

PROGRAM = "emergence-stats"
WRONG_USE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

# Plain help: drawing it with rich would take longer than everything else that --help does.
app = typer.Typer(
    name=PROGRAM,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("report", short_help="Analyse every series; write the HTML report and its data.")(report)
app.command("analyze", short_help="Analyse one series, to the terminal.")(analyze)
app.command("merge", short_help="Bring the parts of a report of many machines together.")(merge)
app.command("compare", short_help="Where a strategy begins to help, or a series overtakes a constant.")(compare)
app.command("forecast", short_help="Forecast the scores of further models.")(forecast)
app.command("backtest", short_help="Hide the largest models, and see how well they are foreseen.")(backtest)
app.command("plan", short_help="Which further sizes and items would decide a series.")(plan)
app.command("pool", short_help="Families of a few sizes each, in one model (samples for minutes).")(pool)
app.command("axes", short_help="Which measure of scale orders the scores: parameters, FLOP, tokens, loss?")(axes)
app.command("metrics", short_help="How often each metric is called emergent: which metrics make emergence?")(metrics)
app.command("inspect-input", short_help="Show what was understood of the input.")(inspect_input)
app.command("diff", short_help="Say what changed between two reports.")(diff)
app.command("simulate", short_help="Write series whose truth is known.")(simulate)
app.command("serve", short_help="Start the HTTP service and its page.")(serve)
app.command("schema", short_help="Print the JSON schema of a document.")(schema)
app.command("settings", short_help="Print all settings as TOML.")(settings)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Is an ability of language models emergent, and how sure is that? From scores by scale to a report."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: words after the program's name; those of the process if None.

    Returns:
        The exit code.
    """
    try:
        code: object = app(None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)  # where a word is wrong, that of the command it was given to
        path = PROGRAM if context is None else context.command_path
        message = error.format_message().rstrip(".")
        return _fail(f"{message}{'' if message.endswith('?') else '.'} Try '{path} --help'.", code=WRONG_USE)
    except EmergenceStatsError as error:
        return _fail(str(error), code=WRONG_USE)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("interrupted", code=INTERRUPTED)
    if code == INTERRUPTED:
        return _fail("interrupted", code=INTERRUPTED)
    return code if isinstance(code, int) else 0


def _fail(message: str, *, code: int) -> int:
    """One line on stderr, whatever the message holds."""
    typer.echo(f"{PROGRAM}: {' '.join(message.split())}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
