"""What can this many test items show? Verdicts on resampled test sets: smaller, as large and larger (condition E6).

Call `ladder.resample`. `draws` makes the test sets, `judging` gives a verdict to each from the nodes of one analysis,
`items` reads off the number of items that decides, `detectable` the smallest excess that a number of items shows.
"""
