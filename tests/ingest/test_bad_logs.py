"""Damaged, hostile and huge logs: a reason for each, and the rest is read."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import resource
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergence_stats.errors import EmergenceStatsError, ReaderError
from emergence_stats.ingest import SourceFile, read_items, read_tidy, series_from_table
from emergence_stats.ingest.readers import READERS
from emergence_stats.ingest.readers.document import Document
from tests.ingest.logs import (
    big_bench,
    every_eval_ever,
    helm_run,
    inspect_header,
    inspect_summaries,
    lm_eval_2023,
    lm_eval_run,
    openai_evals,
    write_eval,
)

if sys.version_info >= (3, 14):
    import zipfile
else:
    from backports.zstd import zipfile


def whole_folder(folder: Path) -> dict[str, bytes]:
    """One log of every format, by file name."""
    lm_eval_2023(folder / "old.json", {"t": {"acc": (30, 120), "f1": 0.5}}, "EleutherAI/pythia-70m,revision=step512")
    lm_eval_run(folder, "m", params=1e8, log_likelihoods=[[-1.0, -2.0], [-3.0, -1.0]], right=[0, 0])
    write_eval(folder / "x.eval", inspect_header(), summaries=inspect_summaries())
    (folder / "inspect.json").write_text(json.dumps(inspect_header() | {"samples": inspect_summaries()}))
    (folder / "eee.json").write_text(json.dumps(every_eval_ever()))
    (folder / "bb.json").write_text(json.dumps(big_bench(score=0.4, low=0.25, unit=1)))
    (folder / "openai.jsonl").write_text(openai_evals(right=[True, False], accuracy=0.5))
    (folder / "wide.csv").write_text("Model,Model Size (B),MMLU,ARC-C\na,7,0.4,0.5\nb,13,0.5,0.6\n")
    (folder / "models.toml").write_text('[[model]]\nname = "gpt-own"\nparams = 1e9\n')
    (folder / "tasks.csv").write_text("task,options\nt,4\n")
    helm_run(folder, right=[1, 0, 1], references=4)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return whole_folder(tmp_path_factory.mktemp("logs"))


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


def changed(value: object, draw: st.DrawFn) -> object:
    """The value with one member somewhere put in place of another, or left out."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 5)):
            return {name: inner for name, inner in value.items() if name != key}
        return value | {key: changed(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], changed(value[place], draw), *value[place + 1 :]]
    return draw(JSON_VALUES)


def try_everything(path: Path) -> None:
    """Read scores and items; nothing but the package's own errors may come out."""
    with contextlib.suppress(EmergenceStatsError):
        series_from_table(read_tidy(path))
    with contextlib.suppress(EmergenceStatsError):
        read_items(path)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_of_a_json_log(data: st.DataObject, logs: dict[str, bytes], tmp_path: Path) -> None:
    name = data.draw(st.sampled_from([name for name in logs if name.endswith((".json", ".jsonl"))]))
    text = logs[name].decode()
    lines = text.splitlines() if name.endswith(".jsonl") else [text]
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = json.dumps(data.draw(st.composite(lambda draw: changed(json.loads(lines[place]), draw))()))
    for other, content in logs.items():  # its neighbours, for formats of several files
        (tmp_path / other).write_bytes(content)
    (tmp_path / name).write_text("\n".join(lines))
    try_everything(tmp_path / name)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_the_bytes_of_a_log(data: st.DataObject, logs: dict[str, bytes], tmp_path: Path) -> None:
    name = data.draw(st.sampled_from(sorted(logs)))
    content = bytearray(logs[name])
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / name).write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try_everything(tmp_path / name)


@given(value=JSON_VALUES)
@settings(max_examples=60, deadline=None)
def test_every_reader_raises_its_own_errors_alone(value: object) -> None:
    document = Document(SourceFile.from_bytes("x", json.dumps(value).encode()))
    for reader in READERS.values():
        with contextlib.suppress(ReaderError):
            if reader.sniff(document):
                reader.read(document)


def test_one_bad_log_of_each_kind_leaves_the_good_one(tmp_path: Path) -> None:
    lm_eval_2023(tmp_path / "good.json", {"t": {"acc": (30, 120)}}, "EleutherAI/pythia-70m")
    write_eval(tmp_path / "whole.eval", inspect_header())
    stored = (tmp_path / "whole.eval").read_bytes()
    (tmp_path / "whole.eval").unlink()
    (tmp_path / "cut.eval").write_bytes(stored[: len(stored) // 2])
    odd = bytearray(stored)
    directory = stored.rindex(b"PK\x01\x02")  # the last entry of the directory: header.json
    odd[directory + 10 : directory + 12] = (97).to_bytes(2, "little")  # a method of compression that nobody reads
    (tmp_path / "method.eval").write_bytes(odd)
    (tmp_path / "unfinished.eval").write_bytes(without_header())
    (tmp_path / "nan.json").write_text(
        '{"results": {"t": {"acc": NaN, "f1": Infinity}}, "versions": {}, "config": {"model": "x"}}'
    )
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    table = read_tidy(tmp_path)
    assert [Path(file.path).name for file in table.files] == ["good.json"]
    reasons = {Path(skip.path).name: skip.reason for skip in table.skipped}
    assert set(reasons) == {"cut.eval", "method.eval", "unfinished.eval", "nan.json", "loop"}
    assert "damaged or truncated" in reasons["cut.eval"]
    assert "compression" in reasons["method.eval"]
    assert "did not end" in reasons["unfinished.eval"]
    assert "2 that are no finite numbers" in reasons["nan.json"]


def without_header() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
    return buffer.getvalue()


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.eval", "w", compression=zipfile.ZIP_ZSTANDARD) as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("header.json", b" " * (65 * 2**20))
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b" " * (260 * 2**20), compresslevel=1))
    lm_eval_2023(tmp_path / "good.json", {"t": {"acc": (30, 120)}}, "EleutherAI/pythia-70m")
    table = read_tidy(tmp_path)
    assert [Path(file.path).name for file in table.files] == ["good.json"]
    assert ["got more" in skip.reason for skip in table.skipped] == [True, True]


def test_nested_beyond_reason(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text('{"results":' + "[" * 200_000)
    with pytest.raises(ReaderError, match="expected"):
        read_tidy(tmp_path)


def test_a_large_json_log_is_read_no_further_than_its_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emergence_stats.ingest.sources.LARGE_BYTES", 2**20)
    path = tmp_path / "large.json"
    header = json.dumps(inspect_header())[:-1]
    with path.open("w") as file:
        file.write(header + ', "samples": [')
        file.write(",".join(json.dumps(summary) for summary in inspect_summaries() * 1000))
        file.write("this is no JSON, and nobody looks at it")
    assert read_tidy(path).frame["n_correct"].tolist() == [13]


@pytest.mark.slow
def test_a_log_of_a_gigabyte_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
        for i in range(16):
            archive.writestr(f"samples/{i}.json", b"x" * 2**26)
        archive.writestr("summaries.json", json.dumps(inspect_summaries()))
        archive.writestr("header.json", json.dumps(inspect_header()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_tidy(path).frame["n_correct"].tolist() == [13]
    assert len(read_items(path)) == 40
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17  # KiB: 128 MiB
