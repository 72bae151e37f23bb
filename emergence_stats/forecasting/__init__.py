"""What further models will score, and what to measure next to know.

`forecast` continues one series beyond its largest scale; `forecast_frame` does so for a table, whose series teach each
other how runs scatter and how often abilities appear (`pool`); `backtest` hides the largest models and holds the
forecasts to them; `plan` asks which further sizes and items would decide. All rest on the nodes of the analysis, with
two things added (`outlook`): a new model is a new draw, and a rise may lie beyond the data. To add a rival to the
backtest: one function in `rivals.py` and one row of `RIVALS`.
"""
