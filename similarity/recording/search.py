"""Search one input in the recordings of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from similarity.audio.limits import ANALYSIS_RATE
from similarity.match import Band, Match, MatchKind, RecordingEvidence, Span
from similarity.recording.candidates import Candidates, find_candidates
from similarity.recording.chroma import pitchgram, variant_items
from similarity.recording.corpus import Laid
from similarity.recording.fingerprint import ITEM_SPAN_S, SECONDS_PER_ITEM
from similarity.recording.hypotheses import hypotheses
from similarity.recording.null import Null, fit
from similarity.recording.postings import ItemPostings
from similarity.recording.refine import Alignment, Refined, refine
from similarity.recording.segments import best_segment, contrasted_errors
from similarity.thresholds import BLOCK_FALSE_ALARMS, REVIEW_FALSE_ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from similarity.recording.fingerprint import Fingerprint

STRETCH_S: Final = 300.0
"""Long inputs are searched in stretches: bounds memory to some 100 MB."""

STRETCH_OVERLAP_S: Final = 20.0
"""So that a match across a seam is whole in one of the two."""

REFINED: Final = 8
"""References per stretch whose speed, pitch and place are worked out."""

NULL_SEARCHES: Final = 64
NULL_ITEMS: Final = 160
"""Items of one search that has nothing to find: 20 s."""

_HYPOTHESES: Final = tuple(hypotheses())


@dataclass(frozen=True, slots=True, eq=False)
class CorpusView:
    """A corpus laid out for searching."""

    references: tuple[str, ...]
    tunings: tuple[float, ...]
    durations_s: tuple[float, ...]
    items: Laid
    postings: ItemPostings
    null: Null

    @classmethod
    def of(cls, references: Sequence[str], fingerprints: Sequence[Fingerprint], null: Null) -> Self:
        items = Laid.of(fingerprint.items for fingerprint in fingerprints)
        return cls(
            references=tuple(references),
            tunings=tuple(fingerprint.tuning for fingerprint in fingerprints),
            durations_s=tuple(fingerprint.duration_s for fingerprint in fingerprints),
            items=items,
            postings=ItemPostings(items.values),
            null=null,
        )


@dataclass(frozen=True, slots=True)
class _Finding:
    """The best alignment with one reference; ``start_s`` is where its stretch of input begins."""

    reference: int
    refined: Refined
    start_s: float


def search_recordings(view: CorpusView, samples: NDArray[np.int16], *, top: int) -> list[Match]:
    """Matches of mono samples at ``ANALYSIS_RATE``, best first, at most one per reference."""
    best: dict[int, _Finding] = {}
    for begin, stretch in _stretches(samples):
        for finding in _search_stretch(view, stretch, begin / ANALYSIS_RATE):
            known = best.get(finding.reference)
            if known is None or _evidence(finding) > _evidence(known):
                best[finding.reference] = finding
    duration_s = len(samples) / ANALYSIS_RATE
    matches = [_match(view, finding, duration_s) for finding in best.values()]
    return sorted(matches, key=lambda match: (match.evalue, match.reference))[:top]


def _evidence(finding: _Finding) -> float:
    return finding.refined.segment.evidence


def _stretches(samples: NDArray[np.int16]) -> Iterator[tuple[int, NDArray[np.int16]]]:
    length = int(STRETCH_S * ANALYSIS_RATE)
    step = length - int(STRETCH_OVERLAP_S * ANALYSIS_RATE)
    for begin in range(0, max(1, len(samples) - (length - step)), step):
        yield begin, samples[begin : begin + length]


def _search_stretch(
    view: CorpusView, samples: NDArray[np.int16], start_s: float
) -> Iterator[_Finding]:
    grid = pitchgram(samples)
    candidates = find_candidates(variant_items(grid, _HYPOTHESES), view.items, view.postings)
    for number in _best_per_reference(candidates, REFINED):
        reference = int(candidates.reference[number])
        coarse = _alignment(view, candidates, number)
        refined = refine(grid, view.items.part(reference), coarse)
        if refined.segment.evidence > 0:
            yield _Finding(reference, refined, start_s)


def _best_per_reference(candidates: Candidates, count: int) -> NDArray[np.intp]:
    """The best candidate of each of the ``count`` best references."""
    _, first = np.unique(candidates.reference, return_index=True)
    return np.sort(first)[:count]


def _alignment(view: CorpusView, candidates: Candidates, number: int) -> Alignment:
    variant = _HYPOTHESES[int(candidates.variant[number])]
    middle = int(candidates.length[number]) // 2
    start = view.items.starts[candidates.reference[number]]
    return Alignment(
        variant=variant,
        query_item=(int(candidates.start[number]) + middle) / variant.speed,
        reference_item=float(candidates.place[number] + middle - start),
    )


def _match(view: CorpusView, finding: _Finding, duration_s: float) -> Match:
    refined = finding.refined
    speed, segment = refined.variant.speed, refined.segment
    searched = duration_s / SECONDS_PER_ITEM * len(_HYPOTHESES)
    evalue = view.null.expected(segment.evidence, searched, len(view.items.values))
    start = segment.start * SECONDS_PER_ITEM / speed
    stop = ((segment.stop - 1) * SECONDS_PER_ITEM + ITEM_SPAN_S) / speed
    shift = refined.offset * SECONDS_PER_ITEM
    query = Span(finding.start_s + start, min(finding.start_s + stop, duration_s))
    reference_end = min(stop * speed + shift, view.durations_s[finding.reference])
    return Match(
        kind=MatchKind.RECORDING,
        reference=view.references[finding.reference],
        score=_score(evalue),
        evalue=evalue,
        query_span=query,
        reference_span=Span(start * speed + shift, reference_end),
        speed=speed,
        pitch_semitones=refined.variant.semitones - view.tunings[finding.reference],
        band=_band(evalue),
        evidence=RecordingEvidence(refined.bit_error, segment.stop - segment.start),
    )


def _score(evalue: float) -> float:
    """Ranks as the E-value does, from 0 (chance) towards 1: a half at one chance match in 10^6."""
    strength = max(0.0, -np.log10(max(evalue, 1e-300)))
    return float(strength / (strength + 6))


def _band(evalue: float) -> Band:
    if evalue <= BLOCK_FALSE_ALARMS:
        return Band.BLOCK
    return Band.REVIEW if evalue <= REVIEW_FALSE_ALARMS else Band.NONE


def calibrate(view: CorpusView) -> Null:
    """Measure the null: the corpus's own recordings backwards, searched among all the others."""
    numbers = [n for n in range(len(view.items)) if len(view.items.part(n)) >= NULL_ITEMS]
    step = max(1, len(numbers) // NULL_SEARCHES)
    maxima = [
        _best_by_chance(view, view.items.part(n)[:NULL_ITEMS][::-1], n) for n in numbers[::step]
    ]
    return fit(np.array(maxima), NULL_ITEMS, len(view.items.values))


def _best_by_chance(view: CorpusView, backwards: NDArray[np.uint32], own: int) -> float:
    candidates = find_candidates([backwards], view.items, view.postings)
    best = 0.0
    for number in _best_per_reference(candidates, REFINED + 1):
        reference = int(candidates.reference[number])
        if reference != own:
            items = view.items.part(reference)
            offset = int(
                candidates.place[number] - candidates.start[number] - view.items.starts[reference]
            )
            errors = contrasted_errors(backwards, items, offset)
            best = max(best, best_segment(errors).evidence)
    return best
