"""The page in a real browser, where there is one: the script runs, sorts and filters under its security policy."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from emergence_stats.report.document import FailedSeries, RunFacts, build_report
from emergence_stats.report.html import render_html
from emergence_stats.report.page import content_hash, source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.conftest import MakeDocument

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

PROBE = """
const out = {};
const names = () => [...document.querySelectorAll(".all tbody tr:not([hidden]) .name")].map((cell) => cell.textContent);
out.controls = !document.querySelector(".controls").hidden;
out.all = names().length;
document.querySelector(".chip[data-verdict=smooth]").click();
out.smooth = names();
document.querySelector(".chip[data-verdict=smooth]").click();
const search = document.querySelector("#search");
search.value = "FLAT task"; search.dispatchEvent(new Event("input"));
out.searched = names();
out.shown = document.querySelector(".shown").textContent;
out.cards = document.querySelectorAll(".card:not([hidden])").length;
search.value = ""; search.dispatchEvent(new Event("input"));
const headers = [...document.querySelectorAll(".all th[aria-sort] button")];
headers[0].click();
out.byName = names();
headers[2].click();
out.byProbability = [...document.querySelectorAll(".all tbody tr")].map((row) => row.cells[3].dataset.v);
headers[2].click();
out.ascending = [...document.querySelectorAll(".all tbody tr")].map((row) => row.cells[3].dataset.v);
out.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
document.body.innerHTML = "<pre>" + JSON.stringify(out) + "</pre>";
"""


def test_sorting_and_filtering_work(make_document: MakeDocument, tmp_path: Path) -> None:
    kinds = ("emergent", "smooth", "flat", "undetermined")
    documents = [make_document(kind, seed=i) for i in range(3) for kind in kinds]
    failed = [FailedSeries(name="bad </script><script>document.body.remove()</script>", reason="one scale")]
    page = render_html(build_report(documents, failed=failed, run=RunFacts(program_version="0", seed=0, resamples=0)))
    # The probe is part of the script, and the policy names the script's hash.
    script = source("script.js")
    probed = f"{script}\n{PROBE.strip()}"
    page = page.replace(f"<script>{script}</script>", f"<script>{probed}</script>").replace(
        content_hash(script), content_hash(probed)
    )
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1280,2000",
        "--dump-dom",
        path.as_uri(),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    (answer,) = re.findall(r"<pre>(.*)</pre>", dom)
    out = json.loads(html.unescape(answer))
    assert out["controls"]
    assert out["all"] == 13
    assert len(out["smooth"]) == 3
    assert all(name.startswith("smooth") for name in out["smooth"])
    assert len(out["searched"]) == out["cards"] == 3
    assert out["shown"] == "3 of 13 series"
    assert out["byName"] == sorted(out["byName"])
    assert out["byProbability"][-1] == ""
    assert out["ascending"][-1] == ""
    numbers = [float(value) for value in out["byProbability"][:-1]]
    assert numbers == sorted(numbers, reverse=True)
    assert out["overflow"] <= 0
