"""The cases about a track as its uploader sees them, each with the form to answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.cases.views import CaseView, ClockView, EventView
from app.catalog import service as catalog
from app.console import case_words
from app.console.counter_form import CounterForm
from app.core.unit_of_work import UnitOfWork
from licensing.lifecycles.counter_notice import CounterNoticeState


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case and what the uploader can do about it.

    ``open`` while it withholds something; ``form`` is None where there is nothing to answer.
    """

    case: CaseView
    standing: tuple[str, str]
    clocks: list[tuple[str, ClockView]]
    events: list[tuple[EventView, str]]
    open: bool
    form: CounterForm | None
    lacking: list[str]


async def shown_cases(
    uow: UnitOfWork, cases: Sequence[CaseView], sent: CounterForm | None
) -> list[ShownCase]:
    """The cases, newest first; ``sent`` is a form that was sent and lacked something."""
    return [await _shown(uow, case, sent) for case in reversed(cases)]


async def _shown(uow: UnitOfWork, case: CaseView, sent: CounterForm | None) -> ShownCase:
    mine = sent if sent is not None and sent.notice_id == case.id else None
    form = mine or CounterForm(notice_id=case.id, material="\n".join(case.locations))
    in_force = await _withholds(uow, case)
    return ShownCase(
        case=case,
        standing=case_words.standing(case),
        clocks=case_words.running(case),
        events=[(event, case_words.happened(event)) for event in case.timeline],
        open=in_force,
        form=form if in_force and _unanswered(case) else None,
        lacking=mine.lacking if mine else [],
    )


async def _withholds(uow: UnitOfWork, case: CaseView) -> bool:
    if case.track_id is None:
        return False
    in_force = await catalog.restrictions_in_force(uow.session, case.track_id, uow.now)
    return any(restriction.case_id == case.id for restriction in in_force)


def _unanswered(case: CaseView) -> bool:
    counter = case.counter_notice
    return counter is None or counter.state is CounterNoticeState.DEFICIENT
