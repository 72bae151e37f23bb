"""Settings: what they accept, what they say about what they do not, and that TOML and dictionaries lose nothing."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergence_stats.errors import OutputError, SettingsError
from emergence_stats.settings import (
    EvidenceSettings,
    PriorSettings,
    ResolutionSettings,
    Settings,
    VerdictSettings,
)

positive = st.floats(min_value=1e-300, max_value=1e300)
fraction = st.floats(min_value=0.0, max_value=1.0, exclude_min=True, exclude_max=True)


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    """Settings with a value of every kind changed."""
    nodes = sorted(draw(st.sets(fraction, min_size=7, max_size=7)))
    return Settings(
        prior=PriorSettings(
            explanation_masses=(1.0, draw(positive), 0.0, 0.25, 1.0, 1.0),
            ceiling_beta=(draw(positive), draw(positive)),
            sharp_width=draw(positive),
            overdispersion_nodes=(0.0, *nodes[1:]),
            residual_sd_nodes=tuple(nodes),
            failed_run_rate=0.0,
        ),
        verdict=VerdictSettings(unpredictable_nats=draw(st.floats(-1e9, 1e9)), present_probability=draw(fraction)),
        evidence=EvidenceSettings(first_nodes=draw(st.integers(1, 10**6)), max_refinements=0),
        resolution=ResolutionSettings(size_factors=tuple(nodes), decide_probability=draw(fraction)),
    )


@given(any_settings())
def test_toml_gives_back_the_same_settings_to_the_last_bit(settings: Settings) -> None:
    assert Settings.from_toml(settings.to_toml()) == settings


@given(any_settings())
def test_json_gives_back_the_same_settings_to_the_last_bit(settings: Settings) -> None:
    plain = settings.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert Settings.from_dict(plain) == settings


def test_a_file_gives_back_the_same_settings(tmp_path: Path) -> None:
    settings = Settings(prior=PriorSettings(sharp_width=1.0))
    path = tmp_path / "settings.toml"
    text = settings.to_toml(path)
    assert path.read_text(encoding="utf-8") == text
    assert Settings.from_toml(path) == settings
    assert Settings.from_toml(str(path)) == settings


def test_what_is_left_out_keeps_its_default() -> None:
    assert Settings.from_toml("") == Settings.from_dict({}) == Settings()
    changed = Settings.from_toml("[verdict]\nsharp_probability = 0.95")
    assert changed == Settings(verdict=VerdictSettings(sharp_probability=0.95))


def test_whole_numbers_and_lists_are_accepted_where_fractions_and_tuples_are_meant() -> None:
    settings = Settings.from_dict({"prior": {"sharp_width": 2, "ceiling_beta": [1, 3]}})
    assert settings == Settings(prior=PriorSettings(sharp_width=2.0))
    assert isinstance(settings.prior.sharp_width, float)
    assert settings.prior.ceiling_beta == (1.0, 3.0)
    assert hash(settings) == hash(Settings(prior=PriorSettings(sharp_width=2.0)))


def test_numpy_numbers_become_plain_ones() -> None:
    prior = PriorSettings(sharp_width=np.float64(2.0), ceiling_beta=(np.float64(1.0), np.float64(3.0)))
    evidence = EvidenceSettings(first_nodes=np.int64(8))  # type: ignore[arg-type]  # numpy's whole numbers are not int
    assert type(prior.sharp_width) is float
    assert type(evidence.first_nodes) is int
    assert Settings.from_toml(Settings(prior=prior, evidence=evidence).to_toml()).prior == prior


def test_settings_survive_copying_and_pickling() -> None:
    settings = Settings(prior=PriorSettings(sharp_width=1.0))
    assert copy.deepcopy(settings) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_a_given_mapping_is_not_changed() -> None:
    values: dict[str, object] = {"prior": {"ceiling_beta": [1, 3]}}
    Settings.from_dict(values)
    assert values == {"prior": {"ceiling_beta": [1, 3]}}


def test_exponent_median_is_chosen_by_the_kind_of_scale() -> None:
    prior = PriorSettings(exponent_median_params=0.3, exponent_median_train_flops=0.1, exponent_median_other=0.2)
    assert [prior.exponent_median(kind) for kind in ("params", "train_flops", "loss")] == [0.3, 0.1, 0.2]


NODES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("prior.explanation_masses", [1, 1, 1, 1, 1], "6 numbers that are not negative"),
        ("prior.explanation_masses", [1, 1, 1, 1, 1, -0.5], "6 numbers that are not negative"),
        ("prior.explanation_masses", [0] * 6, "one of them above 0"),
        ("prior.guess_rate_sd", 0, "above 0"),
        ("prior.guess_rate_sd", "0.02", "a finite number"),
        ("prior.guess_rate_sd", True, "a finite number"),
        ("prior.ceiling_beta", [1, 0], "2 numbers above 0"),
        ("prior.ceiling_beta", [1], "2 numbers above 0"),
        ("prior.ceiling_beta", 1.0, "2 numbers above 0"),
        ("prior.sharp_width", -1.5, "above 0"),
        ("prior.sharp_width", math.inf, "finite"),
        ("prior.sharp_width", math.nan, "finite"),
        ("prior.sharp_width", 10**400, "finite"),
        ("prior.overdispersion_nodes", NODES[:6], "7 ascending numbers"),
        ("prior.overdispersion_nodes", [*NODES, 0.7], "7 ascending numbers"),
        ("prior.overdispersion_nodes", [0.01, *NODES[1:]], "the first 0"),
        ("prior.overdispersion_nodes", [0.0, 0.0, *NODES[2:]], "ascending"),
        ("prior.overdispersion_nodes", [*NODES[:6], 1.0], "below 1"),
        ("prior.overdispersion_nodes", [*NODES[:6], "x"], "7 ascending numbers"),
        ("prior.overdispersion_zero_mass", 1.1, "from 0 to 1"),
        ("prior.extra_sd_nodes", NODES[::-1], "ascending"),
        ("prior.residual_sd_nodes", NODES, "above 0"),
        ("prior.failed_run_rate", 1.0, "below 1"),
        ("prior.failed_run_rate", -0.1, "from 0"),
        ("verdict.absent_probability", 1.0, "below 1"),
        ("verdict.present_probability", 90, "below 1"),
        ("verdict.unpredictable_nats", math.nan, "a finite number"),
        ("evidence.first_nodes", 0, "a whole number above 0"),
        ("evidence.first_nodes", 64.0, "a whole number above 0"),
        ("evidence.max_refinements", -1, "not negative"),
        ("evidence.negligible_probability", 0.0, "above 0"),
        ("resolution.size_factors", [], "ascending numbers above 0"),
        ("resolution.size_factors", [0.0, 1.0], "above 0"),
        ("resolution.size_factors", [1.0, 0.5], "ascending"),
        ("resolution.size_factors", None, "ascending numbers above 0"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_was_expected_and_what_came(
    name: str, value: object, expected: str
) -> None:
    group, field = name.split(".")
    with pytest.raises(SettingsError) as raised:
        Settings.from_dict({group: {field: value}})
    message = str(raised.value)
    assert message.startswith(f"{name}: expected ")
    assert expected in message
    assert f", got {value!r}"[:60] in message


def test_replacing_a_field_checks_it_too() -> None:
    with pytest.raises(SettingsError, match=r"^prior\.sharp_width: expected .* above 0, got -1"):
        dataclasses.replace(PriorSettings(), sharp_width=-1.0)


def test_an_ability_cannot_be_present_below_where_it_is_absent() -> None:
    with pytest.raises(
        SettingsError, match=r"present_excess: expected at least verdict\.absent_excess = 0\.3, got 0\.2"
    ):
        VerdictSettings(absent_excess=0.3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[prior]\nsharp_widht = 1", r"prior\.sharp_widht: .* nearest is prior\.sharp_width$"),
        ("[verdict]\nsharp_width = 1", r"verdict\.sharp_width: .* nearest is prior\.sharp_width$"),
        ("sharp_width = 1", r"sharp_width: .* nearest is prior\.sharp_width$"),
        ("[priors]\nsharp_width = 1", r"priors: .* nearest is prior$"),
        ("prior = 1", r"prior: expected a table of settings, got 1$"),
        ("[prior]\nsharp_width = ", r"^settings: expected TOML, got a syntax error: Invalid value"),
    ],
)
def test_a_slip_in_the_text_is_told_by_name(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_toml(text)


def test_errors_of_a_file_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    with pytest.raises(SettingsError, match=r"my\.toml: expected a readable TOML file \(No such file"):
        Settings.from_toml(path)
    path.write_text("[prior]\nsharp_width = 0\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"my\.toml: prior\.sharp_width: expected .* got 0$"):
        Settings.from_toml(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"my\.toml: expected TOML in UTF-8, got other bytes at position 0"):
        Settings.from_toml(path)


def test_a_folder_that_does_not_exist_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*could not be written \(No such file"):
        Settings().to_toml(tmp_path / "nowhere" / "settings.toml")
