"""Other programs beside ours on the same series: ``python -m benchmarks.peers --help``.

A peer is one function from a `Series` to a `Finding`: its natural statistic for "this is a sharp rise", what it
would call the series at its own conventional limit, the threshold it would report, and what is visibly wrong with
its own numbers. One file per peer or family of peers, one row each in ``table.PEERS``; everything a peer raises is
its failure. ``battery`` makes the series that ask for no threshold, ``runner`` gives each peer a process of its own
with a time limit, ``scoring`` tabulates. To add a peer, write the function and its row.
"""
