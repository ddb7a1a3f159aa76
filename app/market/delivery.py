"""Handing the licensed files over: signed links that expire, and a last look when they are used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.errors import NotFound
from app.core.signed_urls import UrlSigner
from app.core.unit_of_work import UnitOfWork
from app.market.errors import DownloadSuspended, LicenceEnded
from app.market.grants import grant_for, standing
from app.market.licensed_files import DeliveredFile, licensed_files
from app.market.models import Grant, Order
from app.market.policy import LINK_LIFETIME
from licensing.lifecycles.grant import GrantState


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """A file of a licence and the address that gives it, until ``expires_at``."""

    file: DeliveredFile
    url: str
    expires_at: datetime


async def download_links(uow: UnitOfWork, urls: UrlSigner, *, grant_id: str) -> list[DownloadLink]:
    """Expiring addresses of the licensed files, the mix first.

    Raises:
        NotFound: not a licence of the actor.
        DownloadSuspended: a case is open, or the payment is disputed.
        LicenceEnded: revoked, or its term is over.
    """
    grant = await grant_for(uow, grant_id)
    await _require_active(uow, grant)
    order = await uow.session.get_one(Order, grant.order_id)
    expires_at = (uow.now + LINK_LIFETIME).replace(microsecond=0)
    files = await licensed_files(uow.session, order)
    uow.record("grant.links-made", grant.id, files=len(files))
    return [
        DownloadLink(file, urls.sign(delivery_path(grant.id, file.key), expires_at), expires_at)
        for file in files
    ]


async def delivered_file(uow: UnitOfWork, *, grant_id: str, key: str) -> DeliveredFile:
    """The file behind a checked link, if the licence is still good.

    Raises:
        NotFound: no such licence, or not one of its files.
        DownloadSuspended, LicenceEnded: see ``download_links``.
    """
    grant = await uow.session.get(Grant, grant_id)
    if grant is None:
        raise NotFound("There is no such licence.")
    await _require_active(uow, grant)
    order = await uow.session.get_one(Order, grant.order_id)
    for file in await licensed_files(uow.session, order):
        if file.key == key:
            return file
    raise NotFound("The licence has no such file.")


def delivery_path(grant_id: str, key: str) -> str:
    """Where a licensed file is served; links are signatures over this path."""
    return f"/deliveries/{grant_id}/{key}"


async def _require_active(uow: UnitOfWork, grant: Grant) -> None:
    match await standing(uow.session, grant, uow.now):
        case GrantState.ACTIVE:
            return
        case GrantState.SUSPENDED | GrantState.ISSUED:
            raise DownloadSuspended("The certificate's status address says when this changes.")
        case GrantState.REVOKED | GrantState.EXPIRED:
            raise LicenceEnded("Buy a new licence to use the track again.")
