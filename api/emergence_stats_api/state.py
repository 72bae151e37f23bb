"""What one server process holds, made at start and closed at its end."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from typing import Annotated

import pebble
from fastapi import Depends, Request

from emergence_stats_api.problems import Problem
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store.database import Database
from emergence_stats_api.throttle import Throttle
from emergence_stats_api.work.pool import WorkPool
from emergence_stats_api.work.queue import JobQueue
from emergence_stats_api.work.warming import load_kernels, load_readers

READERS = 2  # at most: one slow table or forecast must not hold up everybody's
logger = logging.getLogger(__name__)


@dataclasses.dataclass(slots=True, kw_only=True)
class ServerState:
    """What requests share.

    Attributes:
        settings: of the service.
        database: the store.
        queue: where workers hear of jobs.
        analysts: processes for analyses that are answered at once.
        readers: processes that read uploads, compare and forecast jobs.
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
            Problem: too many wait already, it takes too long, or its process was killed.
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
        except (pebble.ProcessExpired, BrokenProcessPool) as error:
            logger.warning("a process ended at its task", exc_info=error)
            raise Problem(503, "interrupted", "The process that worked on this was ended.", retry_after=1) from None
        finally:
            self.waiting -= 1
            future.cancel()  # the client went away: nobody waits for the answer


@asynccontextmanager
async def open_state(settings: ServiceSettings) -> AsyncIterator[ServerState]:
    """Open everything a server needs, the database migrated, and close it at the end."""
    database = Database(settings.url)
    database.migrate()
    analysts = WorkPool(settings.analysis_processes, memory_mib=settings.memory_limit_mib, load=load_kernels)
    readers = WorkPool(
        min(READERS, settings.analysis_processes), memory_mib=settings.memory_limit_mib, load=load_readers
    )
    analysts.start()
    readers.start()
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
