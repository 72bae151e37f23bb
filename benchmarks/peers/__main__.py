"""``python -m benchmarks.peers [peer ...] [--quick] [--workers N] [--write-docs]``."""

from __future__ import annotations

import argparse
import inspect
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from benchmarks import machine
from benchmarks.cases import Case
from benchmarks.page import VALIDATION, section, write_section
from benchmarks.peers import bayes_factor
from benchmarks.peers.battery import BATTERY, make_battery
from benchmarks.peers.runner import run
from benchmarks.peers.scoring import compare, row, what_happens
from benchmarks.peers.table import PEERS, Peer
from benchmarks.suites import SUITES, make_suite
from benchmarks.tables import markdown

COMMAND = "python -m benchmarks.peers --write-docs"
SIZE, COSTLY_SIZE, QUICK_SIZE = 100, 12, 10  # cases of each suite
BATTERY_SHARE, COSTLY_BATTERY_SHARE = 10, 3  # for one series of each kind of the battery, so many cases of each suite
SECONDS = 180.0

EXPLANATION = """\
Other ways to ask the same question, each by its own natural statistic and conventional limit, on the same series as
ours. The statistics are defined below the tables. Bold is the best of its column, whoever it is; where several are
equal, all are.

- *AUC*: of the statistic, sharp rises against everything else; a failure counts as the least sharp.
- *false calls*, *sharp called*: at the conventional limit, of the series that are not and that are sharp rises.
- *sharp located*, *median error* (decades), *90 % covers*: thresholds that the peer would report on sharp rises. A
  breakpoint is compared with the true onset, anything else with the true midpoint.
- *failed*: an exception, no convergence by its own account, or no answer in {seconds:g} s. *warned*: with a warning.
- *silent nonsense*: neither failed nor warned, and yet: sharp, or a threshold (alone or with an interval narrower
  than half the data's range) on a series that does not rise; or, in the curve it fitted, preferred or not, an
  asymptote more than .05 outside 0-1, a standard error of 0 or not finite, a p-value above 1.
- *CPU s*: processor seconds per series, all threads, without imports and the first fit. *peak MB*: of the whole
  process, imports included.
"""


BATTERY_NOTE = """\
At 6 and 12 scales by turns, 500 items unless said. *threshold inside* or *beyond* the data where nothing rises, as
defined above; *bad asymptote*, *bad s.e.* and *p > 1* whether or not a warning came with them.
"""


def main() -> None:
    """Run the peers that were named (all by default), print the section, and write it down if asked."""
    options = _options()
    facts = machine.describe()
    rows = _run_all(_chosen(options), options)
    if options.outcomes is not None:
        rows.to_csv(options.outcomes, index=False)
    text = section("Peers", _command(options), facts, *report(rows, _chosen(options), options.seed))
    print(f"\n{text}", flush=True)
    if options.write_docs:
        write_section("peers", text)
        print(f"\nwrote section peers of {VALIDATION.relative_to(machine.ROOT)}")


def measure(peer: Peer, cases: Sequence[Case], *, seconds: float = SECONDS) -> pd.DataFrame:
    """One row per case."""
    start = time.monotonic()
    outcomes = run(peer.fit, [case.series for case in cases], seconds=seconds)
    print(f"{peer.name}: {len(cases)} series in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return pd.DataFrame([row(peer, case, outcome) for case, outcome in zip(cases, outcomes, strict=True)])


def report(rows: pd.DataFrame, peers: Sequence[Peer], seed: int) -> list[str]:
    """The tables: cheap peers by suite, all peers on the series that the costly ones saw, and the battery."""
    parts = [EXPLANATION.format(seconds=SECONDS)]
    suites = rows["case"].str.partition("_")[0]
    costly = rows["peer"].isin([peer.label for peer in peers if peer.costly])
    for suite in SUITES:
        chosen = rows[(suites == suite) & ~costly]
        if not chosen.empty:
            count = chosen["case"].nunique()
            parts += [f"### The first {count} cases of the {suite} suite (seed {seed})", markdown(compare(chosen))]
    if costly.any():
        common = set(rows.loc[costly, "case"])
        chosen = rows[rows["case"].isin(common) & suites.isin(list(SUITES))]
        count = chosen["case"].nunique()
        parts += [
            f"### All peers on {count} of these cases, the first sharp ones and the first others of both suites",
            "So few cases decide nothing about an AUC; the table shows gross faults and costs.",
            markdown(compare(chosen)),
        ]
    kinds = rows[rows["kind"].isin(list(BATTERY))]
    parts += [
        "### What happens on series without a sharp rise",
        BATTERY_NOTE,
        markdown(what_happens(kinds, list(BATTERY))),
        "### What each peer's statistic is",
        "\n".join(f"- **{peer.label}**: {_defined(peer)}" for peer in peers),
    ]
    return parts


def _run_all(peers: Sequence[Peer], options: argparse.Namespace) -> pd.DataFrame:
    """Every peer on its cases, the slow ones first so that they end together."""
    order = sorted(peers, key=lambda peer: not peer.costly)
    with ThreadPoolExecutor(options.workers) as pool:
        found = list(pool.map(lambda peer: measure(peer, _cases(peer, options)), order))
    by_name = dict(zip([peer.name for peer in order], found, strict=True))
    return pd.concat([by_name[peer.name] for peer in peers], ignore_index=True)


def _cases(peer: Peer, options: argparse.Namespace) -> list[Case]:
    """What a peer is given, by its cost."""
    size, share = (options.costly_size, COSTLY_BATTERY_SHARE) if peer.costly else (options.size, BATTERY_SHARE)
    if options.quick:
        size = QUICK_SIZE
    suites = [make_suite(name, QUICK_SIZE if options.quick else options.size, options.seed) for name in SUITES]
    chosen = [balanced(cases, size) if peer.costly else cases for cases in suites]
    return [case for cases in chosen for case in cases] + make_battery(max(size // share, 1), options.seed)


def balanced(cases: Sequence[Case], size: int) -> list[Case]:
    """The first cases of each label, as many sharp as not, in the order of the suite."""
    sharp = [case for case in cases if case.sharp][: size // 2]
    others = [case for case in cases if not case.sharp][: size - size // 2]
    kept = {case.series.name for case in (*sharp, *others)}
    return [case for case in cases if case.series.name in kept]


def _chosen(options: argparse.Namespace) -> list[Peer]:
    """The peers that the command line asks for."""
    if options.quick:
        return [peer for peer in PEERS if peer.quick]
    return [peer for peer in PEERS if not options.peers or peer.name in options.peers]


def _defined(peer: Peer) -> str:
    """What its function says of itself, as one paragraph."""
    text = inspect.getdoc(peer.fit) or ""
    if peer.fit.__module__ in {"benchmarks.peers.nested", "benchmarks.peers.monte_carlo"}:
        shared = inspect.getdoc(bayes_factor.finding) or ""
        text = f"{text.partition(' What is read off')[0]} {shared.partition('\n\n')[2]}"
    kept = text.partition("\n\nRaises:")[0]
    return " ".join(kept.split())


def _command(options: argparse.Namespace) -> str:
    """What to type for the same series again."""
    sizes = {"--size": (options.size, SIZE), "--costly-size": (options.costly_size, COSTLY_SIZE)}
    return " ".join([COMMAND, *(f"{name} {size}" for name, (size, usual) in sizes.items() if size != usual)])


def _options() -> argparse.Namespace:
    """The command line."""
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peers", nargs="*", metavar="peer", help=f"{', '.join(names)}; default all")
    parser.add_argument("--quick", action="store_true", help="a few series, only peers that need no package")
    parser.add_argument("--size", type=int, default=SIZE, help=f"cases of each suite, default {SIZE}")
    parser.add_argument(
        "--costly-size", type=int, default=COSTLY_SIZE, help=f"the same for the slow peers, default {COSTLY_SIZE}"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the series")
    parser.add_argument("--workers", type=int, default=1, help="peers that run at once")
    parser.add_argument("--outcomes", type=Path, help="CSV of every outcome")
    parser.add_argument("--write-docs", action="store_true", help="write the section into docs/validation.md")
    options = parser.parse_args()
    for name in options.peers:
        if name not in names:
            parser.error(f"peer: expected one of {', '.join(names)}, got {name!r}")
    if options.write_docs and (options.peers or options.quick):
        parser.error("--write-docs writes all peers; name none and leave out --quick")
    for peer in _chosen(options):
        if not peer.installed():
            parser.error(f"{peer.name}: the package {peer.package} is not installed; `make peers-setup` installs it")
    return options


if __name__ == "__main__":
    main()
