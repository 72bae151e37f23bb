"""Several measures of scale for the same scores.

`comparison` analyses them on each and tells which orders the scores best, `surface` over two at once, `table` does both
for every series of a table whose rows have several scale columns.
"""
