"""The command line, ``emergence-stats``: one file per command.

`app.main` is the console script. A command is a function whose heavy imports are inside it, so that ``--help``
answers at once; to add one, write its file and one line in `app`. Exit codes: 0 all went well; 1 something was
skipped or failed, and the rest is done; 2 nothing usable or wrong use, with one line on stderr.
"""
