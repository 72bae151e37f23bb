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
    return source is not None and not source.name.startswith("DEFAULT")


def _as_typed(context: typer.Context, name: str) -> str:
    """The option of a parameter; of those that have a form with "no", the one that was given."""
    option = next(option for option in context.command.params if option.name == name)
    words = option.secondary_opts if context.params[name] is False and option.secondary_opts else option.opts
    return words[0]
