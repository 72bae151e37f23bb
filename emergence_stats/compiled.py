"""How inner loops are compiled: one decorator, so that every kernel has the same options.

Results must be the same to the last bit on every run and for any number of workers. So nothing runs in threads, and
no relaxed floating-point mathematics is allowed: a kernel that was just compiled and the same one read back from disk
could then differ in the last digits. Sums that should run on vectors are written in lanes (`numerics.lane_sum`).
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import llvmlite.binding
import numba
from llvmlite import ir
from numba.core import types
from numba.core.registry import cpu_target
from numba.core.typing.templates import Signature
from numba.extending import intrinsic


@functools.cache
def _source_stamp() -> tuple[tuple[str, float, int], ...]:
    """Name, time and size of every source file of the package."""
    root = Path(__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        status = path.stat()
        found.append((str(path.relative_to(root)), status.st_mtime, status.st_size))
    return tuple(found)


def compiled[**Parameters, Result](function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile to machine code on first use and keep the result on disk."""
    return _with_stamp(function, _kept_if_possible(function))


def inlined[**Parameters, Result](function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The same for what inner loops call: a loop runs on vectors only if nothing is left in it that is called."""
    return _with_stamp(function, _kept_if_possible(function, forceinline=True))


def cache_folder(function: Callable[..., object]) -> Path | None:
    """Where machine code of a compiled function is kept; None where nothing can be written."""
    cache = getattr(function, "_cache", None)
    return None if getattr(cache, "_cache_file", None) is None else Path(cast("Any", cache).cache_path)


def is_kept(function: Callable[..., object]) -> bool:
    """Whether machine code of a compiled function is kept on disk, of today's sources and for this processor."""
    # Numba itself tells of its cache only once the function was called, which would compile it.
    index = getattr(getattr(getattr(function, "_cache", None), "_cache_file", None), "_load_index", dict)
    processor = cpu_target.target_context.codegen().magic_tuple()
    return any(processor in key for key in index())


def processor_kind() -> str:
    """The kind of this machine's processor, as the compiler calls it: of another one, last digits may differ."""
    return str(llvmlite.binding.get_host_cpu_name())


def _kept_if_possible(function: Callable[..., Any], *, forceinline: bool = False) -> object:
    """Compile; where nothing can be written (a read-only container), for this process alone."""
    try:
        return numba.njit(cache=True, error_model="numpy", forceinline=forceinline)(function)
    except RuntimeError:  # numba found no folder for its cache
        return numba.njit(error_model="numpy", forceinline=forceinline)(function)


def _with_stamp[**Parameters, Result](
    _like: Callable[Parameters, Result], dispatcher: object
) -> Callable[Parameters, Result]:
    """Let a kept result know the sources of the whole package."""
    # Numba renews a kept result when the function's own file changes. What it inlines comes from other files, whose
    # changes it would not see: the stamp of a kept result is that of the whole package.
    cache_file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if cache_file is not None and hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = _source_stamp()
        _keep_if_possible(cast("Any", dispatcher)._cache)
    return cast("Callable[Parameters, Result]", dispatcher)


def _keep_if_possible(cache: Any) -> None:  # noqa: ANN401  # numba has no types
    """Go on where the disk is full: what was compiled is of use without being kept."""
    save = cache.save_overload

    def save_if_possible(signature: object, data: object) -> None:
        with contextlib.suppress(OSError):
            save(signature, data)

    cache.save_overload = save_if_possible


def _reinterpreted(source: types.Type, target: types.Type, code: ir.Type) -> Callable[..., Any]:
    """A function for compiled code alone that reads the bits of one type as another one of the same size."""

    def generate(_context: object, builder: ir.IRBuilder, _signature: object, values: list[ir.Value]) -> ir.Instruction:
        return builder.bitcast(values[0], code)

    @intrinsic
    def reinterpret(_context: object, _value: types.Type) -> tuple[Signature, Callable[..., ir.Instruction]]:
        return target(source), generate

    return cast("Callable[..., Any]", reinterpret)


bits_of = cast("Callable[[float], int]", _reinterpreted(types.float64, types.int64, ir.IntType(64)))
float_of = cast("Callable[[int], float]", _reinterpreted(types.int64, types.float64, ir.DoubleType()))
