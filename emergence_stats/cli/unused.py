"""Options that were given and would have no effect: said before the work, not found out after hours of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import typer


def require_used(context: typer.Context, unused: Mapping[str, Collection[str]], *also_wrong: str) -> None:
    """Refuse what was given and would be ignored, all of it at once.

    Args:
        context: of the command.
        unused: what was given, as the message names it, such as "--stream"; to the names of the parameters that have
            no effect beside it.
        also_wrong: what else is wrong with them, told behind it.

    Raises:
        InputError: one of these parameters was given, be it with the value it has by default.
    """
    from emergence_stats.errors import InputError

    told: list[str] = []
    named: set[str] = set()
    for beside, names in unused.items():
        given = [name for name in names if name not in named and _given(context, name)]
        named.update(given)
        if given:
            told.append(f"{', '.join(_as_typed(context, name) for name in given)} beside {beside}")
    if told:
        msg = "; ".join([f"expected only options that have an effect, got {', '.join(told)}", *also_wrong])
        raise InputError(msg)


def _given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    # What is told not to happen does not happen: "--no-items" has its way.
    return source is not None and not source.name.startswith("DEFAULT") and context.params[name] is not False


def _as_typed(context: typer.Context, name: str) -> str:
    """The option of a parameter."""
    return next(option for option in context.command.params if option.name == name).opts[0]
