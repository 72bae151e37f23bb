"""Containerfile and compose file, by their linters: no container engine runs where the tests do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "words",
    [
        ("hadolint", "api/Containerfile"),
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "api/compose.yaml"),
    ],
    ids=lambda words: words[0],
)
def test_the_linter_finds_nothing(words: tuple[str, ...]) -> None:
    program = Path(sys.executable).with_name(words[0])
    done = subprocess.run([str(program), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_image_copies_is_there() -> None:
    for line in (ROOT / "api" / "Containerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name
