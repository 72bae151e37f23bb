"""The server process: uvicorn with a limit on the time for a request's head, and the workers that it looks after."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from emergence_stats.errors import OutputError
from emergence_stats_api import logs
from emergence_stats_api.app import create_asgi
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.keys import create_key, list_keys
from emergence_stats_api.worker import run_worker

HEAD_BYTES = 32 * 1024
IDLE_SECONDS = 75  # longer than proxies and clients keep a connection: whoever closes first must not be the server
RESTART_SECONDS = 1.0  # between starts of a worker that ended by itself
logger = logging.getLogger(__name__)


def run_server(settings: ServiceSettings, announce: Callable[[str, str | None], None]) -> None:
    """Serve until told to stop (SIGTERM or SIGINT): open requests are answered first, jobs go back into the queue.

    Args:
        settings: of the service.
        announce: called with the address, and with the key if this is the first start, once the server listens.

    Raises:
        OutputError: the address cannot be listened on.
    """
    listening = listen(settings)
    logs.configure(settings.log_level)
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    key = _first_key(settings)
    with _told_to_stop(), _workers(settings):
        announce(address, key)
        uvicorn.Server(server_config(settings)).run(sockets=[listening])


def server_config(settings: ServiceSettings) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        create_asgi(settings),
        http=_protocol(settings.head_seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=IDLE_SECONDS,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=int(settings.shutdown_seconds) or 1,
    )


def listen(settings: ServiceSettings) -> socket.socket:
    """A socket on the address and port of the settings.

    Raises:
        OutputError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named since asyncio asks accepted sockets for it: only those of TCP send small packets at once.
    # Otherwise the body of an answer waits until the client's system has confirmed its head, which takes it 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        msg = f"{settings.host}:{settings.port}: cannot be listened on: {error.strerror}"
        raise OutputError(msg) from error
    listening.set_inheritable(False)
    return listening


def _first_key(settings: ServiceSettings) -> str | None:
    """A key with all scopes, if the database has none yet."""
    database = Database(settings.url)
    database.migrate()
    try:
        return None if list_keys(database) else create_key(database, name="first start")
    finally:
        database.close()


def _protocol(head_seconds: float) -> type[H11Protocol]:
    """uvicorn's protocol, which by itself waits for the head of a request for ever."""

    class Impatient(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.loop.call_later(head_seconds, self._close_without_head, None)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:  # a further head has begun
                self.loop.call_later(head_seconds, self._close_without_head, self.cycle)

        def _close_without_head(self, before: object) -> None:
            latest: object = self.cycle  # made when a head is complete; None until the first is
            if latest is before and self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                self.transport.close()

    return Impatient


@contextlib.contextmanager
def _told_to_stop() -> Iterator[None]:
    """uvicorn raises the signal that stopped it again when it is done; what follows it here must still happen."""
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing."""


@contextlib.contextmanager
def _workers(settings: ServiceSettings) -> Iterator[None]:
    """Worker processes, started anew if they end by themselves, told to stop at the end."""
    stopping = threading.Event()
    keepers = [
        threading.Thread(target=_keep_worker, args=(settings, stopping), name=f"worker-{i}")
        for i in range(settings.workers)
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stopping.set()
        for keeper in keepers:
            keeper.join()


def _keep_worker(settings: ServiceSettings, stopping: threading.Event) -> None:
    context = multiprocessing.get_context("spawn")
    while not stopping.is_set():
        worker = context.Process(target=run_worker, args=(settings,))
        worker.start()
        while worker.is_alive() and not stopping.is_set():
            worker.join(0.2)
        if not stopping.is_set():
            logger.warning("worker ended; starting another", extra={"exit_code": worker.exitcode})
            stopping.wait(RESTART_SECONDS)
            continue
        worker.terminate()
        worker.join(settings.shutdown_seconds + 5)
        if worker.is_alive():
            worker.kill()
            worker.join()
        return
