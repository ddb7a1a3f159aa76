"""Whether a search said what was true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.bench.uploads import Truth
from similarity.match import Band, Match

NEAR_S = 0.5
"""How far from the truth a reported place may lie."""

NEAR_FACTOR = 0.01
"""Likewise the speed, as a share."""

NEAR_SEMITONES = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One source looked for: ``first`` of all matches and ``accepted`` (block or review).

    The rest says how far the best match of that reference is from the truth: ``place_s`` is the
    larger error of the two ends that it reports, ``overlap`` the intersection of reported and true
    stretch of the upload over their union.
    """

    first: bool
    accepted: bool
    place_s: float
    speed_error: float
    semitone_error: float
    overlap: float
    evalue: float

    @property
    def hit(self) -> bool:
        """What counts in the floors table."""
        return self.first and self.accepted


MISSED = Outcome(
    first=False,
    accepted=False,
    place_s=float("inf"),
    speed_error=float("inf"),
    semitone_error=float("inf"),
    overlap=0.0,
    evalue=float("inf"),
)


def judge(matches: Sequence[Match], truth: Truth, *, alone: bool) -> Outcome:
    """Hold a list of matches, best first, against what is true.

    ``alone``: the upload holds nothing else, so that the match must come first. Otherwise it must
    come first among those that claim the same stretch.
    """
    if not alone:
        matches = [match for match in matches if _is_rival(match, truth)]
    own = [match for match in matches if match.reference == truth.reference]
    if not own:
        return MISSED
    best = own[0]
    return Outcome(
        first=matches[0].reference == truth.reference,
        accepted=any(match.band is not Band.NONE for match in own),
        place_s=max(
            abs(truth.reference_time(best.query_span.start_s) - best.reference_span.start_s),
            abs(truth.reference_time(best.query_span.end_s) - best.reference_span.end_s),
        ),
        speed_error=abs(best.speed / truth.speed - 1),
        semitone_error=abs(best.pitch_semitones - truth.semitones),
        overlap=_overlap(best, truth),
        evalue=best.evalue,
    )


def _is_rival(match: Match, truth: Truth) -> bool:
    """Whether more than half of the shorter stretch is common: neighbours touch at their seam."""
    return _common_s(match, truth) > min(match.query_span.length_s, truth.length_s) / 2


def _overlap(match: Match, truth: Truth) -> float:
    common_s = _common_s(match, truth)
    union_s = match.query_span.length_s + truth.length_s - common_s
    return common_s / union_s if union_s > 0 else 0.0


def _common_s(match: Match, truth: Truth) -> float:
    span = match.query_span
    end_s = min(span.end_s, truth.at_s + truth.length_s)
    return max(0.0, end_s - max(span.start_s, truth.at_s))
