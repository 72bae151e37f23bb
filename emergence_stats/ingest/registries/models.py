"""Models by name: parameters, training tokens and training FLOP, with the source of the figures.

The shipped table is ``data/models.csv``; a user's own goes before it. A name that is not listed is never guessed from
its looks: `ModelRegistry.nearest` says what it resembles, and a person decides.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
from collections.abc import Iterable

from emergence_stats.ingest.registries.names import Names, shipped_entries, sourced
from emergence_stats.ingest.registries.registry_file import Entry, csv_cell, entry_number

FLOP_PER_PARAMETER_AND_TOKEN = 6  # forward and backward pass, arXiv 2001.08361, section 2.1
_STEP = re.compile(r"(?:global[_-]?)?step[_=-]?(\d+)")
_TOKENS = re.compile(r"tokens?[_=-]?(\d+(?:\.\d+)?)(m|b|t)(?![a-z])")
_TOKEN_UNITS = {"m": 1e6, "b": 1e9, "t": 1e12}
_TUNED = re.compile(r"-(chat|instruct|it|sft|dpo|rlhf)(?=-|$)")
_OVERSHOOT = 1.02  # a checkpoint beyond the end of training is of another training


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What is known about a model or one of its checkpoints; missing is None.

    Attributes:
        name: name in the registry.
        params: all parameters.
        tokens: training tokens, of a checkpoint those seen so far.
        train_flops: training FLOP.
        derived: whether `train_flops` is 6 x parameters x tokens, with the active parameters of a mixture of experts.
        family: models that differ in scale alone.
        released: year and month.
        source: where the figures are from.
    """

    name: str
    params: float | None
    tokens: float | None
    train_flops: float | None
    derived: bool
    family: str | None
    released: str | None
    source: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    name: str
    params: float | None
    active_params: float | None
    tokens: float | None
    train_flops: float | None
    tokens_per_step: float | None
    family: str | None
    released: str | None
    source: str


class ModelRegistry:
    """The shipped models, and before them a user's own.

    Args:
        entries: a user's entries, as `registry_file.registry_entries` gives them.
        source: what to name as the source of entries that name none.

    Raises:
        ReaderError: an entry has a number or pattern that is none.
    """

    def __init__(self, entries: Iterable[Entry] = (), *, source: str = "the user's registry") -> None:
        """Put a user's entries before the shipped ones."""
        self._own = Names(sourced(entries, source), plain=_plain, fact=_model)
        self._found: dict[str, ModelSpec | None] = {}

    def __getitem__(self, name: str) -> ModelSpec | None:
        """What is known about a model, or None.

        Args:
            name: as a log has it: with or without organisation, a checkpoint behind an @.
        """
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def nearest(self, name: str, limit: int = 3) -> list[str]:
        """Names that look most like one that is not listed."""
        names = {**dict(_shipped()), **dict(self._own)}
        wanted = _plain(name.partition("@")[0])
        return [names[match] for match in difflib.get_close_matches(wanted, names, n=limit, cutoff=0.6)]

    def _look_up(self, name: str) -> ModelSpec | None:
        base, _, revision = name.partition("@")
        plain = _plain(base)
        # A user's entry may name one checkpoint, a tuned model or a whole path; the longest name is tried first.
        for candidate in dict.fromkeys((_plain(name), plain, _TUNED.sub("", plain), _STEP.sub("", plain).rstrip("-"))):
            model = self._own.get(candidate) or _shipped().get(candidate)
            if model is None:
                continue
            # What the matched name leaves out of the name asked for: a checkpoint, or that it was tuned.
            checkpoint = revision or (plain if _STEP.search(plain) and not _STEP.search(candidate) else "")
            tuned = _TUNED.search(plain) is not None and _TUNED.search(candidate) is None
            return _spec(model, "" if candidate == _plain(name) else checkpoint, tuned=tuned)
        return None


def registry_line(name: str) -> str:
    """The line to add to a CSV registry of models, its sizes to be filled in.

    Args:
        name: the model.
    """
    return f"{csv_cell(name)},PARAMS,TOKENS,FAMILY"


REGISTRY_HEADINGS = "model,params,tokens,family"


def _plain(name: str) -> str:
    """A name without its organisation, in lower case, other signs as hyphens."""
    last = name.strip().rstrip("/").replace("__", "/").rpartition("/")[2].lower()
    return re.sub(r"[-_:\s@]+", "-", last).removesuffix("-hf").strip("-")


def _spec(model: _Model, checkpoint: str, *, tuned: bool) -> ModelSpec:
    """The facts of a model, or of its checkpoint: the tokens seen so far, or none if they cannot be told."""
    tokens, flops, source = model.tokens, model.train_flops, model.source
    if checkpoint:
        tokens, flops = _tokens_at(checkpoint.lower(), model), None
        source += ", checkpoint by its tokens" if tokens is not None else ", tokens of the checkpoint not known"
    computed = model.active_params or model.params
    derived = flops is None and computed is not None and tokens is not None
    family = f"{model.family} (tuned)" if tuned and model.family else model.family
    return ModelSpec(
        name=model.name, params=model.params, tokens=tokens, derived=derived, family=family, released=model.released,
        source=source,
        train_flops=FLOP_PER_PARAMETER_AND_TOKEN * computed * tokens
        if flops is None and computed is not None and tokens is not None
        else flops,
    )  # fmt: skip


def _tokens_at(checkpoint: str, model: _Model) -> float | None:
    """Tokens that a checkpoint has seen: written in its name, else its step times the tokens of a step."""
    told, step = _TOKENS.search(checkpoint), _STEP.search(checkpoint)
    if told:
        tokens = float(told[1]) * _TOKEN_UNITS[told[2]]
    elif step and model.tokens_per_step:
        tokens = float(step[1][:18]) * model.tokens_per_step
    else:
        return None
    return tokens if model.tokens is None or tokens <= _OVERSHOOT * model.tokens else None


def _model(entry: Entry) -> _Model:
    return _Model(
        name=entry["name"],
        params=entry_number(entry, "params") or None, active_params=entry_number(entry, "active_params") or None,
        tokens=entry_number(entry, "tokens"), train_flops=entry_number(entry, "train_flops"),
        tokens_per_step=entry_number(entry, "tokens_per_step"), family=entry.get("family") or None,
        released=entry.get("released") or None, source=entry["source"],
    )  # fmt: skip


@functools.cache
def _shipped() -> Names[_Model]:
    return Names(shipped_entries("models.csv"), plain=_plain, fact=_model)
