"""What a series may be: curves, the likelihood of scores, and priors.

`curves` holds one file per curve and the table `CURVES`; `likelihood` turns any score form into observations on
[0, 1]. To add a curve: write its shape in a
file of `curves/`, add one row to `CURVES` and one branch to `curves.shapes`.
"""
