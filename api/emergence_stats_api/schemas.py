"""What requests and answers hold. Results themselves follow the package's own JSON schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from emergence_stats_api.store.jobs import FINISHED
from emergence_stats_api.store.tables import Job, Share

SCALE_COLUMNS = ("train_flops", "params", "tokens", "loss")
POINTS = 10_000  # in one column of a request; the settings may say fewer
ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Column = Annotated[list[Number], Field(min_length=1, max_length=POINTS)]
Text = Annotated[str, Field(max_length=500)]


JobId = Annotated[str, Path(description="The job, as its submission named it.", examples=["OuvfGiQc8e_CB3mx8S_QrcZD"])]


class Strict(BaseModel):
    """A request: unknown fields are errors, since they are most often misspelt ones."""

    model_config = ConfigDict(extra="forbid")


class AnalysisOptions(Strict):
    """How series are analysed."""

    resamples: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Resampled test sets per test-set size; 0 leaves them out."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(default=0, description="Seed of every random choice.")
    cross_checks: bool = Field(default=False, description="Add the frequentist cross-checks.")
    settings: dict[str, dict[str, JsonValue]] | None = Field(
        default=None, description="Settings to change, by group, as `emergence-stats settings` prints them."
    )


class JobOptions(AnalysisOptions):
    """How a table is analysed."""

    scale: ColumnName | None = Field(default=None, description="Scale column; by default found for each series.")
    by: Annotated[list[ColumnName], Field(max_length=20)] = Field(
        default_factory=list, description="Further columns that tell series apart."
    )
    resamples: Annotated[int, Field(ge=0)] = Field(
        default=200, description="Resampled test sets per test-set size; 0 leaves them out."
    )
    cross_checks: bool = Field(default=True, description="Add the frequentist cross-checks.")


class SeriesIn(Strict):
    """One series, as `emergence_stats.Series`: scales with counts, or scores with items, an error or alone."""

    scale: Column = Field(description="Positive scales, not logged; or name them `params`, `train_flops`, `tokens`.")
    n_correct: Column | None = None
    n_items: Column | None = None
    score: Column | None = None
    stderr: Column | None = None
    chance_level: Number | None = None
    answer_tokens: Number | None = Field(
        default=None, description="Tokens of an answer that must all be right, on average, where known."
    )
    scale_kind: Literal["params", "train_flops", "tokens", "loss", "scale"] = "params"
    name: Text = "series"
    metric: Text = ""
    higher_is_better: bool = True
    score_bounds: tuple[Number, Number] | None = (0.0, 1.0)
    score_axis: Literal["linear", "log"] = "linear"
    model: Annotated[list[Text], Field(max_length=POINTS)] | None = None
    seed: Annotated[list[Text | int], Field(max_length=POINTS)] | None = None
    identity: Annotated[dict[Text, Text], Field(max_length=50)] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _as_in_tables(cls, given: Any) -> Any:
        """Take the scale under its column's name, and `task` for the name, as tidy tables have them."""
        if not isinstance(given, dict):
            return given
        fields = dict(given)
        column = next((name for name in SCALE_COLUMNS if name in fields), None)
        if "scale" not in fields and column is not None:
            fields["scale"] = fields.pop(column)
            fields.setdefault("scale_kind", column)
        if "task" in fields:
            task = fields.pop("task")
            fields.setdefault("name", task)
            fields.setdefault("identity", {"task": task})
        return fields


class AnalysisRequest(AnalysisOptions):
    """One series or a few, and how to analyse them. A single series may also be the whole body."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "series": {
                        "name": "unscramble",
                        "scale": [1e8, 1e9, 1e10, 1e11],
                        "n_correct": [126, 119, 133, 441],
                        "n_items": [500, 500, 500, 500],
                        "chance_level": 0.25,
                        "scale_kind": "params",
                    }
                }
            ]
        },
    )
    series: SeriesIn | Annotated[list[SeriesIn], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _whole_body(cls, given: Any) -> Any:
        """Take a body that is a series, or a list of them, for what it is."""
        if isinstance(given, list):
            return {"series": given}
        if not isinstance(given, dict) or "series" in given or not ({"scale", *SCALE_COLUMNS} & given.keys()):
            return given
        options = {
            name: given[name]
            for name in AnalysisOptions.model_fields
            if name in given and not (name == "seed" and isinstance(given[name], list))  # labels of runs
        }
        return {"series": {name: value for name, value in given.items() if name not in options}, **options}


class JobRequest(Strict):
    """A table as JSON, and how to analyse it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "nightly",
                    "table": [
                        {"task": "unscramble", "params": 1e8, "n_correct": 3, "n_items": 500, "chance_level": 0},
                        {"task": "unscramble", "params": 1e9, "n_correct": 4, "n_items": 500, "chance_level": 0},
                        {"task": "unscramble", "params": 1e10, "n_correct": 9, "n_items": 500, "chance_level": 0},
                        {"task": "unscramble", "params": 1e11, "n_correct": 310, "n_items": 500, "chance_level": 0},
                    ],
                    "options": {"resamples": 0},
                }
            ]
        },
    )
    table: list[dict[str, JsonValue]] | dict[str, JsonValue] = Field(
        description="Rows as objects, one measurement each; or columns as arrays; or `columns` and `data`."
    )
    name: Annotated[str, Field(max_length=200)] = Field(default="", description="Label in lists of jobs.")
    options: JobOptions = Field(default_factory=JobOptions)


class Progress(BaseModel):
    """How far a job is, in series."""

    done: int
    total: int


class JobOut(BaseModel):
    """A job."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "OuvfGiQc8e_CB3mx8S_QrcZD",
                    "name": "nightly",
                    "state": "done",
                    "progress": {"done": 1, "total": 1},
                    "created_at": "2026-11-22T13:01:26.268343Z",
                    "started_at": "2026-11-22T13:01:26.759965Z",
                    "finished_at": "2026-11-22T13:01:32.503477Z",
                    "expires_at": "2027-02-20T13:01:32.503477Z",
                    "attempt": 1,
                    "options": {"resamples": 200, "seed": 0, "cross_checks": True, "scale": None, "by": []},
                    "error": None,
                    "headline": "The one series is emergent.",
                    "counts": {"emergent": 1},
                    "links": {
                        "self": "/v1/jobs/OuvfGiQc8e_CB3mx8S_QrcZD",
                        "page": "/jobs/OuvfGiQc8e_CB3mx8S_QrcZD",
                        "results": "/v1/jobs/OuvfGiQc8e_CB3mx8S_QrcZD/results",
                        "report": "/v1/jobs/OuvfGiQc8e_CB3mx8S_QrcZD/report",
                    },
                }
            ]
        }
    )
    id: str
    name: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: Progress
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When it will be deleted, at the latest.")
    attempt: int = Field(description="How often it was started.")
    options: dict[str, JsonValue]
    error: str | None = Field(description="Why it failed.")
    headline: str | None = Field(description="The finding in a sentence or two, once it is done.")
    counts: dict[str, int] | None = Field(description="Series of each verdict, once it is done.")
    links: dict[str, str]

    @classmethod
    def of(cls, job: Job, *, retention_days: float) -> Self:
        """A stored job as it is told."""
        here = f"/v1/jobs/{job.id}"
        links = {"self": here, "page": f"/jobs/{job.id}"}
        if job.state == "done":
            links |= {"results": f"{here}/results", "report": f"{here}/report"}
        ends = job.finished_at + retention_days * 86400 if job.finished_at and job.state in FINISHED else None
        options = {name: value for name, value in job.options.items() if name != "total"}
        return cls(
            id=job.id,
            name=job.name,
            state=job.state,  # type: ignore[arg-type]
            progress=Progress(done=job.done, total=job.total),
            created_at=_moment(job.created_at),
            started_at=_moment_or_none(job.started_at),
            finished_at=_moment_or_none(job.finished_at),
            expires_at=_moment_or_none(ends),
            attempt=job.attempt,
            options=options,
            error=job.error,
            headline=job.headline,
            counts=job.counts,
            links=links,
        )


class JobPage(BaseModel):
    """Some jobs, newest first."""

    jobs: list[JobOut]
    next: str | None = Field(description="Give it as `before` to see older ones; null: there are none.")


class InspectedFile(BaseModel):
    """An upload that was read."""

    name: str
    format: str
    n_rows: int


class Skipped(BaseModel):
    """Something that is not used, and why."""

    name: str
    reason: str


class InspectedSeries(BaseModel):
    """A series that can be analysed."""

    name: str
    n_points: int
    scale_kind: str
    scale_min: float
    scale_max: float
    score_form: str
    chance_level: float | None
    chance_source: str
    n_warnings: int


class InspectedWarning(BaseModel):
    """What a reader of the results should know, and how many series it concerns."""

    text: str
    n_series: int


class Inspection(BaseModel):
    """What is understood of uploads."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "n_rows": 5,
                    "n_series": 2,
                    "n_usable": 1,
                    "files": [{"name": "scores.csv", "format": "delimited text", "n_rows": 5}],
                    "skipped": [],
                    "notes": [],
                    "series": [
                        {
                            "name": "unscramble",
                            "n_points": 4,
                            "scale_kind": "params",
                            "scale_min": 1e8,
                            "scale_max": 1e11,
                            "score_form": "counts",
                            "chance_level": 0.0,
                            "chance_source": "column",
                            "n_warnings": 0,
                        }
                    ],
                    "problems": [
                        {"name": "recall", "reason": "expected at least two different scales in a series, got 1"}
                    ],
                    "warnings": [],
                }
            ]
        }
    )
    n_rows: int
    n_series: int
    n_usable: int
    files: list[InspectedFile]
    skipped: list[Skipped]
    notes: list[str]
    series: list[InspectedSeries] = Field(description="The first 200.")
    problems: list[Skipped] = Field(description="Series that cannot be analysed; the first 200.")
    warnings: list[InspectedWarning]


class ShareOut(BaseModel):
    """A link to one report."""

    id: str
    created_at: datetime
    url: str | None = Field(description="The link; told once, when it is made.")

    @classmethod
    def of(cls, share: Share, token: str | None = None) -> Self:
        """A stored link."""
        return cls(
            id=share.id,
            created_at=_moment(share.created_at),
            url=None if token is None else f"/shared/{token}",
        )


class Health(BaseModel):
    """That the server lives."""

    status: Literal["ok"]
    version: str


class Readiness(BaseModel):
    """Whether the server can do its work, part by part."""

    ready: bool
    parts: dict[str, bool]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _moment_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)
