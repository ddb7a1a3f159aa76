"""A search of the corpus: every candidate ranked, the best proven note by note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from similarity.match import Match, MatchKind
from similarity.melody.copies import copied_lines, is_copy
from similarity.melody.corpus import Corpus
from similarity.melody.evidence import Passage, prove
from similarity.melody.notes import Notes
from similarity.melody.score import Score
from similarity.melody.segments import Segments, notes_of
from similarity.melody.significance import band_of
from similarity.melody.thresholds import SCORE_HALF


@dataclass(frozen=True, slots=True)
class _Pair:
    """A query segment and the segment of one work that it resembles most, by their numbers."""

    query: int
    segment: int
    work: int
    strength: float
    transposition: float
    tempo: float


def search(corpus: Corpus, score: Score, top: int) -> list[Match]:
    """The ``top`` works most like the score, best first.

    A note-for-note copy, in any key, has score 1 and comes first.
    """
    query = corpus.model.segments(score.voices)
    pairs = _best_pairs(corpus, query, transcribed=score.transcribed)
    found = sorted(pairs, key=lambda pair: _rank(corpus, pair, query, score))
    notes = [notes_of(voice) for voice in score.voices]
    return [_match(corpus, pair, query, score, notes) for pair in found[: max(top, 0)]]


def _best_pairs(corpus: Corpus, query: Segments, *, transcribed: bool) -> list[_Pair]:
    """The strongest pair of segments for each work that is a candidate."""
    best: dict[int, _Pair] = {}
    for number, notes in enumerate(query.each()):
        hits = corpus.hits(notes, transcribed=transcribed)
        works = corpus.segment_works[hits.segments]
        for k in np.argsort(-hits.strength, kind="stable").tolist():
            work, strength = int(works[k]), float(hits.strength[k])
            if work in best and best[work].strength >= strength:
                continue
            best[work] = _Pair(
                number,
                int(hits.segments[k]),
                work,
                strength,
                float(hits.transposition[k]),
                float(hits.tempo[k]),
            )
    return list(best.values())


def _rank(
    corpus: Corpus, pair: _Pair, query: Segments, score: Score
) -> tuple[bool, int, float, float, str]:
    voice = score.voices[query.lines[pair.query]]
    # Lines are made from their columns only where they might be copies: most are not as long.
    copied = len(voice) == corpus.line_lengths[pair.segment] and is_copy(
        voice, corpus.line_of(pair.segment)
    )
    lines = copied_lines(score.voices, corpus.lines_of(pair.work)) if copied else 0
    return (
        not copied,
        -lines,
        -pair.strength,
        abs(pair.transposition),
        corpus.reference_of(pair.work),
    )


def _match(
    corpus: Corpus, pair: _Pair, query: Segments, score: Score, notes: Sequence[Notes]
) -> Match:
    number = int(query.lines[pair.query])
    voice, line = score.voices[number], corpus.line_of(pair.segment)
    proof = prove(
        Passage(voice, notes[number], int(query.starts[pair.query])),
        Passage(line, notes_of(line), corpus.start_of(pair.segment)),
        pair.transposition,
        pair.tempo,
        corpus.model.table,
        transcribed=score.transcribed,
    )
    evalue = corpus.null(transcribed=score.transcribed).evalue(pair.strength, len(query))
    return Match(
        kind=MatchKind.MELODY,
        reference=corpus.reference_of(pair.work),
        score=1.0 if is_copy(voice, line) else _score_of(pair.strength),
        evalue=evalue,
        query_span=proof.query_span,
        reference_span=proof.reference_span,
        speed=proof.speed,
        pitch_semitones=pair.transposition,
        band=band_of(evalue),
        evidence=proof.evidence,
    )


def _score_of(strength: float) -> float:
    """A score in (0, 1) that grows with strength and never saturates."""
    positive = float(np.logaddexp(0.0, strength))
    return positive / (positive + SCORE_HALF)
