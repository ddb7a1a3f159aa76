"""All parts that are searched together, with the model that made them comparable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from similarity.melody.alignment import TEMPO, TRANSPOSITION, align_segments
from similarity.melody.chance import comparable, strength
from similarity.melody.costs import NOTATED_RHYTHM, TRANSCRIBED_RHYTHM
from similarity.melody.model import MelodyModel
from similarity.melody.notes import Notes
from similarity.melody.part import CorpusPart
from similarity.melody.postings import places
from similarity.melody.score import Melody
from similarity.melody.significance import NullTail
from similarity.melody.thresholds import (
    CANDIDATE_NOTES,
    CANDIDATES_WINDOW,
    EXHAUSTIVE_SEGMENTS,
)

_WINDOW_LENGTH_PIVOT = 0.5
"""A fragment must be found in a long segment as well: windows see half of the length norm."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The candidates of one query segment, ``k`` pairs of segments.

    ``segments`` number those of the corpus; ``strength`` is deviations above chance;
    ``transposition`` semitones of the query above the reference; ``tempo`` log2 of query IOI over
    reference IOI; each ``(k,)``.
    """

    segments: NDArray[np.int64]
    strength: NDArray[np.float64]
    transposition: NDArray[np.float64]
    tempo: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Corpus:
    """A state of the index that does not change: searches that began in it end in it.

    Works, lines and segments are numbered through all ``parts``, in their order. ``removed`` are
    the works that were removed since their part was made.
    """

    model: MelodyModel
    parts: tuple[CorpusPart, ...]
    removed: frozenset[int]

    def __len__(self) -> int:
        """Works that can be found."""
        return sum(len(part) for part in self.parts) - len(self.removed)

    @cached_property
    def works(self) -> dict[str, int]:
        """The number of each work that can be found."""
        return {
            reference: work
            for work, reference in enumerate(self._references)
            if work not in self.removed
        }

    @cached_property
    def _references(self) -> tuple[str, ...]:
        return tuple(reference for part in self.parts for reference in part.references)

    def null(self, *, transcribed: bool) -> NullTail:
        """The tail of chance hits in a corpus that has grown since its model was fitted."""
        fitted = self.model.transcribed_null if transcribed else self.model.null
        return fitted.grown(self._searched / self.model.ngrams.documents)

    def held(self) -> dict[str, tuple[Melody, ...]]:
        """The lines of every work that can be found."""
        return {reference: self.lines_of(work) for reference, work in self.works.items()}

    def reference_of(self, work: int) -> str:
        """The reference of one work."""
        return self._references[work]

    def lines_of(self, work: int) -> tuple[Melody, ...]:
        """The lines of one work."""
        part = _part_of(self._first_works, work)
        return self.parts[part].lines_of(work - int(self._first_works[part]))

    def line_of(self, segment: int) -> Melody:
        """The line that a segment was cut from."""
        part, number = self._locate(segment)
        return part.lines[int(part.segments.lines[number])]

    def start_of(self, segment: int) -> int:
        """The note of its line with which a segment begins."""
        part, number = self._locate(segment)
        return int(part.segments.starts[number])

    def hits(self, query: Notes, *, transcribed: bool) -> Hits:
        """Align one query segment with every segment it may share a passage with."""
        rhythm = TRANSCRIBED_RHYTHM if transcribed else NOTATED_RHYTHM
        level = self.model.chance_level(query, rhythm)
        found = [
            (first + chosen, *_proven(query, level, part, chosen, rhythm))
            for part, first, chosen in self._candidates(query)
        ]
        return Hits(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _candidates(self, query: Notes) -> Iterator[tuple[CorpusPart, int, NDArray[np.int64]]]:
        """For each part its first segment's number and its candidates by their own numbers."""
        if self._searched <= EXHAUSTIVE_SEGMENTS:
            chosen = np.flatnonzero(self._alive)
        else:
            chosen = self._by_content(query)
        bounds = np.searchsorted(chosen, self._first_segments)
        for number, part in enumerate(self.parts):
            first = int(self._first_segments[number])
            yield part, first, chosen[bounds[number] : bounds[number + 1]] - first

    def _by_content(self, query: Notes) -> NDArray[np.int64]:
        """Segments that one query segment might share a passage with, ascending.

        The union of the best by n-grams and by latent vector for the whole query, and the best by
        n-grams for each window.
        """
        whole, *windows = self.model.ngrams.stretches(query)
        # Looked up once: windows have no n-grams but those of the whole.
        terms = [places(part.postings.vocabulary, whole.grams) for part in self.parts]
        count = CANDIDATE_NOTES // len(query.pitches)
        found = [
            _best(self._likeness(terms, whole.values), count),
            self._nearest(self.model.ngrams.latent_vector(whole), count),
        ]
        for window in windows:
            own = np.searchsorted(whole.grams, window.grams)
            likeness = self._likeness([of_part[own] for of_part in terms], window.values)
            found.append(_best(likeness * self._window_norms, CANDIDATES_WINDOW))
        return np.unique(np.concatenate(found))

    def _likeness(
        self, terms: Sequence[NDArray[np.int64]], values: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Inner product with each segment, of n-grams that each part has at its own ``terms``."""
        found = [
            part.postings.likeness(own, values) for part, own in zip(self.parts, terms, strict=True)
        ]
        return np.asarray(self._alive * np.concatenate(found))

    def _nearest(self, vector: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """The ``count`` segments with the nearest latent vectors."""
        dead = len(self._alive) - self._searched
        near = [part.postings.nearest(vector, count + dead) for part in self.parts]
        likeness = np.concatenate([likeness for likeness, _ in near])
        numbers = np.concatenate(
            [first + own for first, (_, own) in zip(self._first_segments, near, strict=False)]
        )
        alive = self._alive[numbers]
        nearest = np.argsort(-likeness[alive], kind="stable")[:count]
        return np.asarray(numbers[alive][nearest])

    @cached_property
    def segment_works(self) -> NDArray[np.int64]:
        """The number of each segment's work."""
        return np.concatenate(
            [
                part.segment_works + first
                for part, first in zip(self.parts, self._first_works, strict=False)
            ]
        )

    @cached_property
    def line_lengths(self) -> NDArray[np.int64]:
        """How many notes the line has that each segment was cut from."""
        return np.concatenate(
            [np.diff(part.lines.offsets)[part.segments.lines] for part in self.parts]
        )

    @cached_property
    def _alive(self) -> NDArray[np.bool_]:
        """Which segments belong to works that were not removed."""
        removed = np.fromiter(self.removed, dtype=np.int64, count=len(self.removed))
        return ~np.isin(self.segment_works, removed)

    @cached_property
    def _searched(self) -> int:
        """How many segments those are."""
        return int(self._alive.sum())

    @cached_property
    def _window_norms(self) -> NDArray[np.float32]:
        norms = np.concatenate([part.postings.norms for part in self.parts])
        return np.asarray(norms**_WINDOW_LENGTH_PIVOT)

    @cached_property
    def _first_works(self) -> NDArray[np.int64]:
        return _firsts([len(part) for part in self.parts])

    @cached_property
    def _first_segments(self) -> NDArray[np.int64]:
        return _firsts([len(part.segments) for part in self.parts])

    def _locate(self, segment: int) -> tuple[CorpusPart, int]:
        part = _part_of(self._first_segments, segment)
        return self.parts[part], segment - int(self._first_segments[part])


def _proven(
    query: Notes,
    level: tuple[float, float, float, float],
    part: CorpusPart,
    chosen: NDArray[np.int64],
    rhythm: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Strength, transposition and tempo of a query segment against the chosen of a part."""
    segments = part.segments
    scores = align_segments(query, segments.notes, segments.offsets, chosen, rhythm)
    local, whole = comparable(scores, len(query.pitches), segments.lengths[chosen])
    above = strength(local, whole, level, part.chance.of(chosen))
    return above, scores[:, TRANSPOSITION], scores[:, TEMPO]


def _best(likeness: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    positive = np.flatnonzero(likeness > 0)
    if len(positive) <= count:
        return positive
    return positive[np.argpartition(-likeness[positive], count)[:count]]


def _firsts(sizes: list[int]) -> NDArray[np.int64]:
    """Number of the first thing in each part, and the number of all things."""
    return np.cumsum([0, *sizes], dtype=np.int64)


def _part_of(firsts: NDArray[np.int64], number: int) -> int:
    return int(np.searchsorted(firsts, number, side="right")) - 1
