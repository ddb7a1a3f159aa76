"""Figures that the house decides upon, with their reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MATURES_AFTER: Final = timedelta(days=7)
"""How long a sale's earnings stay pending: most buyers who want their money back, and most
rights holders who object to a new track, are heard from within a week."""

SWEEP_BATCH: Final = 200
"""Rows that one sweep takes up: a backlog is worked off in short transactions."""

RETRY_FIRST: Final = timedelta(seconds=30)
RETRY_LONGEST: Final = timedelta(hours=1)
"""A webhook that could not be applied is tried again at doubling distances between these two."""
