"""An index of tunes that several tests search."""

from __future__ import annotations

import numpy as np
import pytest

from similarity.melody.index import MelodyIndex
from similarity.melody.score import Melody
from tests.similarity.melody.music import random_tune, score


@pytest.fixture(scope="session")
def tunes() -> list[Melody]:
    """More than four hundred unrelated tunes."""
    rng = np.random.default_rng(7)
    return [random_tune(rng, int(rng.integers(32, 64))) for _ in range(420)]


@pytest.fixture(scope="session")
def index(tunes: list[Melody]) -> MelodyIndex:
    """All of ``tunes``, built: more segments than are searched exhaustively."""
    built = MelodyIndex()
    for number, tune in enumerate(tunes):
        built.add(f"tune-{number:03}", score(tune))
    built.build()
    return built
