"""What an index learns from all of its lines, and the strength of every line against a query."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import faiss
import numpy as np
from numpy.typing import NDArray

from similarity.melody.alignment import TEMPO, TRANSPOSITION, align_segments
from similarity.melody.chance import Background, ChanceLevel, comparable, stack, strength
from similarity.melody.decoys import chimeras
from similarity.melody.notes import Notes
from similarity.melody.retrieval import NgramIndex
from similarity.melody.score import Melody
from similarity.melody.segments import Segments, cut
from similarity.melody.significance import NullTail
from similarity.melody.surprisal import SurprisalModel, note_surprisal
from similarity.melody.thresholds import (
    EXHAUSTIVE_SEGMENTS,
    MAX_GLOBAL_RATIO,
    MIN_DECOY_SOURCES,
    NULL_QUERIES,
    SURPRISAL_EXPONENT,
    SURPRISAL_RANGE,
)

_SEED = 20_240_229
"""Any number: two builds of one index must be the same."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The candidates of one query segment: ``segments`` of the index, each ``(k,)``.

    ``strength`` is deviations above chance; ``transposition`` semitones of the query above the
    reference; ``tempo`` log2 of query IOI over reference IOI.
    """

    segments: NDArray[np.int64]
    strength: NDArray[np.float64]
    transposition: NDArray[np.float64]
    tempo: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MelodyModel:
    """Everything that depends on the whole corpus; made by ``fit``, never changed."""

    segments: Segments
    surprisal: SurprisalModel
    ngrams: NgramIndex
    background: Background
    chance: ChanceLevel
    null: NullTail

    @classmethod
    def fit(cls, lines: Sequence[Melody]) -> Self:
        """Learn from lines in a given order; the same lines give the same model.

        Lines without two notes have no segments that could match, but do no harm.
        """
        rng = np.random.default_rng(_SEED)
        plain = cut(lines)
        surprisal = SurprisalModel.fit(plain.offsets, plain.notes.pitches)
        segments = _weighted(plain, surprisal.table(), surprisal.mean_bits())
        ngrams = NgramIndex.fit(segments, rng)
        background = Background.draw(segments, rng)
        chance = stack(
            _on_all_cores(lambda i: background.chance_level(segments[i]), range(len(segments)))
        )
        bare = cls(segments, surprisal, ngrams, background, chance, NullTail(0.0, 1.0))
        null = bare._decoy_tail(rng)
        return cls(segments, surprisal, ngrams, background, chance, null)

    @cached_property
    def table(self) -> NDArray[np.float64]:
        """Surprisal in bits of each interval after two others."""
        return self.surprisal.table()

    @cached_property
    def _mean_bits(self) -> float:
        return self.surprisal.mean_bits()

    @cached_property
    def _dense(self) -> faiss.IndexFlatIP | None:
        return self.ngrams.dense()

    def cut_query(self, voices: Sequence[Melody]) -> Segments:
        """Query segments, weighted as those of the index."""
        return _weighted(cut(voices), self.table, self._mean_bits)

    def hits(self, query: Notes) -> Hits:
        """Align one query segment with every segment it may share a passage with."""
        index = self.segments
        if len(index) <= EXHAUSTIVE_SEGMENTS:
            chosen = np.arange(len(index), dtype=np.int64)
        else:
            chosen = self.ngrams.candidates(query, self._dense)
        scores = align_segments(query, index.notes, index.offsets, chosen, MAX_GLOBAL_RATIO)
        local, whole = comparable(scores, len(query.pitches), index.lengths[chosen])
        level = self.background.chance_level(query)
        above = strength(local, whole, level, self.chance.of(chosen))
        return Hits(chosen, above, scores[:, TRANSPOSITION], scores[:, TEMPO])

    def _decoy_tail(self, rng: np.random.Generator) -> NullTail:
        enough = len(self.segments) >= MIN_DECOY_SOURCES
        count = min(NULL_QUERIES, len(self.segments)) if enough else 0
        drawn = np.sort(rng.choice(len(self.segments), count, replace=False))
        decoys = chimeras(self.segments, drawn, rng)
        strengths = _on_all_cores(lambda i: self._by_line(self.hits(decoys[i])), range(count))
        return NullTail.fit(strengths, len(self.segments))

    def _by_line(self, hits: Hits) -> NDArray[np.float64]:
        # Overlapping segments of one line are one chance, not two.
        best = np.full(int(self.segments.lines.max(initial=0)) + 1, -np.inf)
        np.maximum.at(best, self.segments.lines[hits.segments], hits.strength)
        return np.asarray(best[np.isfinite(best)])


def _weighted(segments: Segments, table: NDArray[np.float64], mean_bits: float) -> Segments:
    bits = [note_surprisal(table, notes.pitches) for notes in segments.each()]
    relative = np.concatenate([*bits, np.empty(0, dtype=np.float32)]) / mean_bits
    return segments.scaled(
        (np.clip(relative, *SURPRISAL_RANGE) ** SURPRISAL_EXPONENT).astype(np.float32)
    )


def _on_all_cores(work: Callable[[int], _T], numbers: range) -> list[_T]:
    # The kernels release the GIL, so threads are enough.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, numbers))
