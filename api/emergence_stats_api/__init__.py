"""The analyses of emergence_stats over HTTP: for dashboards, evaluation platforms, and people with a browser.

`app.create_app` makes the FastAPI application, `worker.run_worker` the process that works off jobs, `cli.main` the
command line that starts both; `client.Client` talks to a server. The package `emergence_stats` does all statistics.
"""

__version__ = "0.1.0"
