"""What one server process holds, made at start and closed at its end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from emergence_stats_api.problems import Problem
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store.database import Database
from emergence_stats_api.throttle import Throttle
from emergence_stats_api.work.pool import WorkPool
from emergence_stats_api.work.queue import JobQueue


@dataclasses.dataclass(slots=True, kw_only=True)
class ServerState:
    """What requests share.

    Attributes:
        settings: of the service.
        database: the store.
        queue: where workers hear of jobs.
        analysts: processes for analyses that are answered at once.
        readers: a process that reads uploads.
        throttle: how often keys and addresses may ask.
        waiting: requests that wait for a process.
    """

    settings: ServiceSettings
    database: Database
    queue: JobQueue
    analysts: WorkPool
    readers: WorkPool
    throttle: Throttle
    waiting: int = 0

    async def work[Answer](
        self, pool: WorkPool, function: Callable[..., Answer], /, *arguments: object, **named: object
    ) -> Answer:
        """Run a function in one of the processes of a pool.

        Raises:
            Problem: too many wait already, or it takes too long.
        """
        if self.waiting >= self.settings.waiting_analyses:
            raise Problem(429, "busy", "Too many analyses wait for an answer; use a job.", retry_after=1)
        self.waiting += 1
        future = pool.submit(function, *arguments, seconds=self.settings.analysis_seconds, **named)
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError:
            limit = f"{self.settings.analysis_seconds:g} s"
            raise Problem(422, "too-slow", f"The analysis takes longer than {limit}; use a job.") from None
        except MemoryError:
            raise Problem(413, "too-much-memory", "The input needs more memory than an analysis may use.") from None
        finally:
            self.waiting -= 1
            future.cancel()  # the client went away: nobody waits for the answer


@asynccontextmanager
async def open_state(settings: ServiceSettings) -> AsyncIterator[ServerState]:
    """Open everything a server needs, the database migrated, and close it at the end."""
    database = Database(settings.url)
    database.migrate()
    analysts = WorkPool(settings.analysis_processes, memory_mib=settings.memory_limit_mib)
    readers = WorkPool(1, memory_mib=settings.memory_limit_mib)
    analysts.warm_up()
    state = ServerState(
        settings=settings,
        database=database,
        queue=JobQueue(database, _taken_by_workers),
        analysts=analysts,
        readers=readers,
        throttle=Throttle(settings.rate_limit, settings.bad_key_limit),
    )
    try:
        yield state
    finally:
        analysts.close()
        readers.close()
        database.close()


def _taken_by_workers() -> None:
    """The server only announces jobs."""


def server_state(request: Request) -> ServerState:
    """The state of the server that answers a request."""
    state: ServerState = request.app.state.server
    return state


State = Annotated[ServerState, Depends(server_state)]
