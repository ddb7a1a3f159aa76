"""The desk's one queue: screenings and notices side by side, the most urgent first."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa

from app.cases import reading
from app.cases.views import QueuedNotice
from app.catalog.models import Track
from app.console import case_words, screening_view
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from app.screening import review
from app.screening.lanes import Corpus
from app.screening.lifecycle import Occasion, ScreeningState
from app.screening.models import Screening

FETCHED: Final = 200
"""Of each kind. A desk with more waiting has other worries; the page says so."""

SCREENING_PROMISE: Final = timedelta(hours=24)
"""Our own: somebody whose track waits for a person hears from us within a day."""

_STANDING: Final = {
    (Occasion.SUBMISSION, ScreeningState.BLOCKED): "Blocked by the machine",
    (Occasion.CORPUS_GROWTH, ScreeningState.IN_REVIEW): "Found since it was accepted",
    (Occasion.KEY_REVOKED, ScreeningState.IN_REVIEW): "Signed with a compromised key",
    (Occasion.REQUEST, ScreeningState.IN_REVIEW): "Its creator asks for a look",
}

_FOR_LAWYERS: Final = "legal_review"


class ClaimForm(msgspec.Struct, kw_only=True):
    """Taking something up, in the version that the reviewer saw."""

    expected_version: int


class Kind(enum.StrEnum):
    """What is queued."""

    SCREENING = "screening"
    NOTICE = "notice"


class Holder(enum.StrEnum):
    """Whose it is at the moment."""

    NOBODY = "nobody"
    ME = "me"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide."""

    kind: Kind
    id: str
    title: str
    reason: str
    standing: str
    tone: str
    waiting_since: datetime
    due_at: datetime
    holder: Holder
    claimed_until: datetime | None
    version: int
    claimable: bool

    @property
    def href(self) -> str:
        """Where it is decided."""
        return f"/desk/{self.kind}s/{self.id}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the queue is shown; None shows all."""

    kind: Kind | None = None
    holder: Holder | None = None

    def keeps(self, item: Item) -> bool:
        """Whether the item is shown."""
        return self.kind in {None, item.kind} and self.holder in {None, item.holder}


async def everything_waiting(uow: UnitOfWork) -> list[Item]:
    """What waits for a decision, by deadline; lawyers see notices only."""
    items: list[Item] = []
    if uow.actor.has(Role.REVIEWER):
        items += await _screenings(uow)
    notices = await reading.queue(uow, state=None, after=None, limit=FETCHED)
    items += [_notice_item(notice, uow) for notice in notices]
    return sorted(items, key=lambda item: (item.due_at, item.id))


async def _screenings(uow: UnitOfWork) -> list[Item]:
    waiting = await review.queue(uow.session, states=review.WAITING, limit=FETCHED)
    titles = await _titles(uow, waiting)
    return [_screening_item(screening, titles[screening.track_id], uow) for screening in waiting]


async def _titles(uow: UnitOfWork, screenings: Sequence[Screening]) -> dict[str, str]:
    ids = {screening.track_id for screening in screenings}
    rows = await uow.session.execute(sa.select(Track.id, Track.title).where(Track.id.in_(ids)))
    return {track_id: title for track_id, title in rows}  # noqa: C416 -- rows are not pairs to mypy


def _screening_item(screening: Screening, title: str, uow: UnitOfWork) -> Item:
    standing, tone = screening_view.standing(screening.state)
    since = screening.finished_at or screening.requested_at
    strongest = screening.matches[0] if screening.matches else None
    if strongest is None:
        reason = "no match"
    else:
        whose = "another seller's " if strongest.corpus is Corpus.CATALOGUE else ""
        reason = f"{whose}{strongest.kind}, {strongest.score:.0%}"
    return Item(
        kind=Kind.SCREENING,
        id=screening.id,
        title=title,
        reason=reason,
        standing=_STANDING.get((screening.occasion, screening.state), standing),
        tone=tone,
        waiting_since=since,
        due_at=since + SCREENING_PROMISE,
        holder=holder_of(screening.claimed_by, screening.claimed_until, uow),
        claimed_until=screening.claimed_until,
        version=screening.version,
        claimable=True,
    )


def _notice_item(notice: QueuedNotice, uow: UnitOfWork) -> Item:
    at_court = notice.counter_notice_state == _FOR_LAWYERS
    if notice.counter_notice_state is not None and at_court:
        standing, tone = case_words.counter_standing(notice.counter_notice_state)
    else:
        standing, tone = case_words.notice_standing(notice.state)
    return Item(
        kind=Kind.NOTICE,
        id=notice.id,
        title=notice.track_title or "no track named",
        reason="; ".join(notice.works),
        standing=standing,
        tone=tone,
        waiting_since=notice.received_at,
        due_at=notice.decide_by or notice.received_at,
        holder=holder_of(notice.claimed_by, notice.claimed_until, uow),
        claimed_until=notice.claimed_until,
        version=notice.version,
        claimable=not at_court and uow.actor.has(Role.REVIEWER),
    )


def holder_of(claimed_by: str | None, until: datetime | None, uow: UnitOfWork) -> Holder:
    """Whose a thing is: a claim that ran out is nobody's."""
    if claimed_by is None or until is None or until <= uow.now:
        return Holder.NOBODY
    return Holder.ME if claimed_by == uow.actor.user_id else Holder.OTHERS
