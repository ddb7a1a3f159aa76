"""A screening as people see it: the verdict in a sentence, the reasons, the matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.catalog.models import Track
from app.console.evidence import ShownMatch, quality_of, read_evidence, shown_matches
from app.console.notation.gallery import Gallery
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.screening import service as screenings
from app.screening.lifecycle import ScreeningState
from app.screening.models import Review, Screening

_STANDING: Final = {
    ScreeningState.QUEUED: ("Waiting for its turn", "info"),
    ScreeningState.RUNNING: ("Listening and comparing", "info"),
    ScreeningState.CLEARED: ("Clear", "good"),
    ScreeningState.IN_REVIEW: ("A person has to look at it", "warn"),
    ScreeningState.BLOCKED: ("Blocked", "bad"),
    ScreeningState.UPHELD: ("Blocked, and a reviewer agreed", "bad"),
    ScreeningState.FAILED: ("It could not be screened", "bad"),
    ScreeningState.STALLED: ("Delayed on our side; tried again by itself", "warn"),
}
_UNDERWAY: Final = frozenset(
    {ScreeningState.QUEUED, ScreeningState.RUNNING, ScreeningState.STALLED}
)


@dataclass(frozen=True, slots=True)
class ShownScreening:
    """What the verdict card and the list of matches need."""

    id: str
    state: ScreeningState
    sentence: str
    tone: str
    underway: bool
    problem: str
    reasons: list[str]
    advice: list[str]
    quality: list[tuple[str, str]]
    matches: list[ShownMatch]
    nearest: list[ShownMatch]
    reviews: Sequence[Review]
    requested_at: datetime
    finished_at: datetime | None
    evidence_sha256: str | None
    corpus_digest: str | None
    version: int


async def latest_shown(
    uow: UnitOfWork, track: Track, gallery: Gallery
) -> tuple[ShownScreening | None, bytes | None]:
    """The last screening of the track and its evidence document, where there are any."""
    try:
        screening = await screenings.latest_screening(uow, track.id)
    except NotFound:
        return None, None
    return await shown_screening(screening, gallery), screening.evidence


async def shown_screening(screening: Screening, gallery: Gallery) -> ShownScreening:
    """The screening with its sheet music drawn."""
    sentence, tone = standing(screening.state)
    evidence = None if screening.evidence is None else read_evidence(screening.evidence)
    matches: list[ShownMatch] = []
    nearest: list[ShownMatch] = []
    if evidence is not None:
        matches, nearest = await shown_matches(screening.track_id, evidence, gallery.comparison)
    return ShownScreening(
        id=screening.id,
        state=screening.state,
        sentence=sentence,
        tone=tone,
        underway=screening.state in _UNDERWAY,
        problem=str((screening.problem or {}).get("detail", "")),
        reasons=evidence.reasons if evidence else [],
        advice=evidence.advice if evidence else [],
        quality=quality_of(evidence) if evidence else [],
        matches=matches,
        nearest=nearest,
        reviews=screening.reviews,
        requested_at=screening.requested_at,
        finished_at=screening.finished_at,
        evidence_sha256=screening.evidence_sha256,
        corpus_digest=screening.corpus_digest,
        version=screening.version,
    )


def standing(state: ScreeningState) -> tuple[str, str]:
    """A screening's state in words, and the tone in which it is shown."""
    return _STANDING[state]
