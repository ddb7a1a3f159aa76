"""Search one input in the recordings of a corpus: both lanes, one ranked list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from similarity.audio.limits import ANALYSIS_RATE
from similarity.match import Match, MatchKind, RecordingEvidence
from similarity.recording.aligned import HYPOTHESES, promising, sorted_by_peaks
from similarity.recording.chroma import pitchgram
from similarity.recording.constellation import Sky
from similarity.recording.decoys import chances_for
from similarity.recording.findings import (
    Finding,
    Heard,
    hidden_finding,
    item_finding,
    moved_finding,
)
from similarity.recording.fingerprint import SECONDS_PER_ITEM
from similarity.recording.glimpse import Alignments, Glimpse
from similarity.recording.hidden import hidden_references
from similarity.recording.refine import refine
from similarity.recording.significance import band_of, evalue_of, score_of
from similarity.recording.variants import variant_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from similarity.recording.chroma import Pitchgram
    from similarity.recording.view import CorpusView

STRETCH_S: Final = 300.0
"""Long inputs are searched in stretches: bounds memory to some 100 MB."""

STRETCH_OVERLAP_S: Final = 20.0
"""So that a match across a seam is whole in one of the two."""

CLEARLY_SEEN: Final = 15.0
"""Agreement of peaks from which they may lead where items do not: of strangers one in ten of the
best reaches it, of true alignments all but a few."""

PROVEN_LOG10: Final = -6.0
"""E-value beyond which nothing more is asked."""

PATIENCE: Final = 8
"""References in a row, in a list sorted by promise, that turn out to be chance before a search
gives the list up. In a row, so that of ever so many copies of one recording every one is found."""


def search_recordings(view: CorpusView, samples: NDArray[np.int16], *, top: int) -> list[Match]:
    """Matches of mono samples at ``ANALYSIS_RATE``, best first, at most one per reference."""
    best: dict[int, Finding] = {}
    for begin, stretch in _stretches(samples):
        for found in _search_stretch(view, stretch):
            finding = found.later(begin / ANALYSIS_RATE)
            known = best.get(finding.reference)
            if known is None or finding.log10_evalue < known.log10_evalue:
                best[finding.reference] = finding
    # Every further stretch is another chance to find something that is not there.
    stretches = np.log10(max(1.0, len(samples) / ANALYSIS_RATE / STRETCH_S))
    matches = [_match(view, finding, float(stretches)) for finding in best.values()]
    return sorted(matches, key=lambda match: (-match.score, match.evalue, match.reference))[:top]


def _stretches(samples: NDArray[np.int16]) -> Iterator[tuple[int, NDArray[np.int16]]]:
    length = int(STRETCH_S * ANALYSIS_RATE)
    overlap = int(STRETCH_OVERLAP_S * ANALYSIS_RATE)
    for begin in range(0, max(1, len(samples) - overlap), length - overlap):
        yield begin, samples[begin : begin + length]


def _search_stretch(view: CorpusView, samples: NDArray[np.int16]) -> Iterator[Finding]:
    sky = Sky.of(samples)
    input_s = len(samples) / ANALYSIS_RATE
    yield from _until_chance(_by_landmarks(view, sky, input_s))
    yield from _until_chance(_by_items(view, sky, pitchgram(samples), input_s))


def _until_chance(findings: Iterator[Finding | None]) -> Iterator[Finding]:
    missed = 0
    for finding in findings:
        missed = missed + 1 if finding is None or finding.log10_evalue > 0 else 0
        if finding is not None:
            yield finding
        if missed == PATIENCE:
            return


def _by_items(
    view: CorpusView, sky: Sky, grid: Pitchgram, input_s: float
) -> Iterator[Finding | None]:
    """What each candidate reference turns out to be, nothing where none of it agrees."""
    glimpse = Glimpse(sky)
    heard = Heard(sky, glimpse, grid, input_s, chances_for(view, sky, grid))
    candidates = view.candidates(variant_items(grid, HYPOTHESES, margins=True))
    sighted = sorted_by_peaks(view, candidates, HYPOTHESES, glimpse)
    for reference, coarse in promising(sighted, HYPOTHESES):
        refined = refine(grid, view.items(reference), coarse)
        found = item_finding(view, heard, reference, refined) if refined.segment.evidence else None
        if found is None or found.log10_evalue > PROVEN_LOG10:
            agreement, seen = glimpse.placement(
                view.peaks(reference), Alignments.of([coarse], view.tuning(reference))
            )
            if agreement >= CLEARLY_SEEN:
                pivot_s = coarse.query_item * SECONDS_PER_ITEM
                moved = moved_finding(view, heard, reference, seen, pivot_s)
                if found is None or moved.log10_evalue < found.log10_evalue:
                    found = moved
        yield found


def _by_landmarks(view: CorpusView, sky: Sky, input_s: float) -> Iterator[Finding | None]:
    """Likewise, of the references with the landmarks of the input as it is."""
    for hidden in hidden_references(view, sky, input_s):
        yield hidden_finding(hidden, input_s) if hidden.likeness.hits else None


def _match(view: CorpusView, finding: Finding, further_log10: float) -> Match:
    log10_evalue = finding.log10_evalue + further_log10
    evalue = evalue_of(log10_evalue)
    return Match(
        kind=MatchKind.RECORDING,
        reference=view.reference(finding.reference),
        score=score_of(log10_evalue),
        evalue=evalue,
        query_span=finding.query_span,
        reference_span=finding.reference_span,
        speed=finding.placement.speed,
        pitch_semitones=finding.placement.semitones,
        band=band_of(evalue),
        evidence=RecordingEvidence(
            finding.bit_error, finding.items, finding.landmarks, finding.error_curve
        ),
    )
