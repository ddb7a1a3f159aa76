"""Works that were indexed together: one immutable part of the corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from similarity.melody.chance import ChanceLevel
from similarity.melody.packing import PackedLines
from similarity.melody.postings import Postings
from similarity.melody.score import Melody
from similarity.melody.segments import Segments


@dataclass(frozen=True, slots=True, eq=False)
class CorpusPart:
    """``w`` works with ``l`` lines and ``s`` segments.

    ``owners`` ``(l,)`` is the number of each line's work, ascending; ``segments.lines`` numbers
    the lines of this part. ``postings`` and ``chance`` have one entry for each segment.
    """

    references: tuple[str, ...]
    owners: NDArray[np.int64]
    lines: PackedLines
    segments: Segments
    postings: Postings
    chance: ChanceLevel

    @classmethod
    def joined(cls, first: CorpusPart, second: CorpusPart) -> Self:
        """The works of two parts, the second's numbered after the first's."""
        return cls(
            first.references + second.references,
            np.concatenate([first.owners, second.owners + len(first)]),
            PackedLines.joined(first.lines, second.lines),
            Segments.joined(first.segments, second.segments, len(first.lines)),
            Postings.joined(first.postings, second.postings),
            ChanceLevel.joined(first.chance, second.chance),
        )

    def __len__(self) -> int:
        return len(self.references)

    def lines_of(self, work: int) -> tuple[Melody, ...]:
        """The lines of one work, the likeliest tune first."""
        first, end = np.searchsorted(self.owners, [work, work + 1]).tolist()
        return tuple(self.lines[number] for number in range(first, end))

    @property
    def segment_works(self) -> NDArray[np.int64]:
        """The number of each segment's work, ``(s,)``."""
        return np.asarray(self.owners[self.segments.lines], dtype=np.int64)
