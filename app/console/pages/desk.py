"""The review desk's queue, with its filters in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.response import Template

from app.console.page import ConsoleRequest, Page
from app.console.queue import FETCHED, Filters, Holder, Item, Kind, everything_waiting
from app.core.access import only
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from app.screening import growth
from app.screening.models import CorpusGrowth

GROWTH_SHOWN: Final = 5
"""States of the corpus whose search is shown; all are at ``/v1/corpus-growth``."""

_DONE: Final = {
    "decided": "Decided. Whoever is concerned has been told.",
}
_KINDS: Final = ((None, "All"), (Kind.SCREENING, "Screenings"), (Kind.NOTICE, "Notices"))
_HOLDERS: Final = (
    (None, "Anybody's"),
    (Holder.NOBODY, "Unclaimed"),
    (Holder.ME, "Mine"),
    (Holder.OTHERS, "Colleagues'"),
)


@dataclass(frozen=True, slots=True)
class FilterLink:
    """A choice of the filter bar, with how many items it shows."""

    href: str
    label: str
    count: int
    current: bool


class DeskController(Controller):
    """Screenings and notices in one queue."""

    path = "/desk"

    @get(opt=only(Role.REVIEWER, Role.LEGAL))
    async def queue(
        self, request: ConsoleRequest, page: NamedDependency[Page], uow: NamedDependency[UnitOfWork]
    ) -> Template:
        """What waits, by deadline; the filters are in the address."""
        waiting = await everything_waiting(uow)
        filters = _filters(request)
        return page.show(
            "desk/index.html",
            items=[item for item in waiting if filters.keeps(item)],
            kinds=_kind_links(waiting, filters),
            holders=_holder_links(waiting, filters),
            growth=await _growth(uow),
            overflowing=len(waiting) >= FETCHED,
            here=_address(filters),
            done=_DONE.get(request.query_params.get("done", "")),
        )


async def _growth(uow: UnitOfWork) -> Sequence[CorpusGrowth]:
    """How far the last additions to the corpus were compared; lawyers have no use for it."""
    if not uow.actor.has(Role.REVIEWER):
        return []
    return [row for row in await growth.report(uow, limit=GROWTH_SHOWN) if row.total]


def _filters(request: ConsoleRequest) -> Filters:
    asked = request.query_params
    kind, holder = asked.get("kind", ""), asked.get("held", "")
    return Filters(
        kind=Kind(kind) if kind in set(Kind) else None,
        holder=Holder(holder) if holder in set(Holder) else None,
    )


def _kind_links(waiting: list[Item], filters: Filters) -> list[FilterLink]:
    shown = [item for item in waiting if Filters(holder=filters.holder).keeps(item)]
    counts = Counter[Kind | None](item.kind for item in shown)
    counts[None] = len(shown)
    return [
        FilterLink(
            _address(Filters(kind, filters.holder)), label, counts[kind], filters.kind == kind
        )
        for kind, label in _KINDS
    ]


def _holder_links(waiting: list[Item], filters: Filters) -> list[FilterLink]:
    shown = [item for item in waiting if Filters(kind=filters.kind).keeps(item)]
    counts = Counter[Holder | None](item.holder for item in shown)
    counts[None] = len(shown)
    return [
        FilterLink(
            _address(Filters(filters.kind, holder)), label, counts[holder], filters.holder == holder
        )
        for holder, label in _HOLDERS
    ]


def _address(filters: Filters) -> str:
    asked = {"kind": filters.kind, "held": filters.holder}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/desk?{query}" if query else "/desk"
