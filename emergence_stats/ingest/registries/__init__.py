"""What is known about metrics, models and tasks, looked up by name, every figure with its source.

To add a metric, add a row to `metrics.METRICS`; the chance level of a task, a row to `tasks.CHANCE_LEVELS`; a model or
the items of a task, a line to ``data/models.csv`` or ``data/tasks.csv``. What a table of scores says itself always goes
before what is written here, and so does what a user's own registry says.
"""
