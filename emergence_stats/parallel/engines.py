"""Where chunks are computed: joblib's backends by name.

Each engine is a context in which `joblib.Parallel` finds its backend. What joblib scatters to a cluster's workers by
itself is lost with a worker; chunks are plain bytes, which it sends with the task, so that the scheduler can repeat it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import types
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from emergence_stats.arguments import whole_number
from emergence_stats.errors import EngineError, InputError

CONNECT_SECONDS = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where to compute.

    Attributes:
        name: "local" (processes of this machine), "dask" or "ray" (a cluster).
        workers: processes of this machine; a cluster uses what it has.
        scheduler: address of the cluster; a Ray cluster is found by itself.
    """

    name: str = "local"
    workers: int = 1
    scheduler: str | None = None

    def __post_init__(self) -> None:
        """Check the combination.

        Raises:
            InputError: there is no such engine, or its scheduler is missing or superfluous.
        """
        whole_number("workers", self.workers, minimum=1)
        if self.name not in ENGINES:
            msg = f"engine: expected one of {', '.join(ENGINES)}, got {self.name!r}"
            raise InputError(msg)
        if self.name == "local" and self.scheduler is not None:
            msg = f"scheduler: expected none beside the engine local, got {self.scheduler!r}; engines: dask, ray"
            raise InputError(msg)
        if self.name == "dask" and self.scheduler is None:
            msg = "scheduler: expected the address of a Dask scheduler (such as tcp://10.0.0.1:8786), got none"
            raise InputError(msg)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """What `joblib.Parallel` is told, and which errors mean that workers were lost.

    Attributes:
        n_jobs: chunks at a time; -1: as the cluster has processors.
        streams: whether answers can be had as they come; else they come in rounds.
        lost: errors after which chunks are handed out again.
    """

    n_jobs: int
    streams: bool = True
    lost: tuple[type[BaseException], ...] = ()


@contextlib.contextmanager
def _local(engine: Engine) -> Iterator[Backend]:
    import joblib

    with joblib.parallel_config(backend="loky", initializer=_ignore_interrupts):
        yield Backend(n_jobs=engine.workers, lost=(BrokenProcessPool,))


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _dask(engine: Engine) -> Iterator[Backend]:
    import joblib

    distributed: Any = _imported("distributed", "dask")
    try:
        client = distributed.Client(engine.scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        msg = f"{engine.scheduler}: expected a Dask scheduler, got no answer ({_first_line(error)})"
        raise EngineError(msg) from error
    with client:
        if not client.ncores():
            with contextlib.suppress(TimeoutError):
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        if not client.ncores():
            msg = f"{engine.scheduler}: expected a scheduler with workers, got one without any"
            raise EngineError(msg)
        lost = (distributed.scheduler.KilledWorker, distributed.client.FutureCancelledError)
        with joblib.parallel_config(backend="dask", client=client):
            yield Backend(n_jobs=-1, lost=lost)


@contextlib.contextmanager
def _ray(engine: Engine) -> Iterator[Backend]:
    import joblib

    ray: Any = _imported("ray", "ray")
    ray_joblib: Any = _imported("ray.util.joblib", "ray")
    try:
        ray.init(address=engine.scheduler, ignore_reinit_error=True, log_to_driver=False, include_dashboard=False)
    except (OSError, ConnectionError, TimeoutError, ValueError) as error:
        msg = f"{engine.scheduler}: expected a Ray cluster, got no answer ({_first_line(error)})"
        raise EngineError(msg) from error
    try:
        ray_joblib.register_ray()
        n_jobs = int(ray.cluster_resources().get("CPU", 1))
        with joblib.parallel_config(backend="ray"):
            yield Backend(n_jobs=n_jobs, streams=False, lost=(ray.exceptions.RayError,))
    finally:
        ray.shutdown()


ENGINES: Mapping[str, Callable[[Engine], contextlib.AbstractContextManager[Backend]]] = types.MappingProxyType(
    {"local": _local, "dask": _dask, "ray": _ray}
)


def _imported(module: str, extra: str) -> object:
    """A package that only some need."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        msg = f"engine {extra}: expected the package {module.partition('.')[0]}; pip install 'emergence-stats[{extra}]'"
        raise EngineError(msg) from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
