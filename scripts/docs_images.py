"""Draw the pictures of docs/images anew, from what the commands in the pages write. Called by `make docs-images`.

The report of the tutorial and its figure come from running the tutorial; the report of the README from `make report`,
which is run before. Reports are photographed by Chromium, which has to be on the machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.docs.examples import run

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> None:
    """Draw all of them."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"docs-images: expected one of {', '.join(BROWSERS)} on PATH, got none")
    photograph(browser, ROOT / "report" / "report.html", IMAGES / "report.png", height=1330)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in run(ROOT / "docs" / "tutorial.md", folder):
            pass
        photograph(browser, folder / "report" / "report.html", IMAGES / "tutorial-report.png", height=900)
        write_small(folder / "multiarith.png", IMAGES / "multiarith.png")


def photograph(browser: str, page: Path, picture: Path, *, height: int) -> None:
    """The top of a page as a picture, 1280 pixels wide."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "page.png"
        subprocess.run(
            [
                *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--window-size=1280,{height}", f"--screenshot={raw}", page.as_uri()),
            ],
            check=True,
            capture_output=True,
        )
        write_small(raw, picture)


def write_small(raw: Path, picture: Path) -> None:
    """With 256 colours, which are enough for what is drawn here."""
    with Image.open(raw) as image:
        image.convert("RGB").quantize(256).save(picture, optimize=True)


if __name__ == "__main__":
    main()
