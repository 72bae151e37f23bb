"""Another process of this Python that finds the modules which this one finds, and no others.

``python -m`` looks for modules first in the folder where the program is used: a file ``random.py`` among a user's data
would be run.
"""

from __future__ import annotations

import os
import sys


def own_process(module: str, *arguments: str) -> list[str]:
    """The command that calls the function `main` of a module in a process of its own."""
    program = f"import sys; sys.path[:] = sys.argv.pop(1).split({os.pathsep!r}); from {module} import main; main()"
    return [sys.executable, "-P", "-c", program, os.pathsep.join(sys.path), *arguments]
