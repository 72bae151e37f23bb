"""Frequentist cross-checks of one series, for readers who want them; never part of the verdict.

`checks.cross_checks` is the public call. It brings a series to `scores.Scores` and asks four questions of them, one
module each: `glm` (a straight line in log scale through three links, by statsmodels), `trend` (tests for any monotone
dependence on scale), `isotonic` (the best monotone curve of any shape, by scikit-learn), `descriptive` (the scores of
BIG-bench, with the band that noise alone gives). What cannot be estimated is said in words, never warned of.
`multiplicity` adjusts the trend tests of a table. To add a check: one module, one field of `checks.CrossChecks`, one
part of the schema.
"""
