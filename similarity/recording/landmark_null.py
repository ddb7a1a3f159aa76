"""What chance alone shows of a constellation, and what evidence is worth against it.

The evidence that unknown music finds follows an extreme value distribution, like that of items
(``null.py``). Where it lies depends on the input and is measured for each, backwards; how fast it
falls off takes many inputs to measure, and with their audio, since an input has three times the
peaks that a reference keeps. So that slope is a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from similarity.recording.chance import Chance, mode_of

MOST_DOUBT: Final = 1.5
"""log10: the most that missing peaks count against a match of items."""

CORPUS_FRAMES: Final = 918_634
"""Size of the development corpus (5.9 h) at which the modes below were measured."""


@dataclass(frozen=True, slots=True)
class LandmarkNull:
    """``points``: (seconds in common, decay, mode), interpolated in log seconds."""

    points: tuple[tuple[float, float, float], ...]

    def decay(self, common_s: float) -> float:
        """It falls with length, because likeness of rhythm adds up."""
        return self._at(common_s)[0]

    def mode(self, decoys: Sequence[float], input_s: float, corpus_frames: int) -> float:
        """The evidence that an input reaches once by chance.

        As its decoys (best first) say, but no less than what is usual in a corpus of this size.
        """
        decay, mode = self._at(input_s)
        usual = mode + math.log(max(corpus_frames, 1) / CORPUS_FRAMES) / decay
        return max(usual, mode_of(decoys, decay)) if decoys else usual

    def chance_at_alignments(self, decoys: Sequence[float], input_s: float) -> Chance:
        """What chance shows where items proposed an alignment, whatever the corpus's size.

        From the mode of a whole search, so that trying a few octaves and speeds is paid for, or
        from what the input backwards shows where its items say.
        """
        decay, usual = self._at(input_s)
        return Chance(max(usual, mode_of(decoys, decay)) if decoys else usual, decay)

    def _at(self, seconds: float) -> tuple[float, float]:
        at = math.log(max(seconds, 0.1))
        known, decays, modes = (np.array(column) for column in zip(*self.points, strict=True))
        return (
            float(np.interp(at, np.log(known), decays)),
            float(np.interp(at, np.log(known), modes)),
        )


def agreement_log10(evidence: float, chance: Chance) -> float:
    """What peaks at an alignment that items proposed add to its log10 E-value.

    Missing peaks speak against a match, but only so much: narrow bands and codecs lose them too.
    """
    return min(MOST_DOUBT, chance.log10_evalue(evidence))


MASKED_NULL: Final = LandmarkNull(
    ((3.0, 0.65, 3.6), (5.0, 0.55, 4.2), (20.0, 0.42, 6.4), (100.0, 0.25, 9.0), (300.0, 0.25, 11.0))
)
"""When peaks may be masked. The decays are those of pieces played by one sampler with one drum kit,
searched among others by the same: the worst case that we found."""

CLEAR_NULL: Final = LandmarkNull(((3.0, 0.36, 3.5), (5.0, 0.36, 4.0)))
"""When nearly all peaks are expected to survive, which only short inputs need."""
