"""Tables of cases: who said what, what was decided, what is in force, what is due."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, enum_column
from app.core.ids import TypedId
from licensing.lifecycles.counter_notice import CounterNoticeState
from licensing.lifecycles.notice import NoticeState
from licensing.lifecycles.strike import StrikeState
from licensing.notices import Contact

_WITHOUT_TRACK = ("received", "incomplete", "answered")
_WITHOUT_CLOCK = ("received", "deficient", "withdrawn", "restored")
_IN_EFFECT = ("disabled", "uploader_notified", "closed")


def _one_of(column: str, states: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(state) for state in states)})"


def _filled(*columns: str) -> str:
    return " AND ".join(f"length({column}) > 0" for column in columns)


class Party(Base):
    """Name, address and signature of somebody in a case: the only table that holds them.

    ``contact_digest`` is the SHA-256 of the normalised e-mail address (or other contact), by which
    filings of one sender are counted without reading who they are.
    """

    __tablename__ = "case_party"

    id: Mapped[str] = mapped_column(TypedId("pty"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(500))
    telephone: Mapped[str] = mapped_column(sa.String(50))
    email: Mapped[str] = mapped_column(sa.String(320))
    signature: Mapped[str] = mapped_column(sa.String(200))
    contact_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), index=True)
    created_at: Mapped[datetime]

    @property
    def contact(self) -> Contact:
        return Contact(self.name, self.address, self.telephone, self.email)


class StatementOfReasons(Base):
    """What the recipient of a measure is told, Regulation (EU) 2022/2065, Article 17(3).

    Field names and limits are those of the Commission's transparency database, schema 2.
    """

    __tablename__ = "statement_of_reasons"
    __table_args__ = (
        sa.CheckConstraint(
            _filled(
                "legal_ground", "explanation", "facts", "territorial_scope", "duration", "category"
            ),
            name="complete",
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("sor"), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    recipient_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"))
    track_id: Mapped[str] = mapped_column(sa.ForeignKey("track.id"))
    decision_visibility: Mapped[str] = mapped_column(sa.String(40))
    decision_monetary: Mapped[str] = mapped_column(sa.String(40))
    decision_ground: Mapped[str] = mapped_column(sa.String(40))
    legal_ground: Mapped[str] = mapped_column(sa.String(500))
    explanation: Mapped[str] = mapped_column(sa.String(2000))
    facts: Mapped[str] = mapped_column(sa.String(5000))
    source_type: Mapped[str] = mapped_column(sa.String(40))
    automated_detection: Mapped[bool]
    automated_decision: Mapped[str] = mapped_column(sa.String(40))
    category: Mapped[str] = mapped_column(sa.String(80))
    content_types: Mapped[list[Any]]
    content_date: Mapped[date]
    application_date: Mapped[date]
    territorial_scope: Mapped[str] = mapped_column(sa.String(200))
    duration: Mapped[str] = mapped_column(sa.String(500))
    redress: Mapped[list[Any]]
    created_at: Mapped[datetime]


class Notice(Base):
    """One notice of claimed infringement about one track, 17 U.S.C. 512(c)(3)(A).

    The track is unknown only while the notice names no material, and such a notice has no effect.
    What disables a track cannot be stored without its statement of reasons.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.CheckConstraint(
            f"track_id IS NOT NULL OR {_one_of('state', _WITHOUT_TRACK)}", name="names_a_track"
        ),
        sa.CheckConstraint(
            f"statement_of_reasons_id IS NOT NULL OR NOT {_one_of('state', _IN_EFFECT)}",
            name="effect_has_reasons",
        ),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_has_an_end"
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("ntc"), primary_key=True)
    notifier_id: Mapped[str] = mapped_column(sa.ForeignKey("case_party.id"), index=True)
    track_id: Mapped[str | None] = mapped_column(sa.ForeignKey("track.id"), index=True)
    uploader_id: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[NoticeState] = mapped_column(enum_column(NoticeState, "notice_state"), index=True)
    version: Mapped[int]
    """The number of events so far: which state of the case a reviewer has seen."""
    works: Mapped[list[Any]]
    locations: Mapped[list[Any]]
    states_good_faith: Mapped[bool]
    considered_fair_use: Mapped[bool]
    states_accuracy: Mapped[bool]
    states_authority_under_perjury: Mapped[bool]
    access_digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    received_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"))
    claimed_until: Mapped[datetime | None]
    statement_of_reasons_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("statement_of_reasons.id"), unique=True
    )


class Outcome(enum.StrEnum):
    """What a reviewer makes of a complete notice."""

    ACCEPT = "accept"
    REJECT = "reject"


class Decision(Base):
    """A reviewer's decision. ``reasoning`` goes to the parties, ``private_note`` to staff only."""

    __tablename__ = "case_decision"
    __table_args__ = (sa.CheckConstraint(_filled("reasoning"), name="reasoned"),)

    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    reasoning: Mapped[str] = mapped_column(sa.String(2000))
    private_note: Mapped[str] = mapped_column(sa.String(5000))
    decided_by: Mapped[str] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime]


class Measure(Base):
    """A restriction that a notice brought about, and the statement of reasons it stands on.

    The restriction itself is the catalog's; it is in force until it is lifted there.
    """

    __tablename__ = "case_measure"

    restriction_id: Mapped[str] = mapped_column(sa.ForeignKey("restriction.id"), primary_key=True)
    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    statement_of_reasons_id: Mapped[str] = mapped_column(sa.ForeignKey("statement_of_reasons.id"))


class CounterNotice(Base):
    """The uploader's answer to a notice, 17 U.S.C. 512(g)(3).

    ``completed_at`` is the receipt from which the statutory business days are counted. One that
    never was complete can still end as restored, by a retraction of the notice.
    """

    __tablename__ = "counter_notice"
    __table_args__ = (
        sa.CheckConstraint(
            f"completed_at IS NOT NULL OR {_one_of('state', _WITHOUT_CLOCK)}",
            name="runs_when_complete",
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("cnt"), primary_key=True)
    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), unique=True)
    uploader_party_id: Mapped[str] = mapped_column(sa.ForeignKey("case_party.id"))
    state: Mapped[CounterNoticeState] = mapped_column(
        enum_column(CounterNoticeState, "counter_notice_state"), index=True
    )
    material: Mapped[list[Any]]
    explanation: Mapped[str] = mapped_column(sa.String(5000))
    states_mistake_under_perjury: Mapped[bool]
    consents_to_jurisdiction: Mapped[bool]
    accepts_service: Mapped[bool]
    received_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class Forum(enum.StrEnum):
    """Where a notifier sued: 17 U.S.C. 512(g)(2)(C), and 1507(d) for the Claims Board."""

    DISTRICT_COURT = "district_court"
    COPYRIGHT_CLAIMS_BOARD = "copyright_claims_board"


class CourtNotice(Base):
    """The notifier's word that an action to restrain the uploader was filed."""

    __tablename__ = "court_notice"

    id: Mapped[str] = mapped_column(TypedId("cou"), primary_key=True)
    counter_notice_id: Mapped[str] = mapped_column(sa.ForeignKey("counter_notice.id"), index=True)
    forum: Mapped[Forum] = mapped_column(enum_column(Forum, "forum"))
    court: Mapped[str] = mapped_column(sa.String(200))
    docket_number: Mapped[str] = mapped_column(sa.String(100))
    filed_on: Mapped[date]
    relief_sought: Mapped[str] = mapped_column(sa.String(2000))
    received_at: Mapped[datetime]


class Finding(enum.StrEnum):
    """Whether a court notice keeps the material down."""

    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"


class LegalOpinion(Base):
    """One lawyer's view of a court notice; a finding that two persons share decides."""

    __tablename__ = "legal_opinion"

    court_notice_id: Mapped[str] = mapped_column(sa.ForeignKey("court_notice.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    finding: Mapped[Finding] = mapped_column(enum_column(Finding, "finding"))
    private_note: Mapped[str] = mapped_column(sa.String(5000))
    given_at: Mapped[datetime]


class Strike(Base):
    """A mark against an uploader for one notice, 17 U.S.C. 512(i)."""

    __tablename__ = "strike"

    id: Mapped[str] = mapped_column(TypedId("str"), primary_key=True)
    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), unique=True)
    person_id: Mapped[str] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[StrikeState] = mapped_column(enum_column(StrikeState, "strike_state"))
    imposed_at: Mapped[datetime]


class CaseClock(Base):
    """A clock that runs in a case, as it was computed when it started.

    A worker acts at ``acts_at`` (None: the clock is only shown). ``stopped_at`` is set when what
    it waited for has happened, or while a pending question suspends it.
    """

    __tablename__ = "case_clock"
    __table_args__ = (sa.Index("ix_case_clock_acting", "stopped_at", "acts_at"),)

    id: Mapped[str] = mapped_column(TypedId("clk"), primary_key=True)
    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    basis: Mapped[str] = mapped_column(sa.String(16))
    source: Mapped[str] = mapped_column(sa.String(200))
    started_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    acts_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


class Notification(Base):
    """A letter to somebody in a case, as rendered when written: an outbox, shown in the console.

    The recipient is a person with an account or a party without one, never both.
    """

    __tablename__ = "notification"
    __table_args__ = (
        sa.CheckConstraint(
            "(recipient_person_id IS NULL) <> (recipient_party_id IS NULL)", name="one_recipient"
        ),
    )

    id: Mapped[str] = mapped_column(TypedId("ntf"), primary_key=True)
    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    recipient_person_id: Mapped[str | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    recipient_party_id: Mapped[str | None] = mapped_column(sa.ForeignKey("case_party.id"))
    template: Mapped[str] = mapped_column(sa.String(60))
    language: Mapped[str] = mapped_column(sa.String(10))
    subject: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text())
    written_at: Mapped[datetime]


class Thing(enum.StrEnum):
    """What an event is about. All but CASE have a lifecycle of their own."""

    CASE = "case"
    NOTICE = "notice"
    COUNTER_NOTICE = "counter_notice"
    STRIKE = "strike"


class CaseEvent(Base):
    """One thing that happened in a case. Rows are chained by hash and never change."""

    __tablename__ = "case_event"

    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(sa.Integer(), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(sa.String(16))
    actor_id: Mapped[str | None] = mapped_column(sa.String(64))
    actor_label: Mapped[str] = mapped_column(sa.String(120))
    thing: Mapped[Thing] = mapped_column(enum_column(Thing, "thing"))
    command: Mapped[str] = mapped_column(sa.String(60))
    state: Mapped[str | None] = mapped_column(sa.String(40))
    details: Mapped[dict[str, Any]]
    previous: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
