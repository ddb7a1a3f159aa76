"""What is learnt from a whole corpus, and works made ready to be searched by it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from similarity.melody.chance import Background, stack
from similarity.melody.costs import NOTATED_RHYTHM
from similarity.melody.notes import Notes
from similarity.melody.packing import PackedLines
from similarity.melody.part import CorpusPart
from similarity.melody.postings import Postings
from similarity.melody.retrieval import Grams, NgramModel
from similarity.melody.score import Melody
from similarity.melody.segments import Segments, cut
from similarity.melody.significance import NullTail
from similarity.melody.surprisal import SurprisalModel, note_surprisal
from similarity.melody.thresholds import SURPRISAL_EXPONENT, SURPRISAL_RANGE
from similarity.melody.tokens import tokens

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class MelodyModel:
    """Everything that was learnt from a corpus; made by ``similarity.melody.fitting.fit``.

    ``null`` is the tail of chance hits in the corpus that the model was fitted on, and
    ``transcribed_null`` the same for queries whose rhythm was heard and so counts for less.
    """

    surprisal: SurprisalModel
    ngrams: NgramModel
    background: Background
    null: NullTail
    transcribed_null: NullTail

    @cached_property
    def table(self) -> NDArray[np.float64]:
        """Surprisal in bits of each interval after two others."""
        return self.surprisal.table()

    @cached_property
    def _mean_bits(self) -> float:
        return self.surprisal.mean_bits()

    def segments(self, voices: Sequence[Melody]) -> Segments:
        """Lines cut into segments, their notes weighted by what the corpus makes of them."""
        return weighted(cut(voices), self.table, self._mean_bits)

    def part(self, works: Mapping[str, tuple[Melody, ...]]) -> CorpusPart:
        """New works made ready to be searched, on all cores; they change nothing learnt."""
        return self._part(works, self.ngrams.new_postings)

    def base(self, works: Mapping[str, tuple[Melody, ...]]) -> CorpusPart:
        """The works that the model was fitted on, made ready to be searched."""
        return self._part(works, self.ngrams.postings)

    def chance_level(
        self, segment: Notes, rhythm: float = NOTATED_RHYTHM
    ) -> tuple[float, float, float, float]:
        """What unrelated music scores against a segment, see ``Background``."""
        return self.background.chance_level(segment, rhythm)

    def _part(
        self,
        works: Mapping[str, tuple[Melody, ...]],
        index: Callable[[Sequence[Grams]], Postings],
    ) -> CorpusPart:
        references = sorted(works)
        lines = [line for reference in references for line in works[reference]]
        counts = [len(works[reference]) for reference in references]
        segments = self.segments(lines)
        levels = on_all_cores(lambda i: self.chance_level(segments[i]), range(len(segments)))
        return CorpusPart(
            tuple(references),
            np.repeat(np.arange(len(references), dtype=np.int64), counts),
            PackedLines.of(lines),
            segments,
            index([tokens(notes) for notes in segments.each()]),
            stack(levels),
        )


def weighted(segments: Segments, table: NDArray[np.float64], mean_bits: float) -> Segments:
    """Segments whose notes count by their surprisal relative to the corpus's mean, ``mean_bits``.

    ``table`` is that of ``SurprisalModel``.
    """
    bits = [note_surprisal(table, notes.pitches) for notes in segments.each()]
    relative = np.concatenate([*bits, np.empty(0, dtype=np.float32)]) / mean_bits
    return segments.scaled(
        (np.clip(relative, *SURPRISAL_RANGE) ** SURPRISAL_EXPONENT).astype(np.float32)
    )


def on_all_cores(work: Callable[[int], _T], numbers: range) -> list[_T]:
    """What ``work`` makes of each number, in order; meant for kernels, which release the GIL."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, numbers))
