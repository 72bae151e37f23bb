"""Two ways of asking the same models: where does one begin to help?

`compare` weighs a strategy (chain of thought) against its baseline (standard prompting), model by model, or against a
constant with its uncertainty (a fine-tuned small model); `compare_frame` does so for every pair of a table. In order:
`matching` pairs the points, `differences` says how probable each pair of scores is at each true difference, `effects`
weighs curves of the difference over scale, `judging` turns their posterior into states, a verdict and words.
"""
