"""Use cases of a revoked key: what it signed since it was compromised is looked at again.

A sweep notices revoked keys with a date. Every accepted track whose statement such a key signed,
and which entered the log from that date on, waits for a person; log time decides, because a thief
can write any time into a statement. Until then it stays on the market, as everything does that a
machine finds. Tracks that are not accepted yet go to a person instead of being cleared.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.catalog.lifecycle import TrackState
from app.catalog.models import Track
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from app.provenance.lifecycle import KeyState
from app.provenance.models import LogLeaf, SigningKey, Statement
from app.screening import second_look
from app.screening.lifecycle import Occasion
from app.screening.models import KeyRecall, Screening


async def notice(uow: UnitOfWork) -> list[KeyRecall]:
    """Re-open what revoked keys signed since they were compromised; once per key."""
    unseen = (
        sa.select(SigningKey)
        .where(
            SigningKey.state == KeyState.REVOKED,
            SigningKey.compromised_since.is_not(None),
            ~sa.exists().where(KeyRecall.kid == SigningKey.kid),
        )
        .order_by(SigningKey.kid)
    )
    return [await _recall(uow, key) for key in list(await uow.session.scalars(unseen))]


async def report(uow: UnitOfWork) -> list[tuple[KeyRecall, Sequence[Screening]]]:
    """Every recall with the screenings that it led to, the newest first.

    Raises:
        Forbidden: the actor is neither operator nor auditor nor reviewer.
    """
    uow.actor.require(Role.OPERATOR, Role.AUDITOR, Role.REVIEWER)
    recalls = await uow.session.scalars(
        sa.select(KeyRecall).order_by(KeyRecall.noticed_at.desc(), KeyRecall.kid)
    )
    found: list[tuple[KeyRecall, Sequence[Screening]]] = []
    for recall in list(recalls):
        query = (
            sa.select(Screening)
            .join(Track, Track.id == Screening.track_id)
            .join(Statement, Statement.id == Track.provenance_statement_id)
            .where(Screening.occasion == Occasion.KEY_REVOKED, Statement.kid == recall.kid)
            .order_by(Screening.id)
        )
        found.append((recall, list(await uow.session.scalars(query))))
    return found


async def _recall(uow: UnitOfWork, key: SigningKey) -> KeyRecall:
    since = key.compromised_since
    query = (
        sa.select(Track.id)
        .join(Statement, Statement.id == Track.provenance_statement_id)
        .join(LogLeaf, LogLeaf.sequence == Statement.leaf_sequence)
        .where(
            Statement.kid == key.kid,
            LogLeaf.queued_at >= since,
            Track.state == TrackState.COUNTERSIGNED,
        )
        .order_by(Track.id)
    )
    tracks = list(await uow.session.scalars(query))
    for track_id in tracks:
        await second_look.call_for(uow, track_id=track_id, occasion=Occasion.KEY_REVOKED)
    recall = KeyRecall(kid=key.kid, noticed_at=uow.now, tracks=len(tracks))
    uow.session.add(recall)
    await uow.session.flush()
    uow.record("key.recalled", key.kid, tracks=len(tracks))
    return recall
