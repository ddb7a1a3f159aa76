"""Learning a model from a corpus, with the null against which its matches are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from similarity.melody.chance import Background
from similarity.melody.corpus import Corpus, Hits
from similarity.melody.decoys import chimeras
from similarity.melody.model import MelodyModel, on_all_cores, weighted
from similarity.melody.retrieval import NgramModel
from similarity.melody.score import Melody
from similarity.melody.segments import Segments, cut
from similarity.melody.significance import NullTail
from similarity.melody.surprisal import SurprisalModel
from similarity.melody.thresholds import MIN_DECOY_SOURCES, NULL_QUERIES
from similarity.melody.tokens import tokens

_SEED: Final = 20_240_229
"""Any number: two builds of one index must be the same."""

_UNKNOWN: Final = NullTail(0.0, 1.0)
"""Stands in the model while the null is being measured."""


def fit(works: Mapping[str, tuple[Melody, ...]]) -> Corpus:
    """Learn a model from works, at least one, and index them with it, on all cores.

    The same works give the same corpus, in whatever order they came. Lines without two notes have
    no segments that could match, but do no harm.
    """
    rng = np.random.default_rng(_SEED)
    plain = cut([line for reference in sorted(works) for line in works[reference]])
    surprisal = SurprisalModel.fit(plain.offsets, plain.notes.pitches)
    segments = weighted(plain, surprisal.table(), surprisal.mean_bits())
    ngrams = NgramModel.fit([tokens(notes) for notes in segments.each()], rng)
    background = Background.draw(segments, rng)
    model = MelodyModel(surprisal, ngrams, background, _UNKNOWN, _UNKNOWN)
    corpus = Corpus(model, (model.base(works),), frozenset())
    decoys = _decoys(segments, rng)
    null = _tail(corpus, segments, decoys, transcribed=False)
    transcribed = _tail(corpus, segments, decoys, transcribed=True)
    return replace(corpus, model=replace(model, null=null, transcribed_null=transcribed))


def _decoys(segments: Segments, rng: np.random.Generator) -> Segments:
    """Music that is like the corpus but no work in it; none for a corpus too small to make any."""
    enough = len(segments) >= MIN_DECOY_SOURCES
    count = min(NULL_QUERIES, len(segments)) if enough else 0
    return chimeras(segments, np.sort(rng.choice(len(segments), count, replace=False)), rng)


def _tail(corpus: Corpus, segments: Segments, decoys: Segments, *, transcribed: bool) -> NullTail:
    def search(number: int) -> NDArray[np.float64]:
        return _by_line(segments, corpus.hits(decoys[number], transcribed=transcribed))

    return NullTail.fit(on_all_cores(search, range(len(decoys))), len(segments))


def _by_line(segments: Segments, hits: Hits) -> NDArray[np.float64]:
    # Overlapping segments of one line are one chance, not two.
    best = np.full(int(segments.lines.max(initial=0)) + 1, -np.inf)
    np.maximum.at(best, segments.lines[hits.segments], hits.strength)
    return np.asarray(best[np.isfinite(best)])
