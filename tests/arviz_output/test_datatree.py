"""The tree in ArviZ's schema: what is in it is the posterior, and ArviZ's own functions take it as it is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import arviz as az
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from emergence_stats.analysis import Analysis, analyze
from emergence_stats.arviz_output.prior_density import log_prior_parts
from emergence_stats.errors import InputError
from emergence_stats.models.curves import CURVES
from emergence_stats.posterior import CURVE_NAMES
from emergence_stats.series import Series
from tests.reference.textbook import SERIES, analysis_of

if TYPE_CHECKING:
    from xarray import DataTree

GROUPS = {
    "posterior", "posterior_predictive", "prior", "prior_predictive", "log_likelihood", "log_prior", "sample_stats",
    "observed_data", "constant_data",
}  # fmt: skip


@pytest.fixture(scope="module")
def tree() -> DataTree:
    return analysis_of("sharp").to_datatree()


@pytest.fixture
def lenient() -> Iterator[None]:
    """ArviZ warns where Pareto smoothing has too few points; that is not what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module", autouse=True)
def off_screen() -> Iterator[None]:
    with mpl.rc_context(), plt.ioff():
        plt.switch_backend("agg")
        yield
        plt.close("all")


def draws(tree: DataTree, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(tree["posterior"][name].to_numpy().ravel())


def test_has_the_groups_and_draws_that_were_asked_for() -> None:
    tree = analysis_of("sharp").to_datatree(chains=2, draws=50)
    assert set(tree.children) == GROUPS
    assert dict(tree["posterior"].sizes) == {"chain": 2, "draw": 50}
    assert dict(tree["log_likelihood"].sizes) == {"chain": 2, "draw": 50, "point": 8}
    for name in ("threshold", "width", "guess_rate", "lapse_rate", "overdispersion", "curve"):
        assert tree["posterior"][name].attrs["units"]
        assert tree["posterior"][name].attrs["meaning"]


def test_the_same_draws_on_every_call(tree: DataTree) -> None:
    assert analysis_of("sharp").to_datatree().identical(tree)


def test_draws_have_the_quantiles_of_the_analysis(tree: DataTree) -> None:
    found = analysis_of("sharp")
    for name, quantity in (("threshold", found.threshold), ("width", found.width_decades)):
        ours = quantity.to_dict()
        assert ours is not None
        theirs = np.quantile(draws(tree, name), [0.05, 0.5, 0.95])
        spread = ours["high"] - ours["low"]
        assert theirs == pytest.approx([ours["low"], ours["median"], ours["high"]], abs=0.03 * spread)
    assert np.log10(draws(tree, "threshold")) == pytest.approx(draws(tree, "log10_threshold"))


def test_curves_are_drawn_by_their_probability(tree: DataTree) -> None:
    found = analysis_of("sharp")
    share = np.bincount(draws(tree, "curve").astype(int), minlength=len(CURVES)) / 4000
    for curve, drawn, told in zip(
        found.comparison.curves, share, tree["constant_data"]["curve_posterior"].to_numpy(), strict=True
    ):
        assert drawn == pytest.approx(curve.posterior_probability, abs=1e-3)
        assert told == pytest.approx(curve.posterior_probability, abs=1e-3)
    assert tuple(tree["constant_data"]["curve_name"].to_numpy()) == CURVE_NAMES


def test_chains_agree_and_neighbours_are_not_alike(tree: DataTree) -> None:
    summary = az.summary(tree, round_to="none")
    assert (summary["r_hat"] < 1.01).all()
    assert (summary["ess_bulk"] > 3000).all()


def test_the_data_are_the_scores(tree: DataTree) -> None:
    series = SERIES["sharp"]
    assert series.score is not None
    assert tree["observed_data"]["score"].to_numpy() == pytest.approx(series.score)
    assert tree["constant_data"]["scale"].to_numpy() == pytest.approx(series.scale)


def test_predictions_are_spread_as_the_observations_should_be(tree: DataTree) -> None:
    predicted = tree["posterior_predictive"]["score"].to_numpy().reshape(-1, 8)
    assert np.allclose(predicted * 100, np.rint(predicted * 100))
    assert np.median(predicted[:, 0]) == pytest.approx(0.25, abs=0.03)
    # a binomial of 100 items at 1/4 has sd .043; the uncertainty of the floor, overdispersion, failed runs add
    low, high = np.quantile(predicted[:, 0], [0.16, 0.84])
    assert 0.04 < (high - low) / 2 < 0.06


@pytest.mark.parametrize("name", ["at chance", "falling", "constant"])
def test_no_threshold_is_drawn_where_no_rise_is_likely(name: str) -> None:
    tree = analysis_of(name).to_datatree(draws=50)
    assert not {"threshold", "width", "lapse_rate"} & set(tree["posterior"].data_vars)


def test_draws_of_curves_without_a_threshold_are_completed_by_those_that_have_one() -> None:
    found = analysis_of("two points")
    tree = found.to_datatree()
    share = tree["posterior"]["threshold"].attrs["share_defined"]
    rising = sum(
        curve.posterior_probability
        for curve in found.comparison.curves
        if CURVES[curve.name].levels.name == "GUESS_CEILING"
    )
    assert share == pytest.approx(rising, abs=1e-3)
    assert 0.5 < share < 0.999
    assert np.isfinite(draws(tree, "threshold")).all()
    median = found.threshold.median
    assert median is not None
    assert np.median(draws(tree, "log10_threshold")) == pytest.approx(np.log10(median), abs=0.05)


@pytest.mark.parametrize("name", CURVES)
def test_every_curve_has_a_tree_of_its_own(name: str) -> None:
    tree = analysis_of("sharp").to_datatree(name, draws=100)
    curve = CURVES[name]
    given = set(tree["posterior"].data_vars)
    assert ("threshold" in given) == (curve.levels.name == "GUESS_CEILING")
    assert ("vertex" in given) == (name in ("valley", "peak"))
    assert "curve" not in given
    for value in tree["posterior"].data_vars.values():
        assert np.isfinite(value).all()


def test_a_name_that_is_no_curve_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected a curve or an explanation .*sharp_logistic.*, got 'sigmoid'"):
        analysis_of("sharp").to_datatree("sigmoid")


@pytest.mark.parametrize("form", ["scores", "gaussian", "falling loss", "percent, lower is better"])
def test_other_forms_of_scores_give_finite_trees(form: str) -> None:
    scale = 10.0 ** np.linspace(8, 12, 6)
    rise = np.array([0.02, 0.03, 0.02, 0.4, 0.8, 0.82])
    series = {
        "scores": Series(scale=scale, score=rise, chance_level=0.0),
        "gaussian": Series(scale=scale, score=30 * rise, stderr=np.full(6, 0.5), score_bounds=None, chance_level=0.0),
        "falling loss": Series(
            scale=[2.0, 2.5, 3.0, 3.5, 4.0, 4.5], n_correct=[90, 88, 40, 4, 3, 2], n_items=[100] * 6,
            chance_level=0.0, scale_kind="loss",
        ),
        "percent, lower is better": Series(
            scale=scale, n_correct=[98, 97, 98, 60, 20, 18], n_items=[100] * 6, chance_level=1.0,
            higher_is_better=False,
        ),
    }[form]  # fmt: skip
    tree = analyze(series).to_datatree(draws=100)
    for group in tree.children.values():
        for value in group.data_vars.values():
            if value.dtype.kind == "f":
                assert np.isfinite(value).all()
    assert series.score is not None
    assert tree["observed_data"]["score"].to_numpy() == pytest.approx(series.score)
    off = tree["posterior_predictive"]["score"].median(("chain", "draw")).to_numpy() - series.score
    assert np.abs(off).max() < 0.15 * np.ptp(series.score)
    assert draws(tree, "threshold").min() >= series.scale.min() / 10
    assert draws(tree, "threshold").max() <= series.scale.max() * 10


def test_the_prior_is_the_one_that_is_stated() -> None:
    found = analysis_of("sharp")
    prior, spacing = found.settings.prior, float(np.diff(np.log10(found.series.scale)).min())
    tree = found.to_datatree("sharp_logistic")
    drawn = {name: values.to_numpy().ravel()[::4] for name, values in tree["prior"].data_vars.items()}
    assert set(drawn) == set(tree["posterior"].data_vars)
    sd, low, high = prior.guess_rate_sd, *np.log10(found.series.scale[[0, -1]])
    narrowest = min(prior.narrowest_rise_in_spacings * spacing, 0.25 * prior.sharp_width)
    laws = {
        "guess_rate": stats.truncnorm(-0.25 / sd, 0.75 / sd, loc=0.25, scale=sd),
        "log10_threshold": stats.uniform(low, high - low),
        "width": stats.loguniform(narrowest, prior.sharp_width),
    }
    for name, law in laws.items():
        assert stats.kstest(drawn[name], law.cdf).statistic < 0.05, name
    share = drawn["lapse_rate"] / (1.0 - drawn["guess_rate"])
    assert stats.kstest(share, stats.beta(*prior.ceiling_beta).cdf).statistic < 0.05


def test_a_prior_over_all_curves_weighs_them_as_they_were_before_the_data(tree: DataTree) -> None:
    share = np.bincount(tree["prior"]["curve"].to_numpy().ravel().astype(int), minlength=len(CURVES)) / 4000
    assert share == pytest.approx(tree["constant_data"]["curve_prior"].to_numpy(), abs=1e-3)
    wide, narrow = (np.ptp(tree[group]["score"].to_numpy()[..., -1]) for group in ("prior_predictive", "observed_data"))
    assert wide > 0.9
    assert narrow == 0.0


def test_the_log_prior_is_the_density_of_the_stated_priors() -> None:
    found = analysis_of("sharp")
    posterior, prior = found.posterior, found.settings.prior
    mine = np.flatnonzero(posterior.curve == CURVE_NAMES.index("power_law"))[:20]
    part = posterior.take(mine)
    base, amplitude = part.levels[:, 2], part.levels[:, 0]
    sd, chance = prior.guess_rate_sd, 0.25
    levels = (
        stats.truncnorm.logpdf(base, -chance / sd, (1 - chance) / sd, loc=chance, scale=sd)
        + stats.beta.logpdf(1 - amplitude / (1 - base), *prior.ceiling_beta)
        - np.log(1 - base)
    )
    parts = log_prior_parts(part)
    assert parts["levels"] == pytest.approx(levels, rel=1e-6)
    width_of_one = np.log(np.log(10.0) / -np.log(0.9)) / np.log(10.0)  # decades, at an exponent of 1 per nat
    log_median = np.log(width_of_one / prior.exponent_median_params / 4.0)
    shape = stats.norm.logpdf(np.log(part.width), log_median, prior.exponent_sd) - np.log1p(part.width)
    assert parts["shape"] == pytest.approx(shape, abs=1e-9)
    assert np.exp(parts["curve"]) == pytest.approx(1 / 15)  # a fifth for smooth, a third of it
    assert np.exp(log_prior_parts(posterior)["overdispersion"]).max() == pytest.approx(0.4)


class TestArviz:
    """Every function that the documentation promises, on a tree as it comes."""

    def test_summary(self, tree: DataTree) -> None:
        assert az.summary(tree).loc["width", "mean"] is not None
        assert list(az.summary(tree, var_names=["threshold"]).index) == ["threshold"]

    @pytest.mark.usefixtures("lenient")
    def test_loo_is_near_the_exact_one(self) -> None:
        found = analysis_of("at chance")
        smoothed = az.loo(found.to_datatree("no_ability"), pointwise=True)
        exact = found.loo("no_ability")
        assert smoothed.elpd == pytest.approx(exact.elpd, abs=0.15)
        assert smoothed.se == pytest.approx(exact.se, abs=0.15)
        assert smoothed.p == pytest.approx(exact.p, abs=0.15)

    @pytest.mark.usefixtures("lenient")
    def test_compare_ranks_trees_of_single_curves(self) -> None:
        found: Analysis = analysis_of("sharp")
        table = az.compare({name: found.to_datatree(name) for name in ("log_linear", "power_law", "step")})
        assert table.index[0] == "step"
        assert table.loc["step", "weight"] > 0.9

    def test_psense(self) -> None:
        found = analysis_of("few items").to_datatree("sharp_logistic")
        table = az.psense_summary(found, var_names=["lapse_rate", "guess_rate"])
        assert table.loc["guess_rate", "prior"] > 0.05  # fifty items say little of the floor: its prior does
        assert np.isfinite(az.psense(found, var_names=["width"])["width"])

    @pytest.mark.parametrize(
        ("plot", "options"),
        [
            ("plot_dist", {"var_names": ["log10_threshold"]}),
            ("plot_forest", {"var_names": ["guess_rate", "lapse_rate"]}),
            ("plot_trace", {"var_names": ["width"]}),
            ("plot_rank", {"var_names": ["width"]}),
            ("plot_pair", {"var_names": ["log10_threshold", "width"]}),
            ("plot_ess", {"var_names": ["width"]}),
            ("plot_autocorr", {"var_names": ["width"]}),
            ("plot_ppc_dist", {}),
            ("plot_ppc_interval", {}),
            ("plot_ppc_dist", {"group": "prior_predictive"}),
            ("plot_prior_posterior", {"var_names": ["log10_threshold", "guess_rate"]}),
            ("plot_psense_dist", {"var_names": ["lapse_rate"]}),
        ],
    )
    @pytest.mark.usefixtures("lenient")
    def test_plots(self, tree: DataTree, plot: str, options: dict[str, Any]) -> None:
        assert getattr(az, plot)(tree, backend="matplotlib", **options) is not None
        assert plt.get_fignums()
        plt.close("all")

    @pytest.mark.usefixtures("lenient")
    def test_plot_of_a_comparison(self) -> None:
        found = analysis_of("sharp")
        table = az.compare({name: found.loo(name) for name in ("smooth", "phase_change")})
        assert az.plot_compare(table, backend="matplotlib") is not None
