"""Accuracy and speed of the analysis, measured: ``python -m benchmarks --help``.

``suites`` draws labelled series whose truths are not among the fitted curves, ``accuracy`` scores the analysis and
the ``baselines`` on them, ``calibration`` asks whether probabilities and intervals are what they say, ``speed`` times
it beside a least-squares fit, ``evidence`` checks the integrals by brute force.
"""
