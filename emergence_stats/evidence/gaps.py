"""Where the first nodes of a threshold go: into every gap between neighbouring scales, however narrow it is.

Between two scales a step is the same step wherever it stands, so each gap is one candidate, and a gap of a thousandth
of the range would be met by none of the first hundred nodes. Half of them are spread evenly over the range, as the
prior is, and half evenly over the gaps:

    q(t) = 1/2 + 1 / (2 G |gap of t|),  G gaps, t in the observed range.
"""

from __future__ import annotations

import numpy as np

from emergence_stats.compiled import compiled
from emergence_stats.series import FloatArray

UNEVEN = 0.5  # times the mean gap: where no gap is narrower, the nodes of the prior meet each


@compiled
def gap_edges(position: FloatArray, used: FloatArray) -> FloatArray:
    """Ends of the gaps between the points that count, from 0 to 1; only these two where no gap is narrow.

    Args:
        position: of each point in the observed range, ascending, shape (n_points,).
        used: 1 for points that count, 0 for those left out, shape (n_points,).
    """
    edges, n_edges = np.empty(position.size + 2), 1
    edges[0] = 0.0
    for i in range(position.size):
        if used[i] > 0.0 and edges[n_edges - 1] < position[i] < 1.0:
            edges[n_edges] = position[i]
            n_edges += 1
    edges[n_edges] = 1.0
    narrowest = (edges[1 : n_edges + 1] - edges[:n_edges]).min()
    if narrowest * n_edges >= UNEVEN:
        return np.array([0.0, 1.0])
    return edges[: n_edges + 1].copy()


@compiled
def spread_over_gaps(edges: FloatArray, uniform: FloatArray, out: FloatArray) -> None:
    """Uniform numbers to draws of q, in the same order; both of shape (n,)."""
    n_gaps = edges.size - 1
    for n in range(uniform.size):
        below, gap = 0.0, 0
        mass = 0.5 * (edges[1] - edges[0]) + 0.5 / n_gaps
        while gap < n_gaps - 1 and uniform[n] >= below + mass:
            below += mass
            gap += 1
            mass = 0.5 * (edges[gap + 1] - edges[gap]) + 0.5 / n_gaps
        share = min((uniform[n] - below) / mass, 1.0)
        out[n] = edges[gap] + share * (edges[gap + 1] - edges[gap])


@compiled
def gap_densities(edges: FloatArray, place: FloatArray, out: FloatArray) -> None:
    """q at each place, shape (n,)."""
    n_gaps = edges.size - 1
    for n in range(place.size):
        gap = min(max(int(np.searchsorted(edges, place[n], side="right")) - 1, 0), n_gaps - 1)
        out[n] = 0.5 + 0.5 / (n_gaps * (edges[gap + 1] - edges[gap]))
