"""The section on calibration in ``docs/validation.md``, and its figure."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from benchmarks.calibration import coverage, false_emergent, figure, probabilities, sbc
from benchmarks.calibration.cells import CELL, rate
from benchmarks.machine import ROOT
from benchmarks.tables import markdown

FIGURE = ROOT / "docs" / "images" / "calibration.svg"
PARAMETERS = (
    "threshold", "width", "base", "lapse rate", "amplitude", "amplitude 2", "dispersion", "log likelihood",
)  # fmt: skip
LARGEST = 6  # departures written out
AGAIN = (
    "with more nodes and with other truths. A posterior that stands on some tens of effective nodes cannot place a "
    "truth beyond its last one: what more nodes mend is limited by the effort and not by the model. The smallest p "
    "values of many are small by chance, too: what is chance does not come again with other truths."
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How many of each.

    Attributes:
        replicates: truths per curve and score form.
        truths: draws from the prior of everything.
        covered: series per cell of the coverage of intervals.
        false: series per law and cell.
    """

    replicates: int
    truths: int
    covered: int
    false: int


def of_size(size: int) -> Effort:
    """Numbers in proportion to the draws from the prior, so that each part takes about as long."""
    return Effort(replicates=max(size // 3, 1), truths=size, covered=max(size // 300, 1), false=max(size // 400, 1))


def parts(effort: Effort, *, seed: int, workers: int, figure_path: Path | None, folder: Path | None) -> list[str]:
    """Run everything and write it up.

    Args:
        effort: how many of each.
        seed: of all that is simulated.
        workers: processes.
        figure_path: where the figure goes; None draws none.
        folder: where the outcomes go as CSV files; None keeps none.
    """
    ranks = sbc.run(effort.replicates, seed=seed, workers=workers)
    again = sbc.second_look(ranks, effort.replicates, seed=seed, workers=workers)
    prior = probabilities.run(effort.truths, seed=seed, workers=workers)
    covered = coverage.run(effort.covered, seed=seed, workers=workers)
    false = false_emergent.run(effort.false, seed=seed, workers=workers)
    if figure_path is not None:
        figure.save(figure.draw(ranks.ranks, prior), figure_path)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in {"ranks": ranks.ranks, "prior": prior, "coverage": covered, "false": false}.items():
            table.to_csv(folder / f"calibration_{name}.csv", index=False)
    return [
        *_ranks(ranks, effort),
        *_again(again),
        f"![Ranks of the truth and calibration of p_emergent](images/{FIGURE.name})",
        *_prior(prior),
        *_coverage(covered),
        *_false(false),
    ]


def _ranks(found: sbc.Calibration, effort: Effort) -> list[str]:
    tests = found.tests
    out = ["### Ranks of the truth", sbc.__doc__ or ""]
    out.append(
        f"{len(found.failures)} of {len(tests)} quantities are not uniform at the 5 % level after adjustment "
        f"({effort.replicates} truths of each curve in each form). p values before adjustment, failures in bold:"
    )
    for form, group in tests.groupby("form", sort=False):
        rows = []
        for curve, mine in group.groupby("curve", sort=False):
            cells = {str(row["parameter"]): _p_text(row) for _, row in mine.iterrows()}
            rows.append({f"curve ({form})": curve, **{name: cells.get(name, "") for name in PARAMETERS}})
        out.append(markdown(pd.DataFrame(rows)))
    largest = tests.sort_values("p", kind="stable").head(LARGEST)
    out += [
        "Largest departures: the distribution function of the ranks minus the diagonal, where it is largest:",
        markdown(
            largest.assign(
                difference=largest["difference"].map("{:+.3f}".format),
                p=largest["p"].map("{:.5f}".format),
                **{"p adjusted": largest["p adjusted"].map("{:.3f}".format)},
            )
        ),
    ]
    return out


def _again(outcomes: pd.DataFrame) -> list[str]:
    """What is left of the failures when the effort is not what limits them."""
    if outcomes.empty:
        return []
    numbers = {
        name: outcomes[name].map("{:.5f}".format) for name in outcomes.columns if name.startswith("p,") or name == "p"
    }
    return [
        f"What is not uniform, once more: {AGAIN}",
        markdown(outcomes.assign(**numbers)),
    ]


def _p_text(row: pd.Series[float]) -> str:
    text = f"{row['p']:.4f}" if row["p"] < 0.01 else f"{row['p']:.2f}"
    return f"**{text}**" if row["p adjusted"] < sbc.LEVEL else text


def _prior(outcomes: pd.DataFrame) -> list[str]:
    return [
        "### Probabilities, truths drawn from the prior",
        probabilities.__doc__ or "",
        markdown(probabilities.tabulate(outcomes)),
        _located(outcomes),
    ]


def _located(outcomes: pd.DataFrame) -> str:
    """Coverage of threshold intervals where truths are drawn from the prior."""
    located = outcomes[outcomes["threshold low"].notna() & outcomes["true threshold"].notna()]
    truth = located["true threshold"]
    half = (located["threshold low50"] <= truth) & (truth <= located["threshold high50"])
    most = (located["threshold low"] <= truth) & (truth <= located["threshold high"])
    return (
        f"Of {len(outcomes)} truths. Where a truth with a threshold is given an interval for it ({len(located)}), the "
        f"50 % interval holds it in {rate(half)} % and the 90 % interval in {rate(most)} %."
    )


def _coverage(outcomes: pd.DataFrame) -> list[str]:
    sentence, least = coverage.by_cell(outcomes)
    return [
        "### Coverage of threshold intervals, truths not of the fitted shapes",
        coverage.__doc__ or "",
        f"{len(outcomes)} series; by overdispersion and width, then by scales and items.",
        markdown(coverage.tabulate(outcomes, ["overdispersion", "width"])),
        markdown(coverage.tabulate(outcomes, ["scales", "items", "width"])),
        sentence,
        markdown(least),
    ]


def _false(outcomes: pd.DataFrame) -> list[str]:
    worst = false_emergent.worst(outcomes)
    return [
        "### False calls, by law and design",
        false_emergent.__doc__ or "",
        *(markdown(false_emergent.tabulate(outcomes, across)) for across in CELL),
        "Cells (law, scales, items and overdispersion) with most of them:" if len(worst) else "No cell has any.",
        *([markdown(worst)] if len(worst) else []),
    ]
