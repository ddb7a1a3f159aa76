"""A score as this lane sees it: melodic lines of notes in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from similarity.errors import MediaTooShort

DEFAULT_QUARTERS_PER_SECOND = 2.0
"""120 quarters a minute: what MIDI, and engravers' software, take where no tempo is given."""


@dataclass(frozen=True, slots=True, eq=False)
class Melody:
    """One melodic line of ``n`` notes, in order of onset, one note at a time.

    ``onsets_s`` and ``durations_s`` are seconds at the notated tempo, shape ``(n,)`` float64;
    ``onsets_q`` is notated time in quarter notes, ``(n,)`` float64, free of tempo changes;
    ``pitches`` are MIDI numbers, ``(n,)`` int16.
    ``beat_strength`` in 0..1, ``(n,)`` float32, is the note's place in the notated metre
    (1 on a downbeat), or None where no metre is known, as in a transcription.
    """

    name: str
    onsets_s: NDArray[np.float64]
    durations_s: NDArray[np.float64]
    onsets_q: NDArray[np.float64]
    pitches: NDArray[np.int16]
    beat_strength: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.onsets_s), len(self.durations_s), len(self.onsets_q), len(self.pitches)}
        if self.beat_strength is not None:
            lengths.add(len(self.beat_strength))
        if len(lengths) != 1:
            raise ValueError("onsets, durations and pitches must have one length")
        if any((onsets[1:] < onsets[:-1]).any() for onsets in (self.onsets_q, self.onsets_s)):
            raise ValueError("notes must be in order of onset")

    @classmethod
    def from_seconds(
        cls,
        name: str,
        onsets_s: NDArray[np.float64],
        durations_s: NDArray[np.float64],
        pitches: NDArray[np.int16],
    ) -> Self:
        """A line known only in seconds, such as a transcription of a recording."""
        quarters = onsets_s * DEFAULT_QUARTERS_PER_SECOND
        return cls(name, onsets_s, durations_s, quarters, pitches)

    def __len__(self) -> int:
        return len(self.pitches)


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """The melodic lines of one work, the likeliest to carry the tune first.

    ``transcribed`` from a recording: pitches and rhythm are estimates, so rhythm weighs less and
    what is found deserves less confidence.
    """

    voices: tuple[Melody, ...]
    duration_s: float
    transcribed: bool = False

    def __post_init__(self) -> None:
        if not any(len(voice) for voice in self.voices):
            raise MediaTooShort("The score has no notes.")

    @property
    def note_count(self) -> int:
        """Notes in all voices."""
        return sum(len(voice) for voice in self.voices)
