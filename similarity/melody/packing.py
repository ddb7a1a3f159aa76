"""Melodic lines laid end to end in arrays, which may lie in files until a line is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from similarity.melody.score import Melody


@dataclass(frozen=True, slots=True, eq=False)
class PackedLines:
    """``l`` lines with ``n`` notes in all.

    ``offsets`` ``(l + 1,)`` int64 bounds them in the columns, each ``(n,)``, which are those of
    ``Melody``; a line without a metre has NaN for ``beat_strength``.
    """

    names: tuple[str, ...]
    offsets: NDArray[np.int64]
    onsets_s: NDArray[np.float64]
    durations_s: NDArray[np.float64]
    onsets_q: NDArray[np.float64]
    pitches: NDArray[np.int16]
    beat_strength: NDArray[np.float32]

    @classmethod
    def of(cls, lines: Sequence[Melody]) -> Self:
        """Copy lines into one set of columns."""
        strengths = [
            np.full(len(line), np.nan, np.float32)
            if line.beat_strength is None
            else line.beat_strength
            for line in lines
        ]
        seconds = [np.empty(0), *(line.onsets_s for line in lines)]
        durations = [np.empty(0), *(line.durations_s for line in lines)]
        quarters = [np.empty(0), *(line.onsets_q for line in lines)]
        return cls(
            tuple(line.name for line in lines),
            np.cumsum([0, *(len(line) for line in lines)], dtype=np.int64),
            np.concatenate(seconds),
            np.concatenate(durations),
            np.concatenate(quarters),
            np.concatenate([np.empty(0, np.int16), *(line.pitches for line in lines)]),
            np.concatenate([np.empty(0, np.float32), *strengths]),
        )

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Melody:
        """One line; its arrays are views."""
        own = slice(int(self.offsets[number]), int(self.offsets[number + 1]))
        strength = self.beat_strength[own]
        return Melody(
            self.names[number],
            self.onsets_s[own],
            self.durations_s[own],
            self.onsets_q[own],
            self.pitches[own],
            None if np.isnan(strength).any() else strength,
        )

    @classmethod
    def joined(cls, first: PackedLines, second: PackedLines) -> Self:
        """The lines of both, the second's after the first's."""
        return cls(
            first.names + second.names,
            np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]]),
            np.concatenate([first.onsets_s, second.onsets_s]),
            np.concatenate([first.durations_s, second.durations_s]),
            np.concatenate([first.onsets_q, second.onsets_q]),
            np.concatenate([first.pitches, second.pitches]),
            np.concatenate([first.beat_strength, second.beat_strength]),
        )
