"""What is known about metrics and tasks: literal tables of facts, looked up by name.

To add a metric, add a row to `metrics.METRICS`; to add the chance level of a task, a row to `tasks.CHANCE_LEVELS`.
What a table of scores says itself always goes before what is written here.
"""
