"""An analysis in ArviZ's terms: draws as an `xarray.DataTree`, leave-one-out and leave-future-out as ELPD data.

`datatree.to_datatree` puts the groups together; `parameters` says what a draw is in documented units, `predictions`
draws new scores, `prior_density` gives the log prior that power-scaling needs, `elpd` the exact predictive scores.
Nothing here decides anything: verdicts rest on the nodes, not on these draws.
"""
