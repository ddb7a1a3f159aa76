"""A screening as people see it: the verdict in a sentence, the reasons, the matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.catalog import service as catalog
from app.catalog.models import Track
from app.console.evidence import (
    ShownMatch,
    lanes_in_words,
    quality_of,
    read_evidence,
    shown_matches,
)
from app.console.notation.gallery import Gallery
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.screening import service as screenings
from app.screening.evidence import EvidenceDocument
from app.screening.lifecycle import Occasion, ScreeningState
from app.screening.models import Review, Screening
from app.screening.policy import DEMANDS
from similarity.match import Verdict

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
_OCCASIONS: Final = {
    Occasion.SUBMISSION: "",
    Occasion.CORPUS_GROWTH: (
        "The track was accepted before. What we compare with has grown since, and this was found; "
        "nothing changes until a person has decided."
    ),
    Occasion.KEY_REVOKED: (
        "The track was accepted before. The key that signed its statement has been revoked as "
        "compromised since before then: whether the statement is the generator's own is in doubt. "
        "Nothing changes until a person has decided."
    ),
    Occasion.REQUEST: "The track is accepted; its creator asks for a person's look at the rest.",
}
_VERDICTS: Final = {
    Verdict.CLEAR: ("cleared", "good"),
    Verdict.REVIEW: ("a person has to look", "warn"),
    Verdict.BLOCK: ("not cleared", "bad"),
}
_UNDERWAY: Final = frozenset(
    {ScreeningState.QUEUED, ScreeningState.RUNNING, ScreeningState.STALLED}
)


@dataclass(frozen=True, slots=True)
class ShownScreening:
    """What the verdict card and the list of matches need."""

    id: str
    state: ScreeningState
    occasion: str
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
    policy: str
    licences: list[tuple[str, str, str]]
    lanes: list[str]
    version: int


async def latest_shown(
    uow: UnitOfWork, track: Track, gallery: Gallery
) -> tuple[ShownScreening | None, bytes | None]:
    """The last screening of the track and its evidence document, where there are any."""
    try:
        screening = await screenings.latest_screening(uow, track.id)
    except NotFound:
        return None, None
    staff = uow.actor.has(*catalog.STAFF)
    return await shown_screening(screening, gallery, staff=staff), screening.evidence


async def shown_screening(screening: Screening, gallery: Gallery, *, staff: bool) -> ShownScreening:
    """The screening with its sheet music drawn; ``staff`` hear other sellers' files, too."""
    sentence, tone = standing(screening.state)
    evidence = None if screening.evidence is None else read_evidence(screening.evidence)
    matches: list[ShownMatch] = []
    nearest: list[ShownMatch] = []
    if evidence is not None:
        matches, nearest = await shown_matches(
            screening.track_id, evidence, gallery.comparison, staff=staff
        )
    return ShownScreening(
        id=screening.id,
        state=screening.state,
        occasion=_OCCASIONS[screening.occasion],
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
        policy=(screening.policy or "").rsplit("/", 1)[-1],
        licences=_licences(evidence),
        lanes=lanes_in_words(evidence),
        version=screening.version,
    )


def standing(state: ScreeningState) -> tuple[str, str]:
    """A screening's state in words, and the tone in which it is shown."""
    return _STANDING[state]


def _licences(evidence: EvidenceDocument | None) -> list[tuple[str, str, str]]:
    """What was said of each kind of licence: its name, the word, and the tone."""
    if evidence is None or len(set(evidence.licences.values())) < 2:
        return []
    return [(kind.value.replace("_", " "), *_VERDICTS[evidence.licences[kind]]) for kind in DEMANDS]
