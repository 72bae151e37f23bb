"""Emergence made on purpose: small models, trained here, scored by a smooth metric and by a sharp one.

``python -m benchmarks.induced`` reads the scores kept in ``scores.csv`` and prints what the analysis says of them;
with ``--train`` it first trains all models anew (scikit-learn, no download) and writes that file. `digits` has the
autoencoders and classifiers of section 5 of Schaeffer et al. 2023 (arXiv 2304.15004) on scikit-learn's bundled digits,
`arithmetic` sums of numbers and modular addition, whose learning is abrupt (grokking, Power et al. 2022, arXiv
2201.02177). To add an experiment: a function that returns a tidy table, and a row in `__main__.EXPERIMENTS`.

The two designs on digits were chosen after others had been analysed and had given other verdicts. Autoencoders trained
for a fixed number of epochs (200, whatever their size) came out undetermined; multilayer perceptrons judged on four
digits at once came out emergent, the sizes of both spanning 1.6 to 1.75 decades only. Longer training of larger nets,
random features, six digits and wider ranges came after that. The two artifacts show that such a jump can be told, by
its companion metric or as a power law of an all-or-nothing metric, not how often that succeeds: the section on pairs in
`docs/validation.md` estimates that.

What came out: the share of images reconstructed and six digits right at once are called metric artifacts, modular
addition is called emergent. Exact match of two-digit sums is called emergent too: accuracy per digit does not rise
smoothly there (it stays at .4 for a decade, and then rises within another), so it does not show an artifact. Of modular
addition the probability of the right answer first falls below chance, while the net memorises, and decides nothing.
"""
