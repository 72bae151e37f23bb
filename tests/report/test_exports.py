"""What a report is written as beside its page: Markdown, a LaTeX table, figures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from emergence_stats.errors import InputError
from emergence_stats.report.document import FailedSeries, ReportDocument, RunFacts, SkippedInput, build_report
from emergence_stats.report.exports import EXPORTS, export_writers, known_exports
from emergence_stats.report.html import render_html
from emergence_stats.report.latex import render_latex
from emergence_stats.report.markdown import render_markdown
from tests.report.structure import HOSTILE, Structure

if TYPE_CHECKING:
    from tests.report.conftest import MakeDocument

RUN = RunFacts(program_version="1.2.3", seed=7, resamples=200, inputs=("scores.csv",))
UGLY = (
    *HOSTILE,
    "a|b | c",
    "*star* _under_ `code` ~~no~~",
    "[text](http://example.com) https://example.com ![x](y)",
    "$x^2$ & 100% #1 {brace} \\ back",
    "two\nlines\r\n| --- |",
    "# heading",
)


def report(make_document: MakeDocument, names: tuple[str, ...] = ("a", "b"), **options: object) -> ReportDocument:
    documents = [make_document(name=name, seed=seed, **options) for seed, name in enumerate(names)]
    return build_report(
        documents,
        failed=[FailedSeries(name=f"failed {names[0]}", reason=f"row 3: {names[0]}")],
        skipped=[SkippedInput(path=f"{names[0]}.csv", reason="expected a table, got | nothing")],
        run=RUN,
    )


def written(report: ReportDocument, wanted: tuple[str, ...], folder: Path) -> dict[str, Path]:
    paths = {}
    for name, write in export_writers(report, wanted).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
        paths[name] = path
    return paths


class TestMarkdown:
    @pytest.mark.parametrize("name", UGLY)
    def test_names_are_shown_as_they_stand(self, make_document: MakeDocument, name: str) -> None:
        text = render_markdown(report(make_document, (name, "plain")))
        html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
        tags = set(re.findall(r"<(\w+)", html))
        assert tags <= {"h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "a", "hr"}
        assert html.count("<h1>") == 1
        assert {len(re.findall("<t[dh]", row)) for row in re.findall("<tr>(.*?)</tr>", html, re.DOTALL)} == {2, 3, 4}
        assert set(re.findall('<a href="([^"#]*)', html)) == {"report.html"}

    @pytest.mark.parametrize("n_series", [2, 250])
    def test_every_series_links_to_its_card_or_row(self, make_document: MakeDocument, n_series: int) -> None:
        whole = build_report([make_document("smooth", name=f"series {i}") for i in range(n_series)], run=RUN)
        anchors = re.findall(r"report\.html#([\w-]+)", render_markdown(whole))
        assert sorted(anchors) == sorted(entry.anchor for entry in whole.entries)
        assert set(anchors) <= set(Structure.of(render_html(whole)).ids())

    def test_it_says_what_was_found_what_is_open_and_what_was_left_out(self, make_document: MakeDocument) -> None:
        whole = build_report(
            [make_document("emergent", name="jump"), make_document("undetermined", name="open")],
            skipped=[SkippedInput(path="empty.csv", reason="expected at least one row, got none")],
            run=RUN,
        )
        text = render_markdown(whole)
        assert text.startswith(f"# {whole.headline}\n")
        for heading, name in (("Found", "jump"), ("Undecided, and what would decide", "open")):
            part = text.split(f"## {heading}\n")[1].split("\n## ")[0]
            assert f"[{name}]" in part
        assert "| empty.csv | expected at least one row, got none |" in text
        assert "emergence-stats 1.2.3, seed 7, 200 resampled test sets per size" in text

    def test_it_shows_the_figures_that_are_written_beside_it(self, make_document: MakeDocument, tmp_path: Path) -> None:
        paths = written(report(make_document), ("markdown", "png"), tmp_path)
        shown = re.findall(r"!\[[^]]*\]\(([^)]*)\)", paths["report.md"].read_text(encoding="utf-8"))
        assert shown
        assert all((tmp_path / place).is_file() for place in shown)

    def test_it_shows_no_figure_where_none_is_written(self, make_document: MakeDocument, tmp_path: Path) -> None:
        paths = written(report(make_document), ("markdown",), tmp_path)
        assert list(paths) == ["report.md"]
        assert "![" not in paths["report.md"].read_text(encoding="utf-8")

    def test_thousands_of_series_do_not_make_thousands_of_lines(self, make_document: MakeDocument) -> None:
        document = make_document("smooth")
        whole = build_report([document] * 3000, run=RUN)
        text = render_markdown(whole)
        assert text.count("\n") < 600
        assert "2500 series more in results.parquet" in text


class TestLatex:
    @pytest.mark.parametrize("name", UGLY)
    def test_special_characters_are_escaped(self, make_document: MakeDocument, name: str) -> None:
        table = render_latex(report(make_document, (name, "plain")))
        body = [line for line in table.splitlines() if not line.startswith("%")]
        rows = body[body.index("\\midrule") + 1 : body.index("\\bottomrule")]
        assert len(rows) == 3
        for row in rows:
            bare = re.sub(r"\\[&%$#_{}]|\\[a-zA-Z]+(\{\})?|\\,", "", row.removesuffix("\\\\"))
            assert bare.count("&") == 3
            assert not set("%#_{}\\~<>|") & set(re.sub(r"\^\{-?\d+\}", "", bare))
            assert bare.count("$") % 2 == 0

    def test_powers_are_mathematics(self, make_document: MakeDocument) -> None:
        table = render_latex(report(make_document, scale_kind="train_flops"))
        assert re.search(r"\$\\times\$10\$\^\{2\d\}\$", table)
        assert table.isascii()

    def test_a_long_one_runs_over_pages(self, make_document: MakeDocument) -> None:
        short, long = (build_report([make_document("smooth")] * n, run=RUN) for n in (3, 50))
        assert "\\begin{tabular}" in render_latex(short)
        assert "\\begin{longtable}" in render_latex(long)


class TestFigures:
    def test_they_are_named_after_the_series_and_stay_in_their_folder(
        self, make_document: MakeDocument, tmp_path: Path
    ) -> None:
        whole = report(make_document, UGLY)
        names = list(export_writers(whole, ("png",)))
        assert len(set(names)) == len(UGLY)
        for name in names:
            assert re.fullmatch(r"figures/[\w.+-]+\.png", name, re.ASCII)
            assert (tmp_path / name).resolve().parent == (tmp_path / "figures").resolve()

    def test_png_and_svg_are_what_they_say(self, make_document: MakeDocument, tmp_path: Path) -> None:
        paths = written(report(make_document, ("a",)), ("png", "svg"), tmp_path)
        for name, path in paths.items():
            if name.endswith(".png"):
                assert path.read_bytes().startswith(b"\x89PNG")
            else:
                assert ET.parse(path).getroot().tag.endswith("svg")
        assert {path.suffix for path in paths.values()} == {".png", ".svg"}

    @pytest.mark.parametrize("kind", ["png", "svg"])
    def test_the_same_report_gives_the_same_bytes(self, make_document: MakeDocument, tmp_path: Path, kind: str) -> None:
        first, second = (
            written(report(make_document, ("a",)), (kind,), tmp_path / folder) for folder in ("first", "second")
        )
        assert [path.read_bytes() for path in first.values()] == [path.read_bytes() for path in second.values()]


def test_unknown_exports_are_named_with_what_there_is() -> None:
    assert known_exports(["png", "markdown", "png"]) == ("png", "markdown")
    with pytest.raises(InputError, match=f"--also: expected one of {', '.join(EXPORTS)}, got 'pdf'"):
        known_exports(["pdf"])
