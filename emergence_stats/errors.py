"""Everything the package raises on purpose, grouped by the stage that raises it.

All of them derive from `EmergenceStatsError`, so a caller can catch one name. A message says what was
expected, what came instead, and where (row, column, file) if that is known.
"""


class EmergenceStatsError(Exception):
    """Root of every error that the package raises on purpose."""


class InputError(EmergenceStatsError, ValueError):
    """What the user gave cannot be used."""


class SeriesError(InputError):
    """A (scale, score) series is not usable: shapes, signs, counts, chance level."""


class TableError(InputError):
    """A table lacks a column, or a cell of it does not hold what its column means."""


class ReaderError(InputError):
    """A file could not be read, or is of no known format."""


class SettingsError(InputError):
    """A setting is unknown or out of its range."""


class AnalysisError(EmergenceStatsError, RuntimeError):
    """The computation itself could not be carried out on valid input."""


class EvidenceError(AnalysisError):
    """The marginal likelihood could not be computed to any stated error."""


class OutputError(EmergenceStatsError, OSError):
    """A result could not be written where it was asked for."""


class EngineError(EmergenceStatsError, RuntimeError):
    """The workers of a run cannot be reached, or were lost again and again."""
