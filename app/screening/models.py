"""Tables of screening. The reference corpus has files of its own, see ``app.screening.corpus``."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Json, enum_column
from app.core.ids import TypedId
from app.screening.lifecycle import ScreeningState
from similarity.match import Band, MatchKind, Verdict


class Decision(enum.StrEnum):
    """What a reviewer says about the machine's verdict."""

    CLEAR = "clear"
    UPHOLD = "uphold"


class Screening(Base):
    """One screening of a track's files against the references of its day.

    ``evidence`` is the canonical JSON (RFC 8785) whose SHA-256 the countersignature names.
    ``version`` counts changes; reviewers decide on the version that they saw.
    """

    __tablename__ = "screening"
    __table_args__ = (sa.Index(None, "state", "finished_at"),)

    id: Mapped[str] = mapped_column(TypedId("scr"), primary_key=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), index=True)
    state: Mapped[ScreeningState] = mapped_column(enum_column(ScreeningState, "screening_state"))
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict, "verdict"))
    evidence: Mapped[bytes | None]
    evidence_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    corpus_digest: Mapped[str | None] = mapped_column(sa.String(64))
    problem: Mapped[dict[str, Any] | None] = mapped_column(Json)
    timings_ms: Mapped[dict[str, Any] | None] = mapped_column(Json)
    attempt: Mapped[int] = mapped_column(sa.Integer())
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None] = mapped_column(index=True)
    claimed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"))
    claimed_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(sa.Integer())

    matches: Mapped[list[ScreeningMatch]] = relationship(
        lazy="selectin", cascade="all", order_by="ScreeningMatch.rank"
    )
    reviews: Mapped[list[Review]] = relationship(
        lazy="selectin", cascade="all", order_by="Review.id"
    )


class ScreeningMatch(Base):
    """One reference that a file of the track resembles; the details are in the evidence."""

    __tablename__ = "screening_match"

    screening_id: Mapped[str] = mapped_column(sa.ForeignKey("screening.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(sa.Integer(), primary_key=True)
    asset_id: Mapped[str] = mapped_column(sa.ForeignKey("asset.id"))
    kind: Mapped[MatchKind] = mapped_column(enum_column(MatchKind, "match_kind"))
    reference: Mapped[str] = mapped_column(sa.String(64), index=True)
    band: Mapped[Band] = mapped_column(enum_column(Band, "band"))
    score: Mapped[float]
    evalue: Mapped[float]
    query_start_s: Mapped[float]
    query_end_s: Mapped[float]
    reference_start_s: Mapped[float]
    reference_end_s: Mapped[float]


class Review(Base):
    """What a person decided about a screening, and why."""

    __tablename__ = "review"

    id: Mapped[str] = mapped_column(TypedId("rvw"), primary_key=True)
    screening_id: Mapped[str] = mapped_column(sa.ForeignKey("screening.id"), index=True)
    reviewer_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"))
    decision: Mapped[Decision] = mapped_column(enum_column(Decision, "decision"))
    reason: Mapped[str] = mapped_column(sa.Text())
    decided_at: Mapped[datetime]
