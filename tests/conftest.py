"""What all tests share: where the shared data is, and that its absence skips what needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked shared_data where the folder is missing."""
    if SHARED_DATA.is_dir():
        return
    missing = pytest.mark.skip(reason="../shared/data is missing")
    for item in items:
        if "shared_data" in item.keywords:
            item.add_marker(missing)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data beside the repository; for tests marked shared_data."""
    return SHARED_DATA
