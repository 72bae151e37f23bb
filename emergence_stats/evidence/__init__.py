"""Marginal likelihood of every curve, with its error, by adaptive quasi-Monte Carlo.

Call `quadrature.make_problem(observations, settings, scale_kind)` once and `quadrature.all_curves(problem)` on the
result. `likelihood_tables` evaluates the likelihood, `levels` the linear part of a curve (base and amplitudes) given
its shape, `proposals` places shape nodes, `integrate` joins them, and `quadrature` is the Python face. Another engine
is another function with the same result type.
"""
