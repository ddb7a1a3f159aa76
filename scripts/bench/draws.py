"""Draws that can be repeated: each thing that is drawn has a name, and the name is its seed."""

from __future__ import annotations

import random


def draw(name: str) -> random.Random:
    """Random numbers that are the same whenever the name is."""
    return random.Random(name)  # noqa: S311 (nothing is kept secret here)
