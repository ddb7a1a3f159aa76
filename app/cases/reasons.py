"""Statements of reasons: Regulation (EU) 2022/2065, Article 17, for every measure we impose.

Values are those of the Commission's transparency database, schema 2 (since 1 July 2025). Two of
its fields are known to be sent wrongly by others: ``automated_detection`` (ours is False: somebody
told us) and ``source_type`` (ours says whether the notice meets Article 16).
"""

from __future__ import annotations

from typing import Final

from app.cases.agent import DesignatedAgent
from app.cases.models import Notice, Party, StatementOfReasons
from app.catalog.models import Track
from app.core.unit_of_work import UnitOfWork
from licensing.calendar import local_day
from licensing.clocks import DSA_COMPLAINT

LEGAL_GROUND: Final = (
    "Notice of claimed copyright infringement: 17 U.S.C. 512(c)(1)(C); Regulation (EU) 2022/2065,"
    " Article 6(1)(b); the copyright law of the place where the work is protected."
)
TERRITORY: Final = "worldwide"
DURATION: Final = (
    "until the notice is withdrawn, a counter notice leads to restoration, or a court decides."
)
_WORKS_SHOWN: Final = 5  # keeps the facts below their 5,000 characters; the notice names them all


def compose(
    uow: UnitOfWork,
    agent: DesignatedAgent,
    *,
    notice: Notice,
    notifier: Party,
    track: Track,
    reasoning: str,
) -> StatementOfReasons:
    """The statement for disabling a track after a notice; ``reasoning`` is the reviewer's own."""
    return StatementOfReasons(
        id=uow.new_id("sor"),
        case_id=notice.id,
        recipient_id=track.owner_id,
        track_id=track.id,
        decision_visibility="DECISION_VISIBILITY_CONTENT_DISABLED",
        decision_monetary="DECISION_MONETARY_SUSPENSION",
        decision_ground="DECISION_GROUND_ILLEGAL_CONTENT",
        legal_ground=LEGAL_GROUND,
        explanation=reasoning,
        facts=_facts(notice, track, agent),
        source_type=_source_type(notice, notifier),
        automated_detection=False,
        automated_decision="AUTOMATED_DECISION_NOT_AUTOMATED",
        category="STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        content_types=["CONTENT_TYPE_AUDIO", "CONTENT_TYPE_SYNTHETIC_MEDIA"],
        content_date=local_day(track.created_at, agent.zone),
        application_date=local_day(uow.now, agent.zone),
        territorial_scope=TERRITORY,
        duration=DURATION,
        redress=_redress(uow, agent),
        created_at=uow.now,
    )


def _facts(notice: Notice, track: Track, agent: DesignatedAgent) -> str:
    named = [str(work) for work in notice.works]
    shown = "; ".join(named[:_WORKS_SHOWN])
    rest = len(named) - _WORKS_SHOWN
    more = f"; and {rest} more that the notice names" if rest > 0 else ""
    received = local_day(notice.received_at, agent.zone).isoformat()
    return (
        f"Notice {notice.id}, received on {received}, claims that “{track.title}” infringes the"
        f" copyright in: {shown}{more}. A reviewer examined the notice and the track."
    )


def _source_type(notice: Notice, notifier: Party) -> str:
    meets_article_16 = bool(
        notifier.name.strip() and notifier.email.strip() and notice.states_good_faith
    )
    return "SOURCE_ARTICLE_16" if meets_article_16 else "SOURCE_TYPE_OTHER_NOTIFICATION"


def _redress(uow: UnitOfWork, agent: DesignatedAgent) -> list[str]:
    complain_until = DSA_COMPLAINT.run(uow.now, agent.zone).due_on.isoformat()
    return [
        "Send a counter notice, 17 U.S.C. 512(g)(3).",
        f"Complain to us, free of charge, until {complain_until}.",
        "Turn to a certified out-of-court dispute settlement body.",
        "Go to court.",
    ]
