"""The review desk: the queue, and taking something from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from app.cases import service as cases
from app.console.page import ConsoleRequest, Page
from app.console.queue import FETCHED, Filters, Holder, Item, Kind, everything_waiting
from app.core.access import only
from app.core.actor import Role
from app.core.errors import ServiceError
from app.core.unit_of_work import UnitOfWork
from app.screening import review

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


class ClaimForm(msgspec.Struct, kw_only=True):
    """The version of the thing that the reviewer saw."""

    expected_version: int


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
        done = _DONE.get(request.query_params.get("done", ""))
        return await _queue(page, uow, _filters(request), done=done)

    @post("/{kind:str}/{item_id:str}/claim", opt=only(Role.REVIEWER), status_code=303)
    async def claim(
        self,
        kind: FromPath[str],
        item_id: FromPath[str],
        data: URLEncodedBody[ClaimForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Response[Any]:
        """Take something up for ten minutes and open it; a colleague may have been faster."""
        try:
            if kind == "notices":
                await cases.claim_notice(
                    uow, notice_id=item_id, expected_version=data.expected_version
                )
            else:
                await review.claim(
                    uow, screening_id=item_id, expected_version=data.expected_version
                )
        except ServiceError as refusal:
            return await _queue(page, uow, Filters(), refusal=refusal)
        return Redirect(f"/desk/{kind}/{item_id}", status_code=303)


async def _queue(
    page: Page,
    uow: UnitOfWork,
    filters: Filters,
    *,
    done: str | None = None,
    refusal: ServiceError | None = None,
) -> Template:
    waiting = await everything_waiting(uow)
    return page.show(
        "desk/index.html",
        status=refusal.status if refusal else 200,
        items=[item for item in waiting if filters.keeps(item)],
        kinds=_kind_links(waiting, filters),
        holders=_holder_links(waiting, filters),
        overflowing=len(waiting) >= FETCHED,
        here=_address(filters),
        done=done,
        refusal=refusal,
    )


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
