import pytest

from emergence_stats.report import formats
from emergence_stats.report.analysis_document import EstimatePart


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (6.9e9, "params", "6.9B"),
        (540e9, "params", "540B"),
        (999.9e6, "params", "1B"),
        (1.4e12, "tokens", "1.4T"),
        (350e6, "params", "350M"),
        (12, "scale", "12"),
        (1e21, "train_flops", "10²¹"),
        (3.14e23, "train_flops", "3.1×10²³"),
        (9.99e21, "train_flops", "10²²"),
        (2.314, "loss", "2.31"),
        (5e-4, "scale", "5×10⁻⁴"),
    ],
)
def test_scales_read_as_their_field_writes_them(value: float, kind: str, expected: str) -> None:
    assert formats.scale_text(value, kind) == expected


def test_an_estimate_has_as_many_digits_as_its_interval_supports() -> None:
    estimate: EstimatePart = {"median": 61.7e9, "low": 38.2e9, "high": 113.4e9, "low50": 50e9, "high50": 80e9}
    assert formats.estimate_text(estimate, "params") == "62B (38B to 110B)"


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, "0.00"), (1e-9, "<0.01"), (0.5, "0.50"), (0.9999, ">0.99"), (1, "1.00")]
)
def test_a_probability_is_never_0_or_1_by_rounding(value: float, expected: str) -> None:
    assert formats.probability_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.25, "25%"), (0.041, "4.1%"), (0.333, "33%"), (0.956, "95.6%"), (1.0, "100%")]
)
def test_proportions_are_percentages(value: float, expected: str) -> None:
    assert formats.score_text(value, proportion=True) == expected


def test_negative_numbers_have_a_minus_sign() -> None:
    assert formats.nats_text(-3.14) == "\N{MINUS SIGN}3.1"
    assert formats.score_text(-0.5, proportion=False) == "\N{MINUS SIGN}0.5"


def test_marks_that_reorder_text_become_visible_and_letters_stay() -> None:
    assert formats.inert("a\u202eb\x00c\ud800") == "a\ufffdb\ufffdc\ufffd"
    assert formats.inert("שלום مرحبا ρ 数") == "שלום مرحبا ρ 数"
    assert formats.inert("two\nlines\tone tab") == "two lines one tab"


def test_long_names_keep_both_ends() -> None:
    shortened = formats.inert("start" + "x" * 10_000 + "end", 60)
    assert len(shortened) == 60
    assert shortened.startswith("start")
    assert shortened.endswith("end")
