"""Importing the package: cheap, and every public name where it is promised."""

from __future__ import annotations

import subprocess
import sys

import pytest

import emergence_stats

HEAVY = {"arviz", "matplotlib", "numba", "pandas", "pyarrow", "pymc", "scipy", "sklearn", "statsmodels"}


def packages_loaded_by(code: str) -> set[str]:
    """Top-level packages that a new interpreter has loaded after running some code."""
    report = "import sys; sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    finished = subprocess.run(
        [sys.executable, "-c", f"import atexit; atexit.register(lambda: exec({report!r}))\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(finished.stderr.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = packages_loaded_by("import emergence_stats")
    assert "emergence_stats" in loaded
    assert not loaded & HEAVY


def test_a_series_and_settings_need_nothing_heavier_than_numpy() -> None:
    code = (
        "import emergence_stats as es; es.Settings(); es.Series(scale=[1], n_correct=[1], n_items=[2], chance_level=0)"
    )
    loaded = packages_loaded_by(code)
    assert "numpy" in loaded
    assert not loaded & HEAVY


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['emergence-stats', '--help']; from emergence_stats.cli.app import main; main()"
    loaded = packages_loaded_by(code)
    assert "typer" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("name", emergence_stats.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(emergence_stats, name) is getattr(emergence_stats, name)
    assert name in dir(emergence_stats)


def test_simulate_is_the_module_whichever_way_it_was_loaded() -> None:
    import emergence_stats.simulate as module

    assert emergence_stats.simulate is module


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'emergence_stats' has no attribute 'analyse'"):
        emergence_stats.analyse  # noqa: B018  # the access is what is tested


def test_installed_version_is_the_packages_version() -> None:
    from importlib import metadata

    assert metadata.version("emergence-stats") == emergence_stats.__version__
