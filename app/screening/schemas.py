"""Screening on the wire. The evidence itself is ``app.screening.evidence.EvidenceDocument``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from app.core.problems import PROBLEM_BASE
from app.screening.corpus.works import Found
from app.screening.evidence import EvidenceDocument
from app.screening.lanes import Corpus
from app.screening.lifecycle import GrowthState, Occasion, ScreeningState
from app.screening.models import (
    CorpusGrowth,
    Decision,
    KeyRecall,
    Review,
    Screening,
    ScreeningMatch,
)
from app.screening.policy import CURRENT, Policy
from app.screening.review import REASON_MAX_LENGTH, REASON_MIN_LENGTH
from app.screening.service import evidence_of
from similarity.match import Band, MatchKind, Verdict


class ClaimScreening(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The version of the screening that you are looking at."""

    expected_version: int


class DecideScreening(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A decision, with a reason that the creator will read."""

    decision: Decision
    reason: Annotated[str, msgspec.Meta(min_length=REASON_MIN_LENGTH, max_length=REASON_MAX_LENGTH)]
    expected_version: int


class ReviewView(msgspec.Struct, kw_only=True):
    """What a reviewer decided; who it was stays in the audit record."""

    decision: Decision
    reason: str
    decided_at: datetime

    @classmethod
    def of(cls, review: Review) -> ReviewView:
        return cls(decision=review.decision, reason=review.reason, decided_at=review.decided_at)


class MatchSummary(msgspec.Struct, kw_only=True):
    """A match without its proof."""

    rank: int
    asset_id: str
    kind: MatchKind
    corpus: Corpus
    transcribed: bool
    reference: str
    band: Band
    score: float
    evalue: float
    query_span_s: tuple[float, float]
    reference_span_s: tuple[float, float]

    @classmethod
    def of(cls, match: ScreeningMatch) -> MatchSummary:
        return cls(
            rank=match.rank,
            asset_id=match.asset_id,
            kind=match.kind,
            corpus=match.corpus,
            transcribed=match.transcribed,
            reference=match.reference,
            band=match.band,
            score=match.score,
            evalue=match.evalue,
            query_span_s=(match.query_start_s, match.query_end_s),
            reference_span_s=(match.reference_start_s, match.reference_end_s),
        )


class ProblemView(msgspec.Struct, kw_only=True):
    """Why a screening failed or stalled, with a problem type as in RFC 9457."""

    type: str
    detail: str


class ScreeningSummary(msgspec.Struct, kw_only=True):
    """A screening in a list. ``version`` goes into claims and decisions."""

    id: str
    track_id: str
    occasion: Occasion
    state: ScreeningState
    verdict: Verdict | None
    version: int
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    claimed_until: datetime | None
    evidence_sha256: str | None
    corpus_digest: str | None
    catalogue_digest: str | None
    policy: str | None
    timings_ms: dict[str, int] | None
    problem: ProblemView | None
    matches: list[MatchSummary]
    reviews: list[ReviewView]

    @classmethod
    def of(cls, screening: Screening) -> ScreeningSummary:
        return cls(
            id=screening.id,
            track_id=screening.track_id,
            occasion=screening.occasion,
            state=screening.state,
            verdict=screening.verdict,
            version=screening.version,
            requested_at=screening.requested_at,
            started_at=screening.started_at,
            finished_at=screening.finished_at,
            claimed_until=screening.claimed_until,
            evidence_sha256=screening.evidence_sha256,
            corpus_digest=screening.corpus_digest,
            catalogue_digest=screening.catalogue_digest,
            policy=screening.policy,
            timings_ms=screening.timings_ms,
            problem=_problem(screening),
            matches=[MatchSummary.of(match) for match in screening.matches],
            reviews=[ReviewView.of(review) for review in screening.reviews],
        )


class ScreeningView(msgspec.Struct, kw_only=True):
    """A screening with its whole evidence, once there is any."""

    screening: ScreeningSummary
    evidence: EvidenceDocument | None

    @classmethod
    def of(cls, screening: Screening) -> ScreeningView:
        return cls(screening=ScreeningSummary.of(screening), evidence=evidence_of(screening))


class RecordingView(msgspec.Struct, kw_only=True):
    """Audio that the corpus has of a work."""

    reference: str
    instrumentation: str
    duration_s: float


class ReferenceView(msgspec.Struct, kw_only=True):
    """A work of the reference corpus."""

    reference: str
    title: str
    composer: str
    source: str
    rights: str
    has_score: bool
    recordings: list[RecordingView]

    @classmethod
    def of(cls, found: Found) -> ReferenceView:
        work = found.work
        return cls(
            reference=work.reference,
            title=work.title,
            composer=work.composer,
            source=work.source,
            rights=work.rights,
            has_score=work.has_score,
            recordings=[
                RecordingView(
                    reference=recording.reference,
                    instrumentation=recording.instrumentation,
                    duration_s=recording.duration_s,
                )
                for recording in work.recordings
            ],
        )


class PolicyView(msgspec.Struct, kw_only=True):
    """One version of the table: a verdict for each lane, corpus, band and kind of licence."""

    uri: str
    sha256: str
    current: bool
    rules: list[dict[str, str]]

    @classmethod
    def of(cls, policy: Policy) -> PolicyView:
        return cls(
            uri=policy.uri,
            sha256=policy.sha256,
            current=policy is CURRENT,
            rules=list(policy.rows()),
        )


class GrowthView(msgspec.Struct, kw_only=True):
    """One state of the reference corpus: references new in it, those searched for, tracks found."""

    id: str
    corpus_digest: str
    state: GrowthState
    new_references: int
    searched: int
    tracks_screened_again: int
    noticed_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, growth: CorpusGrowth) -> GrowthView:
        return cls(
            id=growth.id,
            corpus_digest=growth.corpus_digest,
            state=growth.state,
            new_references=growth.total,
            searched=growth.searched,
            tracks_screened_again=growth.tracks,
            noticed_at=growth.noticed_at,
            finished_at=growth.finished_at,
        )


class RecallView(msgspec.Struct, kw_only=True):
    """A compromised key, and the tracks that were re-opened because of it."""

    kid: str
    noticed_at: datetime
    tracks: int
    waiting: list[str]
    cleared: list[str]
    upheld: list[str]

    @classmethod
    def of(cls, recall: KeyRecall, screenings: Sequence[Screening]) -> RecallView:
        def tracks(*states: ScreeningState) -> list[str]:
            return [one.track_id for one in screenings if one.state in states]

        return cls(
            kid=recall.kid,
            noticed_at=recall.noticed_at,
            tracks=recall.tracks,
            waiting=tracks(ScreeningState.IN_REVIEW),
            cleared=tracks(ScreeningState.CLEARED),
            upheld=tracks(ScreeningState.UPHELD),
        )


def _problem(screening: Screening) -> ProblemView | None:
    if screening.problem is None:
        return None
    return ProblemView(
        type=PROBLEM_BASE + screening.problem["slug"], detail=screening.problem["detail"]
    )
