"""Are the stated probabilities and intervals what they say? For truths drawn from the prior, and for others.

``truths`` draws parameters from the prior and data from the likelihood, ``ranks`` places the truth in the posterior,
``uniformity`` tests those places, ``sbc`` does it for every parameter of every curve. ``probabilities`` asks the same
of `p_emergent` and of the explanations, ``coverage`` of threshold intervals, ``false_emergent`` of the verdict, the
last two by design cell and for truths of the benchmark's choice. ``section`` writes them down.
"""
