"""Every default of the analysis, in one frozen object that can be written as TOML and read back.

Each number here is explained in ``docs/decisions/``. Change one with ``dataclasses.replace`` or a TOML file::

    settings = Settings.from_toml("settings.toml")
    analyze(series, settings=settings)

To add one: a field with its type from `emergence_stats.setting_rules`, which says what it may be, and its line in
the group's docstring.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from emergence_stats.errors import OutputError, SettingsError
from emergence_stats.setting_rules import (
    BetaShape,
    Count,
    CountFromZero,
    Engine,
    ExplanationMasses,
    Factors,
    Finite,
    Fraction,
    NodesFromZero,
    Positive,
    PositiveNodes,
    Rate,
    SeveralChains,
    Share,
    check_group,
)

TOML_HEADER = "# Settings of emergence_stats. Leave out what should keep its default.\n\n"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PriorSettings:
    """Priors of the curves; scores in units of [0, 1], widths in decades, alpha per nat of scale.

    Attributes:
        explanation_masses: prior mass of no_ability, constant, smooth, phase_change, decreasing and
            non_monotone; they are normalised to sum to 1.
        guess_rate_sd: standard deviation of the fitted floor round the chance level.
        ceiling_beta: Beta(a, b) of the lapse rate as a share of 1 - guess_rate.
        sharp_width: W*, the 10-90 % width in decades that separates a phase change from a smooth rise.
        widest_rise_in_ranges: upper end of the log-uniform width prior, in observed ranges.
        narrowest_rise_in_spacings: lower end of it, in units of the smallest spacing between scales.
        exponent_median_params: median of the power-law exponent alpha of the p^L explanation on parameters.
        exponent_median_train_flops: the same on training FLOP.
        exponent_median_tokens: the same on training tokens.
        exponent_median_other: the same on any other scale.
        exponent_sd: standard deviation of log alpha.
        token_loss_median: median of the loss of an answer's token in the middle of the scales, in nats; used where the
            length of the answers is known.
        token_loss_sd: standard deviation of its log.
        overdispersion_nodes: intraclass correlations rho; the first is 0.
        overdispersion_zero_mass: prior mass at rho = 0; the other nodes share the rest equally.
        extra_sd_nodes: run-to-run standard deviations beside a known standard error (score in [0, 1]).
        residual_sd_nodes: residual standard deviations where nothing is known of the noise.
        failed_run_rate: prior probability that one run failed and scored anywhere below the curve.
        failed_run_softness: softness of "below", in units of score.
    """

    explanation_masses: ExplanationMasses = (1.0, 1.0, 1.0, 1.0, 0.5, 0.5)
    guess_rate_sd: Positive = 0.02
    ceiling_beta: BetaShape = (1.0, 3.0)
    sharp_width: Positive = 1.5
    widest_rise_in_ranges: Positive = 3.0
    narrowest_rise_in_spacings: Positive = 0.5
    exponent_median_params: Positive = 0.3
    exponent_median_train_flops: Positive = 0.15
    exponent_median_tokens: Positive = 0.3
    exponent_median_other: Positive = 0.3
    exponent_sd: Positive = 0.5
    token_loss_median: Positive = 0.2
    token_loss_sd: Positive = 2.0
    overdispersion_nodes: NodesFromZero = (0.0, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
    overdispersion_zero_mass: Share = 0.4
    extra_sd_nodes: NodesFromZero = (0.0, 0.003, 0.006, 0.012, 0.025, 0.05, 0.1)
    residual_sd_nodes: PositiveNodes = (0.008, 0.012, 0.018, 0.027, 0.04, 0.07, 0.12)
    failed_run_rate: Rate = 0.01
    failed_run_softness: Positive = 0.01

    def __post_init__(self) -> None:
        """Hold every value against its rule."""
        check_group("prior", self)

    def exponent_median(self, scale_kind: str) -> float:
        """Median of the power-law exponent for this kind of scale, per nat."""
        known = {
            "params": self.exponent_median_params,
            "train_flops": self.exponent_median_train_flops,
            "tokens": self.exponent_median_tokens,
        }
        return known.get(scale_kind, self.exponent_median_other)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VerdictSettings:
    """Limits of the six conditions and of the verdict.

    Attributes:
        absent_excess: delta as a share of 1 - chance: an excess below it counts as no ability.
        present_excess: Delta as a share of 1 - chance: an excess above it counts as an ability.
        absent_probability: limit on E1, absence at the two lowest scales.
        present_probability: limit on E2, presence at the largest scale.
        sharp_probability: limit on E3, a width below ``PriorSettings.sharp_width``.
        unpredictable_nats: limit on E4, the leave-future-out gain of phase change over smooth, in nats.
        metric_nats: limit on the log Bayes factor of phase change over p^L without a companion metric.
        explanation_probability: limit on the posterior of one explanation for smooth, flat, inverse, ...
        resolution_stability: share of test sets resampled at the same size that must repeat "emergent" (E6).
        false_sharpness: largest share of test sets from the fitted smooth explanation that may look as emergent (E6).
    """

    absent_excess: Fraction = 0.05
    present_excess: Fraction = 0.2
    absent_probability: Fraction = 0.75
    present_probability: Fraction = 0.9
    sharp_probability: Fraction = 0.9
    unpredictable_nats: Finite = 2.0
    metric_nats: Finite = 2.302585092994046
    explanation_probability: Fraction = 0.9
    resolution_stability: Share = 0.5
    false_sharpness: Share = 0.05

    def __post_init__(self) -> None:
        """Hold every value against its rule."""
        check_group("verdict", self)
        if self.present_excess < self.absent_excess:
            msg = (
                f"verdict.present_excess: expected at least verdict.absent_excess = {self.absent_excess:g}, "
                f"got {self.present_excess:g}"
            )
            raise SettingsError(msg)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """Engine and effort of the integrals over curves.

    Attributes:
        engine: "quadrature", or "pymc" for sampling, which takes minutes for a series.
        first_nodes: quasi-random shape nodes drawn from the prior.
        refine_nodes: nodes drawn round the mode in the first refinement.
        growth: by which factor each further refinement is larger.
        max_refinements: refinements at most.
        tolerance: wanted error of log evidence, in nats, for curves that matter.
        negligible_probability: curves below this posterior probability are not refined further.
        chains: independent runs of each sampler; of "pymc" alone, like the next two.
        smc_particles: particles of each run of sequential Monte Carlo.
        nuts_draws: draws of each chain of NUTS; as many before them tune it.
    """

    engine: Engine = "quadrature"
    first_nodes: Count = 128
    refine_nodes: Count = 96
    growth: Positive = 2.0
    max_refinements: CountFromZero = 4
    tolerance: Positive = 0.025
    negligible_probability: Fraction = 5e-4
    chains: SeveralChains = 4
    smc_particles: Count = 1000
    nuts_draws: Count = 1000

    def __post_init__(self) -> None:
        """Hold every value against its rule."""
        check_group("evidence", self)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionSettings:
    """Resampling of the test set.

    Attributes:
        size_factors: test-set sizes to try, as multiples of the one at hand.
        decide_probability: wanted probability of a decision, for the number of items that decides.
    """

    size_factors: Factors = (0.125, 0.25, 0.5, 1.0, 4.0, 16.0)
    decide_probability: Fraction = 0.8

    def __post_init__(self) -> None:
        """Hold every value against its rule."""
        check_group("resolution", self)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSettings:
    """What a forecast assumes beyond the analysis: a further model is a new draw, and a rise may still be to come.

    Attributes:
        overdispersion_nodes: intraclass correlations rho of forecasts; the first is 0. They reach further than those of
            the verdict, because models of several families may stand in one series.
        unknown_items: items that a bounded score without items or standard error is taken to rest on; its scatter is
            then that of rho.
        reach_in_ranges: how far beyond the largest scale a forecast is called identifiable, in observed ranges.
    """

    overdispersion_nodes: NodesFromZero = (0.0, 1e-3, 1e-2, 3e-2, 1e-1, 2e-1, 4e-1)
    unknown_items: Count = 1000
    reach_in_ranges: Positive = 1.0

    def __post_init__(self) -> None:
        """Hold every value against its rule."""
        check_group("forecast", self)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one analysis.

    Attributes:
        prior: priors of the curves and of the noise.
        verdict: limits of the conditions and of the verdict.
        evidence: effort of the quadrature.
        resolution: resampling of the test set.
        forecast: what forecasts assume beyond it.
    """

    prior: PriorSettings = dataclasses.field(default=PriorSettings())
    verdict: VerdictSettings = dataclasses.field(default=VerdictSettings())
    evidence: EvidenceSettings = dataclasses.field(default=EvidenceSettings())
    resolution: ResolutionSettings = dataclasses.field(default=ResolutionSettings())
    forecast: ForecastSettings = dataclasses.field(default=ForecastSettings())

    def __post_init__(self) -> None:
        """Each group is of its own class."""
        for name, kind in _GROUPS.items():
            if not isinstance(getattr(self, name), kind):
                msg = f"{name}: expected {kind.__name__}, got {getattr(self, name)!r:.80}"
                raise SettingsError(msg)

    def to_dict(self) -> dict[str, dict[str, object]]:
        """Groups of plain numbers and lists, as they stand in TOML and JSON."""
        groups = dataclasses.asdict(self)
        return {
            name: {key: list(value) if isinstance(value, tuple) else value for key, value in group.items()}
            for name, group in groups.items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Settings:
        """Settings from what `to_dict` gives; groups and settings that are left out keep their defaults.

        Raises:
            SettingsError: a group or setting is unknown, or a value is not allowed.
        """
        given: object = values
        if not isinstance(given, Mapping):
            msg = f"expected a mapping of groups to their settings, got {given!r:.80}"
            raise SettingsError(msg)
        for name in values:
            if name not in _GROUPS:
                raise _unknown(str(name))
        return cls(
            prior=_group("prior", PriorSettings, values),
            verdict=_group("verdict", VerdictSettings, values),
            evidence=_group("evidence", EvidenceSettings, values),
            resolution=_group("resolution", ResolutionSettings, values),
            forecast=_group("forecast", ForecastSettings, values),
        )

    def to_toml(self, path: str | Path | None = None) -> str:
        """The settings as TOML text, also written to a file if its path is given.

        Raises:
            OutputError: the file could not be written.
        """
        import tomli_w

        text = TOML_HEADER + tomli_w.dumps(self.to_dict())
        if path is not None:
            try:
                Path(path).write_text(text, encoding="utf-8")
            except OSError as error:
                msg = f"{path}: settings could not be written ({error.strerror})"
                raise OutputError(msg) from error
        return text

    @classmethod
    def from_toml(cls, path_or_text: str | Path) -> Settings:
        """Settings from a TOML file, or from TOML text.

        Args:
            path_or_text: a path; or a string that is empty or holds an equals sign or a line break: TOML text.

        Raises:
            SettingsError: the file cannot be read, is not TOML, or does not hold valid settings.
        """
        given: object = path_or_text
        if not isinstance(given, (str, Path)):
            msg = f"expected the path of a TOML file, or TOML text, got {given!r:.80}"
            raise SettingsError(msg)
        if isinstance(path_or_text, str) and (not path_or_text or "=" in path_or_text or "\n" in path_or_text):
            where, text = "settings", path_or_text
        else:
            where, text = str(path_or_text), _read_text(Path(path_or_text))
        try:
            return cls.from_dict(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            msg = f"{where}: expected TOML, got a syntax error: {error}"
            raise SettingsError(msg) from error
        except SettingsError as error:
            msg = f"{where}: {error}"
            raise SettingsError(msg) from error


_GROUPS: Mapping[str, type] = {
    "prior": PriorSettings,
    "verdict": VerdictSettings,
    "evidence": EvidenceSettings,
    "resolution": ResolutionSettings,
    "forecast": ForecastSettings,
}


def _group[Group](name: str, kind: Callable[..., Group], values: Mapping[str, object]) -> Group:
    """One group of settings from its table."""
    table = values.get(name, {})
    if not isinstance(table, Mapping):
        msg = f"{name}: expected a table of settings, got {table!r:.80}"
        raise SettingsError(msg)
    known = {field.name for field in dataclasses.fields(_GROUPS[name])}
    for key in table:
        if key not in known:
            raise _unknown(str(key), within=f"{name}.")
    return kind(**table)


def _unknown(name: str, *, within: str = "") -> SettingsError:
    """The error for a name that is no setting; it tells the nearest one, in whatever group that is."""
    import difflib

    full_names = {group: group for group in _GROUPS}
    for group, kind in _GROUPS.items():
        full_names |= {field.name: f"{group}.{field.name}" for field in dataclasses.fields(kind)}
    nearest = difflib.get_close_matches(name, full_names, n=1, cutoff=0.0)[0]
    return SettingsError(f"{within}{name}: expected a known setting; the nearest is {full_names[nearest]}")


def _read_text(path: Path) -> str:
    """The text of a settings file."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{path}: expected a readable TOML file ({error.strerror})"
        raise SettingsError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path}: expected TOML in UTF-8, got other bytes at position {error.start}"
        raise SettingsError(msg) from error
