"""What chance achieves for one input, so that evidence can be judged against it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from similarity.recording.null import Null

REFINEMENT: Final = 1.5
"""How much wider chance spreads once speed, pitch and place are refined, which the null of items
alone cannot show (``scripts/bench_calibration.py`` draws what unknown music gets with it)."""

_EULER: Final = 0.5772156649


@dataclass(frozen=True, slots=True)
class Chance:
    """Alignments by chance: ``exp(-decay * (s - mode))`` of them reach evidence s."""

    mode: float
    decay: float

    def log10_evalue(self, evidence: float) -> float:
        """log10 of how many alignments this good chance gives in this search."""
        return -self.decay * (evidence - self.mode) / math.log(10)

    def of_searches(self, count: int) -> Chance:
        """Of so many such searches together: each is another opportunity."""
        return Chance(self.mode + math.log(count) / self.decay, self.decay)


def chance_of(
    decoys: Sequence[float], null: Null, query_items: float, corpus_items: float
) -> Chance:
    """Chance's share in a search, from the largest evidence of its decoys, best first.

    Of an exponential tail, the k-th largest lies at ``mode + (0.577 - H(k-1)) / decay`` on average,
    H being the harmonic numbers. Some inputs are so plain that much aligns with them: that shows in
    the decoys. No input is taken to be richer than the corpus itself.
    """
    decay = null.decay / REFINEMENT
    mode = null.mode(query_items, corpus_items)
    return Chance(max(mode, mode_of(decoys, decay)) if decoys else mode, decay)


def mode_of(largest: Sequence[float], decay: float) -> float:
    """The mode of the maximum, from the largest values of an exponential tail, best first."""
    harmonic = np.concatenate(([0.0], np.cumsum(1 / np.arange(1, len(largest)))))
    return float(np.mean(largest) - (_EULER - harmonic.mean()) / decay)
