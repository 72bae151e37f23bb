"""The model of an lm-evaluation-harness log, from the arguments it was started with."""

from __future__ import annotations

from collections.abc import Mapping

from emergence_stats.ingest.readers.measurements import mapping, text

_NAMES = ("pretrained", "engine", "model", "path")  # in the order of preference
_MAIN = ("main", "master", "")


def model_name(config: Mapping[str, object], fallback: object = None) -> str:
    """Name of the model, its checkpoint behind an @, an adapter behind a +.

    Args:
        config: the member ``config`` of a log.
        fallback: the name to take if the arguments have none.
    """
    arguments = _arguments(config.get("model_args"))
    base = next((arguments[name] for name in _NAMES if name in arguments), None)
    name = base or text(fallback) or text(config.get("model_name")) or text(config.get("model")) or "unnamed model"
    adapter = arguments.get("peft") or arguments.get("delta")
    revision = arguments.get("revision", text(config.get("model_revision")) or "")
    return f"{name}{f'+{adapter}' if adapter else ''}{f'@{revision}' if revision not in _MAIN else ''}"


def _arguments(told: object) -> dict[str, str]:
    """Arguments as names and texts: an object in new logs, name=value with commas in old ones."""
    if isinstance(told, str):
        pairs = (part.partition("=") for part in told.split(","))
        return {name.strip(): value.strip() for name, found, value in pairs if found}
    return {name: shown for name, value in mapping(told).items() if (shown := text(value)) is not None}
