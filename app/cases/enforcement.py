"""What a case does to a track and its money: imposed together, lifted together.

Both happen in the transaction of the decision, so that no track is down without its statement of
reasons, and no money is free while the track is down.
"""

from __future__ import annotations

from typing import Final

from app.cases.access import restrictions_of
from app.cases.models import Measure, Notice, StatementOfReasons
from app.cases.timeline import append
from app.catalog import service as catalog
from app.catalog.models import RestrictionKind, Track
from app.core.unit_of_work import UnitOfWork
from app.payments import service as payments

_IMPOSED: Final = (
    RestrictionKind.UNLISTED,
    RestrictionKind.DOWNLOAD_REFUSED,
    RestrictionKind.PAYOUT_HELD,
)


async def impose(
    uow: UnitOfWork, notice: Notice, track: Track, statement: StatementOfReasons
) -> None:
    """Unlist the track, refuse its downloads and hold its unpaid shares."""
    uow.session.add(statement)
    await uow.session.flush()
    notice.statement_of_reasons_id = statement.id
    for kind in _IMPOSED:
        restriction = await catalog.restrict(uow, track_id=track.id, kind=kind, case_id=notice.id)
        await uow.session.flush()
        uow.session.add(
            Measure(
                restriction_id=restriction.id,
                notice_id=notice.id,
                statement_of_reasons_id=statement.id,
            )
        )
    await payments.hold_shares(uow, track_id=track.id, case_id=notice.id)
    await append(
        uow,
        notice,
        "impose-measures",
        kinds=[kind.value for kind in _IMPOSED],
        statement_of_reasons_id=statement.id,
    )


async def lift(uow: UnitOfWork, notice: Notice) -> bool:
    """Undo what the notice brought about; False where nothing of it is in force any more.

    What another notice brought about for the same track stays as it is.
    """
    restrictions = await restrictions_of(uow, notice)
    if not restrictions:
        return False
    for restriction in restrictions:
        await catalog.lift(uow, restriction_id=restriction.id)
    await payments.release_shares(uow, case_id=notice.id)
    await append(
        uow, notice, "lift-measures", kinds=[restriction.kind.value for restriction in restrictions]
    )
    return True
