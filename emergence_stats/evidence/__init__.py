"""Marginal likelihood of every curve, with its error, by adaptive quasi-Monte Carlo.

Call `compute_evidence(observations, settings=..., scale_kind=...)`. `likelihood_tables` evaluates the likelihood, `levels` the linear
part of a curve (base and amplitudes) given its shape, `proposals` places shape nodes, `integrate` joins them, and
`quadrature` is the Python face. Another engine is another function with the same result type.
"""
