"""Every setting of the service: from the environment (``EMERGENCE_STATS_API_...``), a TOML file, or the defaults.

The environment wins over the file. The defaults are those of one person on one machine: a SQLite file in the user's
data folder, one worker process, the loopback address.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from sqlalchemy.engine import make_url

from emergence_stats.errors import SettingsError

MIB = 2**20
PREFIX = "EMERGENCE_STATS_API_"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Rate = Annotated[str, Field(pattern=r"^\d+/(second|minute|hour)$")]


def default_folder() -> Path:
    """Where the embedded default keeps its database: the user's data folder."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "emergence-stats"


class ServiceSettings(BaseSettings):
    """Settings of server and worker.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        data: folder of the embedded SQLite files; made if missing.
        database_url: SQLAlchemy URL of SQLite or PostgreSQL; None: a SQLite file in `data`.
        database_password_file: file whose first line is the password of `database_url`, to keep it out of the URL.
        workers: worker processes that `serve` starts; 0: none, they run elsewhere.
        jobs_at_once: jobs that one worker process works on at the same time.
        analysis_processes: processes for analyses that are answered at once and for reading uploads.
        body_limit_mib: size of a request, in MiB.
        unpacked_limit_mib: size of an upload once it is unpacked, in MiB.
        memory_limit_mib: address space of a process that works on what was uploaded, in MiB; 0: no limit.
        max_rows: rows of a table.
        max_series_at_once: series in one request to ``/v1/analyses``.
        max_points: points of a series in such a request.
        max_series: series of a job.
        max_resamples: resampled test sets that may be asked for.
        max_active_jobs: jobs of one key that are queued or running.
        rate_limit: requests of one key.
        bad_key_limit: requests with a wrong key from one address.
        body_seconds: for a request's body to arrive.
        head_seconds: for a request's head to arrive.
        analysis_seconds: for an analysis that is answered at once, and for reading an upload.
        job_seconds: for a job.
        waiting_analyses: requests that may wait for a free process; more are told to come again.
        max_attempts: starts of a job whose worker died, before it counts as failed.
        lease_seconds: without a sign of life from its worker, a job is given to another.
        retention_days: finished jobs are kept so long.
        storage_limit_mib: inputs and results of all jobs; the oldest finished ones go first.
        session_days: a browser stays signed in.
        shutdown_seconds: for requests to finish when the server is told to stop.
        behind_https: cookies only over HTTPS; set it behind a proxy that ends TLS.
        trusted_proxies: addresses whose ``X-Forwarded-For`` is believed, with commas.
        otlp_endpoint: where traces go (OpenTelemetry over HTTP); None: nowhere. Needs the extra ``otel``.
        log_level: of the structured log.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)
    toml_path: ClassVar[Path | None] = None

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    data: Path = Field(default_factory=default_folder)
    database_url: str | None = None
    database_password_file: Path | None = None
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    jobs_at_once: Count = 1
    analysis_processes: Count = 2
    body_limit_mib: Annotated[float, Field(gt=0)] = 32
    unpacked_limit_mib: Annotated[float, Field(gt=0)] = 256
    memory_limit_mib: Annotated[int, Field(ge=0)] = 8192
    max_rows: Count = 500_000
    max_series_at_once: Count = 8
    max_points: Count = 200
    max_series: Count = 20_000
    max_resamples: Count = 1000
    max_active_jobs: Count = 2000
    rate_limit: Rate = "6000/minute"
    bad_key_limit: Rate = "30/minute"
    body_seconds: Seconds = 120
    head_seconds: Seconds = 15
    analysis_seconds: Seconds = 60
    job_seconds: Seconds = 4 * 3600
    waiting_analyses: Count = 64
    max_attempts: Count = 3
    lease_seconds: Seconds = 20
    retention_days: Annotated[float, Field(gt=0)] = 90
    storage_limit_mib: Annotated[float, Field(gt=0)] = 10_240
    session_days: Annotated[float, Field(gt=0)] = 30
    shutdown_seconds: Seconds = 20
    behind_https: bool = False
    trusted_proxies: str = "127.0.0.1"
    otlp_endpoint: str | None = None
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not read: no file is found by chance
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was given, then the environment, then the TOML file."""
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return sources if cls.toml_path is None else (*sources, TomlConfigSettingsSource(settings_cls, cls.toml_path))

    @classmethod
    def load(cls, path: Path | None = None, **given: Any) -> Self:
        """Settings from a TOML file, the environment, and what is given, each over the one before.

        Raises:
            SettingsError: the file cannot be read, or a setting is unknown or not allowed.
        """
        if path is not None and not path.is_file():
            msg = f"{path}: expected a readable TOML file of the service's settings"
            raise SettingsError(msg)
        source = type(cls.__name__, (cls,), {"toml_path": path, "__module__": cls.__module__, "__doc__": cls.__doc__})
        try:
            values = source(**given).model_dump()
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            msg = f"{name}: {first['msg']}, got {first.get('input')!r:.80}"
            raise SettingsError(msg) from error
        except ValueError as error:  # TOML that is none
            msg = f"{path}: expected TOML, got a syntax error: {error}"
            raise SettingsError(msg) from error
        return cls(**values)

    @property
    def url(self) -> str:
        """The URL of the database, with its password.

        Raises:
            SettingsError: the file with the password cannot be read.
        """
        url = self.database_url or f"sqlite:///{self.data.absolute() / 'service.sqlite'}"
        if self.database_password_file is None:
            return url
        try:
            password = self.database_password_file.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError) as error:
            msg = f"database_password_file: {self.database_password_file}: expected a file with a password"
            raise SettingsError(msg) from error
        return make_url(url).set(password=password).render_as_string(hide_password=False)

    @property
    def body_limit(self) -> int:
        """Bytes of a request."""
        return int(self.body_limit_mib * MIB)

    @property
    def unpacked_limit(self) -> int:
        """Bytes of an unpacked upload."""
        return int(self.unpacked_limit_mib * MIB)

    @property
    def storage_limit(self) -> int:
        """Bytes of inputs and results."""
        return int(self.storage_limit_mib * MIB)
