"""Tables of screening. The reference corpus has files of its own, see ``app.screening.corpus``."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, Json, enum_column
from app.core.ids import TypedId
from app.screening.lanes import Corpus
from app.screening.lifecycle import EntryState, GrowthState, Occasion, ScreeningState
from similarity.match import Band, MatchKind, Verdict


class Decision(enum.StrEnum):
    """What a reviewer says about the machine's verdict."""

    CLEAR = "clear"
    UPHOLD = "uphold"


class Screening(Base):
    """One screening of a track's files against the corpora of its day.

    ``evidence`` is the canonical JSON (RFC 8785) whose SHA-256 the countersignature names;
    ``corpus_digest`` and ``catalogue_digest`` name the exact indices that were searched, ``policy``
    the table that judged. ``version`` counts changes; reviewers decide on the version they saw.
    """

    __tablename__ = "screening"
    __table_args__ = (sa.Index(None, "state", "finished_at"),)

    id: Mapped[str] = mapped_column(TypedId("scr"), primary_key=True)
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), index=True)
    occasion: Mapped[Occasion] = mapped_column(enum_column(Occasion, "occasion"))
    state: Mapped[ScreeningState] = mapped_column(enum_column(ScreeningState, "screening_state"))
    verdict: Mapped[Verdict | None] = mapped_column(enum_column(Verdict, "verdict"))
    evidence: Mapped[bytes | None]
    evidence_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    corpus_digest: Mapped[str | None] = mapped_column(sa.String(64))
    catalogue_digest: Mapped[str | None] = mapped_column(sa.String(64))
    policy: Mapped[str | None] = mapped_column(sa.String(200))
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
    corpus: Mapped[Corpus] = mapped_column(enum_column(Corpus, "corpus"))
    transcribed: Mapped[bool]
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


class CatalogueEntry(Base):
    """A track's place in the catalogue corpus: where it should be, and whether it is there.

    The index follows these rows. ``turn`` counts changes of mind, so that work done for an earlier
    one is recognised. Of two sellers of one recording, the one admitted first came first.
    ``out_since``: new references could not find it from then until it was present again.
    """

    __tablename__ = "catalogue_entry"
    __table_args__ = (sa.Index(None, "state", "changed_at"),)

    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"), primary_key=True)
    state: Mapped[EntryState] = mapped_column(enum_column(EntryState, "entry_state"))
    turn: Mapped[int] = mapped_column(sa.Integer())
    admitted_at: Mapped[datetime]
    out_since: Mapped[datetime]
    changed_at: Mapped[datetime]


class KeyRecall(Base):
    """A key that was revoked as compromised, and how many accepted tracks were re-opened for it."""

    __tablename__ = "key_recall"

    kid: Mapped[str] = mapped_column(sa.ForeignKey("signing_key.kid"), primary_key=True)
    noticed_at: Mapped[datetime]
    tracks: Mapped[int] = mapped_column(sa.Integer())


class CorpusGrowth(Base):
    """The reference corpus in a new state, and how far accepted tracks were compared with it.

    Counts are for the operators' report: ``total`` references that are new, those of them
    ``searched`` for, and the ``tracks`` that were sent to be screened again.
    """

    __tablename__ = "corpus_growth"

    id: Mapped[str] = mapped_column(TypedId("grw"), primary_key=True)
    corpus_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[GrowthState] = mapped_column(enum_column(GrowthState, "growth_state"))
    total: Mapped[int] = mapped_column(sa.Integer())
    searched: Mapped[int] = mapped_column(sa.Integer())
    tracks: Mapped[int] = mapped_column(sa.Integer())
    attempt: Mapped[int] = mapped_column(sa.Integer())
    noticed_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class KnownReference(Base):
    """A reference of the corpus, since which growth, and when accepted tracks were searched."""

    __tablename__ = "known_reference"

    reference: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    growth_id: Mapped[str] = mapped_column(sa.ForeignKey("corpus_growth.id"), index=True)
    searched_at: Mapped[datetime | None]
