"""One item of one model: what readers yield for the long table of items."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The outcome of one test item; missing is None. The fields are columns of the long table.

    Attributes:
        task: name of the task.
        metric: name of the metric.
        model: name of the model as the log has it.
        item: what identifies the item within its task.
        score: its score; the mean over repeated attempts.
        cluster: what it shares with other items, such as a passage.
        params: parameters, if the log says so.
        tokens: training tokens.
        prompt: what tells the prompt from others.
        shots: examples in the prompt.
    """

    task: str
    metric: str
    model: str
    item: str
    score: float
    cluster: str | None = None
    params: float | None = None
    tokens: float | None = None
    prompt: str | None = None
    shots: str | None = None
