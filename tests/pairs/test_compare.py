"""`compare`: what is known exactly, what published figures show, and pairs that cannot be compared."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from scipy import stats

import emergence_stats as es
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.ingest import series_from_table
from emergence_stats.pairs.differences import differences
from emergence_stats.pairs.effects import EFFECT_SDS, weigh
from emergence_stats.pairs.judging import PairVerdict
from emergence_stats.pairs.matching import match
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings

SCALES = np.array([1e8, 1e9, 1e10, 1e11, 1e12])
MODELS = tuple("abcde")
NO_FAILURES = dataclasses.replace(Settings().prior, failed_run_rate=1e-9)


def counts(k: list[float], n: float = 500, **more: object) -> Series:
    fields: dict[str, object] = {"model": MODELS[: len(k)], "chance_level": 0.0, **more}
    return Series(scale=SCALES[: len(k)], n_correct=k, n_items=[n] * len(k), **fields)  # type: ignore[arg-type]


def published(task: str, family: str, prompt: str) -> Series:
    for row in series_from_table(es.load_dataset("chain_of_thought")):
        if (row.identity["task"], row.identity["family"], row.identity["prompt"]) == (task, family, prompt):
            assert row.series is not None
            return row.series
    raise AssertionError


class TestLikelihoodOfADifference:
    def test_equals_a_plain_sum_over_the_baselines_true_score(self) -> None:
        first, second = counts([4, 9], 40), counts([11, 8], 40)
        found = differences(first, second, match(first, second), NO_FAILURES, None)
        p = (np.arange(20_000) + 0.5) / 20_000
        for d in (-0.1, 0.0, 0.2, 0.5):
            allowed = p[(p + d > 0) & (p + d < 1)]
            plain = np.mean(stats.binom.pmf(4, 40, allowed) * stats.binom.pmf(11, 40, allowed + d))
            ours = np.exp(np.interp(d, found.grid, found.log_likelihood[0, 0]))
            assert ours == pytest.approx(plain, rel=0.01)

    def test_with_scatter_equals_the_same_sum_of_beta_binomials(self) -> None:
        first, second = counts([4, 9], 40), counts([11, 8], 40)
        found = differences(first, second, match(first, second), NO_FAILURES, None)
        rho = Settings().prior.overdispersion_nodes[-1] / 3.0
        p = (np.arange(20_000) + 0.5) / 20_000
        size = (1.0 - rho) / rho
        allowed = p[p + 0.2 < 1]
        a = stats.betabinom.pmf(4, 40, allowed * size, (1 - allowed) * size)
        b = stats.betabinom.pmf(11, 40, (allowed + 0.2) * size, (0.8 - allowed) * size)
        assert np.exp(np.interp(0.2, found.grid, found.log_likelihood[0, -1])) == pytest.approx(
            np.mean(a * b), rel=0.01
        )

    def test_pairing_by_item_makes_equal_answers_certain(self) -> None:
        answers = np.zeros((2, 400))
        answers[:, :100] = 1
        first = second = counts([100, 100], 400)
        matched = match(first, second)
        by_model = differences(first, second, matched, NO_FAILURES, None)
        by_item = differences(first, second, matched, NO_FAILURES, np.zeros((2, 2), dtype=np.intp))
        assert by_item.sd[0, 0] < 0.2 * by_model.sd[0, 0]

    def test_items_with_known_answers_equal_a_two_dimensional_sum(self) -> None:
        first, second = counts([20, 20], 100), counts([35, 20], 100)
        discordant = np.array([[20, 5], [3, 3]])
        found = differences(first, second, match(first, second), NO_FAILURES, discordant)
        d = 0.15
        share = np.linspace(d, 1.0, 20_001)
        gain, loss = 0.5 * (share + d), 0.5 * (share - d)
        density = stats.multinomial.pmf([[20, 5, 75]], 100, np.stack([gain, loss, 1 - share], axis=1))
        # Up to a factor that does not depend on d: the two are compared at two differences.
        share_0 = np.linspace(0.05, 1.0, 20_001)
        other = stats.multinomial.pmf(
            [[20, 5, 75]], 100, np.stack([0.5 * (share_0 + 0.05), 0.5 * (share_0 - 0.05), 1 - share_0], axis=1)
        )
        ours = np.exp(np.interp([d, 0.05], found.grid, found.log_likelihood[0, 0]))
        assert ours[0] / ours[1] == pytest.approx(density.mean() / other.mean(), rel=0.03)


class TestEvidence:
    def test_of_a_constant_difference_equals_a_plain_integral(self) -> None:
        first, second = counts([50, 52, 49]), counts([80, 85, 78])
        matched = match(first, second)
        found = differences(first, second, matched, Settings().prior, None)
        result = weigh(found, np.array([0.0, 0.5, 1.0]), Settings().prior)
        joint = found.log_likelihood.sum(axis=0) + found.log_dispersion_prior[:, None]
        step = found.grid[1] - found.grid[0]
        prior = np.mean([stats.norm.pdf(found.grid, scale=sd) for sd in EFFECT_SDS], axis=0)
        plain = math.log((np.exp(joint) * prior * step).sum())
        assert result.log_evidence["constant"] == pytest.approx(plain, abs=0.05)
        none = math.log(np.exp(joint[:, found.grid.size // 2]).sum())
        assert result.log_evidence["none"] == pytest.approx(none, abs=0.02)

    def test_does_not_change_between_calls(self) -> None:
        first, second = counts([5, 8, 9, 40]), counts([4, 5, 30, 200])
        assert es.compare(first, second).to_dict() == es.compare(first, second).to_dict()


class TestVerdict:
    def test_help_that_begins_is_emergent_prompting_and_is_placed(self) -> None:
        found = es.compare(counts([20, 22, 40, 80, 150]), counts([15, 18, 38, 250, 400]))
        assert found.verdict is PairVerdict.EMERGENT_PROMPTING
        low, high = found.begins.interval(0.9) or (0.0, 0.0)
        assert 5e9 < low < high < 1.2e11
        assert "begins to help" in found.summary()
        assert found.p_helps(1e9) < 0.1
        assert found.p_helps(1e12) > 0.9

    def test_help_at_every_scale_begins_nowhere(self) -> None:
        found = es.compare(counts([50, 60, 70, 80]), counts([150, 160, 170, 180]))
        assert found.verdict is PairVerdict.HELPS
        assert found.begins.median is None
        assert found.crossover.p_from_start > 0.9

    def test_two_equal_prompts_do_not_help(self) -> None:
        found = es.compare(counts([500, 600, 900, 1200], 2000), counts([505, 590, 905, 1210], 2000))
        assert found.verdict is PairVerdict.DOES_NOT_HELP

    def test_harm_below_the_crossover_is_said(self) -> None:
        found = es.compare(counts([250, 250, 260, 270, 280]), counts([150, 160, 170, 420, 430]))
        assert found.verdict is PairVerdict.EMERGENT_PROMPTING
        assert found.states["hurts_helps"] > 0.9
        assert "it hurts" in found.summary()

    def test_few_items_decide_nothing_and_say_where_the_doubt_is(self) -> None:
        found = es.compare(counts([2, 3, 3], 10), counts([2, 4, 5], 10))
        assert found.verdict is PairVerdict.UNDETERMINED
        assert found.remedy is not None
        assert "scale" in found.remedy

    def test_a_metric_that_falls_is_read_the_right_way_round(self) -> None:
        falls = {"higher_is_better": False, "chance_level": 1.0}
        first, second = counts([480, 478, 460, 420], **falls), counts([485, 482, 462, 250], **falls)
        found = es.compare(first, second)
        assert found.effect.median[-1] > 0.1
        assert found.points[-1].difference == pytest.approx(170 / 500)

    def test_a_loss_as_scale_runs_from_large_to_small(self) -> None:
        loss = {"scale_kind": "loss"}
        scale = [4.0, 3.5, 3.0, 2.5, 2.0]
        first = Series(scale=scale, n_correct=[20, 22, 40, 80, 150], n_items=[500] * 5, chance_level=0.0, **loss)  # type: ignore[arg-type]
        second = Series(scale=scale, n_correct=[15, 18, 38, 250, 400], n_items=[500] * 5, chance_level=0.0, **loss)  # type: ignore[arg-type]
        found = es.compare(first, second)
        assert found.begins.median is not None
        assert 2.4 < found.begins.median < 3.1
        assert found.paired_by == "scale"


class TestPairing:
    def test_a_better_model_moves_both_scores_and_not_the_difference(self) -> None:
        plain = es.compare(counts([50, 60, 70, 80]), counts([100, 110, 120, 130]))
        uneven = es.compare(counts([50, 260, 70, 300]), counts([100, 310, 120, 350]))
        assert uneven.verdict is plain.verdict is PairVerdict.HELPS

    def test_order_of_the_rows_does_not_matter(self) -> None:
        first, second = counts([20, 22, 40, 80]), counts([15, 18, 38, 250])
        turned = Series(
            scale=SCALES[:4][::-1],
            n_correct=[250, 38, 18, 15],
            n_items=[500] * 4,
            model=MODELS[:4][::-1],
            chance_level=0.0,
        )
        assert es.compare(first, turned).to_dict() == es.compare(first, second).to_dict()

    def test_models_without_a_partner_are_left_out_with_a_warning(self) -> None:
        found = es.compare(counts([20, 22, 40, 80, 90]), counts([15, 18, 38, 250]))
        assert len(found.points) == 4
        assert any("without a partner" in warning for warning in found.warnings)

    def test_answers_to_the_same_items_narrow_the_difference(self) -> None:
        generator = np.random.default_rng(0)
        easy = generator.random(300)
        base = np.array([easy < level for level in (0.2, 0.3, 0.4)], dtype=float)
        better = np.array([easy < level for level in (0.24, 0.34, 0.44)], dtype=float)

        def series(answers: FloatArray) -> Series:
            return counts(answers.sum(axis=1).tolist(), 300)

        by_model = es.compare(series(base), series(better))
        by_item = es.compare(series(base), series(better), outcomes=(base, better))
        assert by_item.paired_by == "item"
        assert by_item.effect.high[-1] - by_item.effect.low[-1] < by_model.effect.high[-1] - by_model.effect.low[-1]
        assert by_item.probabilities["helps"] > by_model.probabilities["helps"]


class TestBadInput:
    def test_no_shared_models(self) -> None:
        second = counts([1, 2]).replace(model=("x", "y"))
        with pytest.raises(SeriesError, match=r"at least 2 models in both series, got 0.*has a, b.*has x, y"):
            es.compare(counts([1, 2]), second)

    def test_one_shared_model(self) -> None:
        with pytest.raises(SeriesError, match="got 1"):
            es.compare(counts([1, 2]), counts([1, 2]).replace(model=("a", "z")))

    def test_a_model_twice(self) -> None:
        twice = Series(scale=[1e8, 1e8, 1e9], n_correct=[1, 2, 3], n_items=[9] * 3, model=("a", "a", "b"))
        with pytest.raises(SeriesError, match="every model once"):
            es.compare(twice, counts([1, 2]))

    def test_other_kinds_of_scale(self) -> None:
        with pytest.raises(SeriesError, match="same scale_kind"):
            es.compare(counts([1, 2]), counts([1, 2], scale_kind="tokens"))

    def test_one_model_at_two_scales(self) -> None:
        moved = counts([1, 2, 3]).replace(scale=[1e8, 2e9, 1e10])
        with pytest.raises(SeriesError, match="one scale for b"):
            es.compare(counts([1, 2, 3]), moved)

    def test_answers_that_are_not_those_of_the_scores(self) -> None:
        with pytest.raises(SeriesError, match="share right"):
            es.compare(counts([1, 2], 4), counts([1, 2], 4), outcomes=(np.zeros((2, 4)), np.zeros((2, 4))))

    def test_a_series_beside_itself(self) -> None:
        series = counts([1, 2, 3])
        with pytest.raises(InputError, match=r"compare: expected two series, got .* twice"):
            es.compare(series, series)
        assert len(es.compare(series, counts([1, 2, 3])).points) == 3  # another that scores the same

    @pytest.mark.parametrize("margin", [-0.1, 1.0, math.nan, "a"])
    def test_an_impossible_margin(self, margin: float) -> None:
        with pytest.raises(InputError, match="margin"):
            es.compare(counts([1, 2]), counts([1, 2]), margin=margin)


class TestItemsOfBothSeries:
    @staticmethod
    def items(label: str, *, shift: int = 0, cluster: bool = False, order: int = 1) -> Series:
        """Three models on 60 items; the strategy gets more of the same items right."""
        names = np.array([f"q{i + shift}" for i in range(60)])[::order]
        right = np.array([[i % 6 < level for i in range(60)] for level in (1, 2, 3 if label == "plain" else 5)])
        return es.Items(
            score=right[:, ::order].astype(float), scale=SCALES[:3], item=names, model=MODELS[:3], chance_level=0.0,
            cluster=[f"c{i // 2}" for i in range(60)] if cluster else None, name=label,
        ).series()  # fmt: skip

    def test_items_of_one_name_are_one_item_in_whatever_order(self) -> None:
        found = es.compare(self.items("plain"), self.items("chain", order=-1))
        assert found.paired_by == "item"
        assert not any("taken to be the same" in warning for warning in found.warnings)
        assert found.effect.median[-1] == pytest.approx(2 / 6, abs=0.1)

    def test_other_items_are_not_taken_for_the_same(self) -> None:
        found = es.compare(self.items("plain"), self.items("chain", shift=10))
        assert found.paired_by == "model"
        assert "only 50 items are shared by both test sets of 60 and 60: paired by model alone" in found.warnings

    def test_items_in_clusters_are_paired_by_model(self) -> None:
        found = es.compare(self.items("plain", cluster=True), self.items("chain", cluster=True))
        assert found.paired_by == "model"
        assert "items in clusters: paired by model alone" in found.warnings


class TestConstant:
    def test_a_series_overtakes_a_constant(self) -> None:
        series = published("GSM8K", "PaLM", "chain_of_thought")
        found = es.compare(es.Constant(score=0.35, n_items=1319, name="a small model"), series)
        assert found.begins.median is not None
        assert 6e10 < found.begins.median < 3e11
        assert "a small model" in found.name

    def test_uncertainty_of_the_constant_counts(self) -> None:
        series = published("GSM8K", "PaLM", "chain_of_thought")
        sure = es.compare(es.Constant(score=0.5, stderr=0.001), series)
        vague = es.compare(es.Constant(score=0.5, stderr=0.2), series)
        assert max(vague.probabilities.values()) < max(sure.probabilities.values())
        assert vague.verdict is PairVerdict.UNDETERMINED

    def test_a_bare_number_is_taken_as_exact_and_says_so(self) -> None:
        found = es.compare(es.Constant(score=0.35), published("GSM8K", "PaLM", "chain_of_thought"))
        assert any("known exactly" in warning for warning in found.warnings)

    def test_impossible_constants(self) -> None:
        with pytest.raises(InputError, match="both"):
            es.Constant(score=0.5, n_items=10, stderr=0.1)
        with pytest.raises(InputError, match="share from 0 to 1"):
            es.Constant(score=55, n_items=10)
        with pytest.raises(InputError, match="within the metric's bounds"):
            es.compare(es.Constant(score=55.0), counts([1, 2, 3]))


class TestPublishedFigures:
    def test_multiplication_of_steps_begins_below_175b_in_gpt_3(self) -> None:
        found = es.compare(
            published("MultiArith", "InstructGPT", "standard"),
            published("MultiArith", "InstructGPT", "chain_of_thought"),
        )
        assert found.verdict is PairVerdict.EMERGENT_PROMPTING
        assert found.begins.median is not None
        assert 6.7e9 < found.begins.median < 1.75e11

    def test_document_is_plain_json_and_figure_is_drawn(self) -> None:
        found = es.compare(published("CSQA", "LaMDA", "standard"), published("CSQA", "LaMDA", "chain_of_thought"))
        document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert document["paired_by"] == "model"
        assert sum(document["probabilities"].values()) == pytest.approx(1.0)
        assert sum(document["states"].values()) == pytest.approx(1.0)
        assert len(found.plot().axes) == 2
