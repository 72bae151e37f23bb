"""Partial pooling: families of two to eight sizes each, and their tasks, in one model.

`pool` takes a set of series and answers what no family can by itself: where the rise of a task lies for each family and
for one that was not measured, how much families differ, and what moves them. `design` lays the points out, `model`
writes the model in PyMC, `sampling` runs it and says when not to believe it, `result` is what comes back.
"""
