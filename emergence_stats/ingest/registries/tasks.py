"""Chance levels of common tasks: the score of answering at random, 1 / number of choices, or 0 where text is generated.

Only tasks whose number of choices is the same for (nearly) every question are listed. TruthfulQA, MMLU-Pro, HEAD-QA,
MedQA without its number of choices and most of BIG-bench are not: their questions differ, so their random score depends
on the version of the task. ARC-AGI and ARC-DA share no more than ARC's name.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
from collections.abc import Iterable, Mapping

from emergence_stats.ingest.registries.names import Names, shipped_entries, sourced
from emergence_stats.ingest.registries.registry_file import Entry, entry_number

# Numbers of choices: from the papers that introduced the tasks. Patterns for the whole name in lower case, other
# characters as "_"; the first match counts.
CHANCE_LEVELS: Mapping[str, float] = types.MappingProxyType(
    {
        # Four choices: ARC arXiv 1803.05457 (nearly all questions), HellaSwag 1905.07830, OpenBookQA 1809.02789,
        # RACE 1704.04683, SciQ 1707.06209, LogiQA 2007.08124, MMLU 2009.03300, SWAG 1808.05326, GPQA 2311.12022.
        r"(ai2_)?arc(?!_agi|_da)(_easy|_challenge|_[ec])?(_.*)?": 0.25,
        r"(hella)?swag(_.*)?|openbook_?qa(_.*)?|obqa": 0.25,
        r"race(_.*)?|sciq|logiqa2?(_en|_zh)?|agieval_logiqa_.*": 0.25,
        r"(global_)?mmlu(?!_pro)(_.*)?|hendrycks_?test(_.*)?|(c|cmm|kmm)_?mmlu(_.*)?|ceval(_.*)?|gpqa(_.*)?": 0.25,
        r"cosmos_?qa|quail|medmcqa|parsinlu_qa(_mc)?|belebele(_.*)?|quality|reclor": 0.25,
        r"medqa_4options(_.*)?": 0.25,  # arXiv 2009.13081 in its form with four choices; the original has five
        # Five choices: CommonsenseQA 1811.00937, MathQA 1905.13319, AQuA 1705.04146.
        r"commonsense_?qa|csqa|mathqa|math_qa|aqua(_rat)?|agieval_aqua_rat": 0.2,
        # Three choices: ANLI 1910.14599, MultiNLI 1704.05426, CommitmentBank, SocialIQA 1904.09728,
        # PubMedQA 1909.06146, DREAM 1902.00164.
        r"anli(_.*)?|((super_?)?glue_)?(mnli(_.*)?|cb)|xnli(_.*)?|social_?i_?qa|siqa|pubmed_?qa|dream": 1 / 3,
        # Two choices: PIQA 1911.11641, WinoGrande 1907.10641, BoolQ 1905.10044, SuperGLUE 1905.00537, GLUE 1804.07461,
        # BLiMP 1912.00582, StoryCloze 1604.01696, StrategyQA 2101.02235.
        r"piqa|wino_?grande(_.*)?|wsc(273|_.*)?|x?winograd(_.*)?|boolq(_.*)?|x?copa(_.*)?": 0.5,
        r"wic|rte|qnli|qqp|mrpc|wnli|sst_?2?": 0.5,
        r"(super_?)?glue_(rte|wic|wsc|copa|boolq|qnli|qqp|mrpc|wnli|sst_?2)": 0.5,
        r"blimp(_.*)?|x?story_?cloze(_.*)?|strategy_?qa|crows_pairs(_.*)?|paws(_?x)?(_.*)?|multirc": 0.5,
        r"coin_?flip(_?\d+)?": 0.5,
        # Generated answers, matched with a reference.
        r"gsm_?8k(_.*)?|gsm_plus|gsm_hard|mgsm(_.*)?|svamp|asdiv|mawps(_.*)?": 0.0,
        r"multi_?arith|single_?(op|eq)|add_?sub": 0.0,
        r"(hendrycks_|minerva_|competition_)?math(_.*)?|arithmetic(_.*)?|human_?eval(_.*)?|mbpp(_.*)?": 0.0,
        r"lambada(_.*)?|trivia_?qa(_.*)?|nq(_open)?|natural_?(qs|questions?)(_.*)?|web_?qs": 0.0,
        r"squad(_?v?2)?|squadv2|drop|co_?qa|quac": 0.0,
        r"(word_)?unscrambl.*|cycle_letters|anagrams[12]|random_insertion|reversed_words|last_?letters?(_?\d+)?": 0.0,
        r"international_phonetic_alphabet_transliterate|ipa_transliterate|modified_arithmetic|wikitext(_.*)?": 0.0,
    }
)


_GENERATED = ("exact_str_match", "exact_match", "bleu", "rouge")  # metrics to which a number of options says nothing
_ADDED = re.compile(r"bigbench_|_(multiple_choice|generate_until|mc|greedy_until|zero_shot|zeroshot)$")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """What is known about a task; missing is None.

    Attributes:
        name: name in the registry.
        chance_level: score of random answers; 1 / options where only these are given.
        n_items: questions of its usual test set.
        metric: its usual metric.
        source: where the figures are from.
    """

    name: str
    chance_level: float | None
    n_items: float | None
    metric: str | None
    source: str


class TaskRegistry:
    """The shipped tasks, and before them a user's own.

    Args:
        entries: a user's entries, as `registry_file.registry_entries` gives them.
        source: what to name as the source of entries that name none.

    Raises:
        ReaderError: an entry has a number or pattern that is none.
    """

    def __init__(self, entries: Iterable[Entry] = (), *, source: str = "the user's registry") -> None:
        """Put a user's entries before the shipped ones."""
        self._own = Names(sourced(entries, source), plain=_plain, fact=_task)

    def own(self, name: str) -> TaskSpec | None:
        """What the user says about a task, or None."""
        return _first(self._own, name)

    def __getitem__(self, name: str) -> TaskSpec | None:
        """What is known about a task, or None."""
        return self.own(name) or _listed(name)


def task_chance_level(name: str, metric: str = "") -> float | None:
    """Chance level of a task, or None if it is not listed.

    Args:
        name: as it is in the table, such as ``hendrycksTest-college_physics``.
        metric: the metric; matching a reference text gains nothing from a number of options.
    """
    plain = _plain(name)
    listed = _chance_by_pattern(plain)
    if listed is not None or metric.startswith(_GENERATED):
        return listed
    spec = _listed(name)
    return None if spec is None else spec.chance_level


@functools.lru_cache(maxsize=4096)
def _chance_by_pattern(plain: str) -> float | None:
    return next((level for pattern, level in CHANCE_LEVELS.items() if re.fullmatch(pattern, plain)), None)


@functools.lru_cache(maxsize=4096)
def _listed(name: str) -> TaskSpec | None:
    return _first(_shipped(), name)


def _first(specs: Names[TaskSpec], name: str) -> TaskSpec | None:
    """The first task that a name means, as it is or without what harnesses add to it."""
    plain = _plain(name)
    return specs.get(plain) or specs.get(_ADDED.sub("", plain))


@functools.lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.strip().lower()).strip("_")


def _task(entry: Entry) -> TaskSpec:
    options = entry_number(entry, "options")
    chance = entry_number(entry, "chance_level")
    return TaskSpec(
        name=entry["name"], chance_level=1 / options if chance is None and options else chance,
        n_items=entry_number(entry, "n_items") or None, metric=entry.get("metric") or None, source=entry["source"],
    )  # fmt: skip


@functools.cache
def _shipped() -> Names[TaskSpec]:
    return Names(shipped_entries("tasks.csv", "bigbench_tasks.csv"), plain=_plain, fact=_task)
