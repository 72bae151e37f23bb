"""The second engine: the same curves, priors and likelihood as PyMC models, sampled instead of integrated.

Call `engine.all_curves(problem, seed=...)`; it gives what `evidence.quadrature.all_curves` gives, and a list of faults.
`model` writes a curve of the table in PyMC, `likelihood` its likelihood in PyTensor, `samplers` compiles a model once
and runs PyMC's sequential Monte Carlo and NUTS on it for one series after another, `diagnostics` says when not to
believe them. A new curve is a branch in `model`.
"""
