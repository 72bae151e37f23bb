"""A cheap stand-in for the analysis of a series, for what is asked of everything round it: memory, faults, rates."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import time
from collections.abc import Sequence

from emergence_stats.batch.discoveries import EXPLANATIONS, Standing
from emergence_stats.batch.rows import failed_row
from emergence_stats.batch.work import Item, Outcome
from emergence_stats.report.vocabulary import VERDICTS

REASON = (
    "Stand-in: the rise at {:.4g} is sharp with probability {:.3f}, where the limit is 0.9, and was not foreseen from "
    "the smaller scales ({:.3f} nats); a sentence of about the length that the analysis writes."
)


@dataclasses.dataclass(frozen=True)
class StandIn:
    """Results drawn from a hash of the series (`parallel.Work`)."""

    pause: float = 0.0

    def prepare(self) -> None:
        """Nothing to prepare."""

    def items(self, payload: bytes) -> Sequence[Item]:
        """As of `SeriesWork`."""
        items: Sequence[Item] = pickle.loads(payload)
        return items

    def one(self, item: Item) -> Outcome:
        """Some result."""
        time.sleep(self.pause)
        if item.row.series is None:
            return Outcome(cells=failed_row(item.row.problem or "no series"))
        digest = hashlib.sha256(repr(sorted(item.row.identity.items())).encode()).digest()
        shares = [byte / 256 for byte in digest]
        verdict = [name for name in VERDICTS if name != "failed"][digest[0] % (len(VERDICTS) - 1)]
        cells = failed_row(REASON.format(1e3 * shares[6], shares[7], shares[8])) | {
            "n_scales": 4,
            "scale_min": 1e8,
            "scale_max": 1e11,
            "verdict": verdict,
            "p_emergent": shares[1],
            "threshold": 1e8 * 10 ** (3 * shares[2]),
            "threshold_low": 1e8,
            "threshold_high": 1e11,
            "width_decades": 0.1 + shares[3],
            "trend_p": shares[4],
        }
        logs = tuple(-10.0 * share for share in shares[5 : 5 + len(EXPLANATIONS)])
        return Outcome(cells=cells, standing=Standing(log_evidences=logs, emergent_share=shares[1]))

    def failed(self, item: Item, reason: str) -> Outcome:
        """As of `SeriesWork`."""
        del item
        return Outcome(cells=failed_row(reason), stopped=True)

    def answer(self, items: Sequence[Item], results: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes."""
        del items
        return list(results)
