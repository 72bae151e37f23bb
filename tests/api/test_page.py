"""The page in a real browser: sign in, upload, see what was understood, watch, read, share; also on a phone."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.api.conftest import JOB_SECONDS, SCORES, finished, require_problem, submit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, FilePayload, Page

    from tests.api.conftest import Service

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
expect.set_options(timeout=60_000)  # the first analysis may have to compile its kernels
PATIENCE = JOB_SECONDS * 1000.0  # milliseconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, as Debian packages it."""
    if BROWSER is None:
        if os.environ.get("CI"):
            pytest.fail("expected Chromium in CI: .ci/run installs it")
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A profile for all tests: another takes Chromium a second."""
    made = browser.new_context(viewport={"width": 1100, "height": 900})
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def stranger(profile: BrowserContext, service: Service) -> Iterator[Page]:
    """A page that knows nobody; anything that the policy blocks or the script throws fails the test."""
    faults: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # An answer that is no success is told on the page, and Chromium lists it too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    def on_error(error: Error) -> None:
        faults.append(str(error))

    profile.clear_cookies()
    window = profile.new_page()  # that of the test before may still be about to load its job anew
    window.goto(service.address)
    window.on("console", on_console)
    window.on("pageerror", on_error)
    yield window
    window.close()
    assert faults == []


@pytest.fixture
def page(stranger: Page, service: Service) -> Page:
    """A page that is signed in, by the link that the server prints at its first start."""
    stranger.goto(f"{service.address}/#key={service.new_key('submit', 'read')}")
    expect(stranger.get_by_role("heading", name="Is an ability emergent?")).to_be_visible()
    assert "key" not in stranger.url
    return stranger


def upload(page: Page, content: str = SCORES, name: str = "scores.csv") -> None:
    """Choose a file and ask what is understood."""
    file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.get_by_label("Tables of scores").set_input_files(files=[file])
    page.get_by_text("Options").click()
    page.get_by_label("Resampled test sets").fill("0")
    page.get_by_role("button", name="See what is understood").click()


def test_from_a_file_to_the_report_and_a_link_to_share(page: Page, browser: Browser) -> None:
    upload(page)
    expect(page.get_by_text("8 rows, 2 series to analyse, 0 that cannot be.")).to_be_visible()
    expect(page.get_by_role("cell", name="recall")).to_be_visible()
    page.get_by_role("button", name="Start the analysis").click()
    page.wait_for_url("**/jobs/*")
    report = page.frame_locator("iframe[title=Report]")
    expect(report.get_by_role("heading", level=1)).to_contain_text("series", timeout=PATIENCE)
    expect(page.get_by_text("done", exact=True)).to_be_visible()
    # The report's own script runs in its frame: the controls of the table appear.
    report.get_by_role("searchbox").fill("recall")
    expect(report.get_by_text("1 of 2 series", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="results.parquet").click()
    assert download.value.path().read_bytes().startswith(b"PAR1")
    page.get_by_role("button", name="Share a link").click()
    address = page.get_by_label("Whoever has this link")
    expect(address).to_have_value(re.compile("/shared/"))
    link = address.input_value()
    reader = browser.new_context()
    shown = reader.new_page()
    shown.goto(link)
    expect(shown.frame_locator("iframe[title=Report]").get_by_text("recall").first).to_be_visible()
    assert shown.goto(link.replace("/shared/", "/shared/x")).status == 404  # type: ignore[union-attr]
    page.get_by_text("Links to this report").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Links to this report")).to_be_hidden()
    assert shown.goto(link).status == 404  # type: ignore[union-attr]
    expect(shown.get_by_role("heading", name="Not found")).to_be_visible()
    reader.close()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_progress_is_shown_while_a_job_runs(page: Page) -> None:
    rows = [f"task {i},{scale},{20 + i},90,0" for i in range(40) for scale in (1e8, 1e9, 1e10)]
    upload(page, "task,params,n_correct,n_items,chance_level\n" + "\n".join(rows))
    page.get_by_role("button", name="Start the analysis").click()
    expect(page.get_by_role("progressbar", name="Series analysed")).to_be_visible()
    expect(page.locator("#count")).to_contain_text(" of 40")
    expect(page.get_by_role("status")).to_be_attached()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled", exact=True).or_(page.get_by_text("done", exact=True))).to_be_visible(
        timeout=PATIENCE
    )


def test_a_table_is_pasted_and_its_markup_stays_text(page: Page) -> None:
    bad = SCORES.replace("recall", "<img src=x onerror=document.title='owned'>")
    page.get_by_label("or paste a table").fill(f"{bad}\nbroken,1e8,300,200,0\nbroken,1e9,2,200,0\n")
    page.get_by_role("button", name="See what is understood").click()
    expect(page.get_by_text("1 that cannot be")).to_be_visible()
    expect(page.get_by_role("cell", name="<img src=x onerror")).to_be_visible()
    expect(page.get_by_text("broken: ")).to_be_visible()
    assert page.title() != "owned"


def test_files_and_folders_are_dropped(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "scores.csv").write_text(SCORES)
    (folder / "deep" / "more.csv").write_text(SCORES.replace("recall", "spelling"))
    box = page.locator("#drop").bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(tmp_path / "scores.csv"), str(folder)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        if kind == "drop":  # a busy browser drops what the page has not yet said it takes
            expect(page.locator("#drop")).to_have_class(re.compile("over"))
        place = {"x": box["x"] + 50, "y": box["y"] + 50}
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    expect(page.get_by_role("list", name="Files chosen")).to_contain_text("more.csv")
    page.get_by_role("button", name="See what is understood").click()
    expect(page.get_by_role("cell", name="spelling")).to_be_visible()


def test_what_is_wrong_with_a_forecast_is_told_in_its_place(page: Page) -> None:
    upload(page)
    page.get_by_role("button", name="Start the analysis").click()
    page.wait_for_url("**/jobs/*")
    page.goto(f"{page.url}/forecast?at=large")
    expect(page.get_by_role("alert").get_by_text("got large")).to_be_visible()
    page.get_by_label("Forecast at these scales").fill("-1")
    page.get_by_role("button", name="Forecast").click()
    expect(page.frame_locator("iframe[title=Forecast]").get_by_text("greater than 0")).to_be_visible()
    expect(page.get_by_text("is being made")).to_be_hidden()


def test_a_problem_is_a_page_for_a_browser_and_json_in_the_api(client: httpx.Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("/nowhere", "/jobs/nowhere/report", "/metrics/x"):
        shown = client.get(path, headers=browser)
        assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "<h1>Not found</h1>" in shown.text
        assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
        require_problem(client.get(path), 404, "not-found")
    require_problem(client.get("/v1/jobs/nowhere", headers=browser), 404, "not-found")


def test_a_key_that_may_not_read_sees_no_jobs(service: Service) -> None:
    with service.client(service.new_key("submit")) as client:
        job = submit(client, name="secret name")["id"]
        for path in ("/", f"/jobs/{job}", f"/jobs/{job}/forecast", f"/compare?job={job}"):
            assert "secret name" not in client.get(path).text


def test_errors_are_told_in_words(page: Page) -> None:
    alert = page.get_by_role("alert")
    page.get_by_role("button", name="See what is understood").click()
    expect(alert).to_contain_text("choose a file, or paste one")
    upload(page, "\0\1\2")
    expect(alert).to_contain_text("binary data")
    upload_again: FilePayload = {"name": "x.csv", "mimeType": "text/csv", "buffer": b"x" * (2 * 2**20)}
    page.get_by_label("Tables of scores").set_input_files(files=[upload_again])
    page.get_by_role("button", name="See what is understood").click()
    expect(alert).to_contain_text("bytes")


def test_two_jobs_are_compared(page: Page, service: Service) -> None:
    (cookie,) = page.context.cookies()
    with service.client("") as client:
        client.cookies.set(cookie["name"], cookie["value"])
        client.headers["Sec-Fetch-Site"] = "same-origin"
        changed = SCORES.replace("1e11,150", "1e11,9")
        first, second = (finished(client, submit(client, table)["id"])["id"] for table in (SCORES, changed))
        told = client.get(f"/v1/jobs/{second}/changes", params={"since": first})
        assert "addition" in told.text
        assert (told.json()["before"], told.json()["after"]) == (f"scores.csv ({first})", f"scores.csv ({second})")
        assert client.get(f"/v1/jobs/{second}/changes", params={"since": "x"}).status_code == 404
    page.goto(service.address)
    page.get_by_role("button", name="Compare two").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose two jobs")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Compare two").click()
    expect(page.frame_locator("iframe[title=Changes]").get_by_text("addition").first).to_be_visible()


def test_a_wrong_key_does_not_sign_in_a_good_one_does_until_one_signs_out(stranger: Page, service: Service) -> None:
    for key in ("es_wrong", service.new_key("read")):
        stranger.get_by_label("Key").fill(key)
        stranger.get_by_role("button", name="Sign in").click()
        if key == "es_wrong":
            expect(stranger.get_by_role("alert")).to_contain_text("not valid")
    expect(stranger.get_by_role("heading", name="Is an ability emergent?")).to_be_visible()
    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    stranger.goto(service.address)
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()


def test_everything_can_be_reached_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert seen[:2] == ["files", "table"]
    assert "check" in seen
    unlabelled = page.evaluate(
        "[...document.querySelectorAll('input, textarea, select, button')].filter((e) => "
        "!(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim())).length"
    )
    assert unlabelled == 0


def test_a_phone_shows_everything_without_scrolling_sideways(browser: Browser, service: Service) -> None:
    key = service.new_key("submit", "read")
    with service.client(key) as client:
        job = finished(client, submit(client, name="a name " + "x" * 150)["id"])["id"]
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{service.address}/#key={key}")
    expect(page.get_by_role("heading", name="Is an ability emergent?")).to_be_visible()
    for path in ("/", f"/jobs/{job}"):
        page.goto(service.address + path)
        if "jobs" in path:
            expect(page.frame_locator("iframe[title=Report]").get_by_text("recall").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    context.close()


def test_the_cookie_is_of_no_use_to_other_sites(page: Page, service: Service) -> None:
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    with service.client("") as client:
        client.cookies.set(cookie["name"], cookie["value"])
        assert client.get("/v1/jobs").status_code == 200
        for headers in ({}, {"Origin": "http://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post("/v1/inspections", content=SCORES, headers=headers).status_code == 403
        same = {"Sec-Fetch-Site": "same-origin"}
        assert client.post("/v1/inspections", content=SCORES, headers=same).status_code == 200


def test_pages_are_under_a_strict_policy_and_load_nothing_from_elsewhere(page: Page, service: Service) -> None:
    asked: list[str] = []
    page.on("request", on_request := lambda request: asked.append(request.url))
    answer = page.goto(service.address)
    page.remove_listener("request", on_request)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert all(url.startswith((service.address, "data:")) for url in asked)
    for header in ("x-content-type-options", "referrer-policy", "x-frame-options", "cross-origin-opener-policy"):
        assert header in answer.headers
