"""Licences that buyers hold: their certificates and their standing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import service as catalog
from app.catalog.models import RestrictionKind, Track
from app.core.actor import Role
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.identity.models import Person
from app.market.licensed_files import licensed_files
from app.market.models import Grant, Listing, Offer, Order
from app.provenance import service as provenance
from app.provenance.bundle import Bundle
from app.provenance.house import HouseKeys
from app.provenance.models import Statement
from app.provenance.statement import LICENCE_GRANT, DigestSet, Subject
from licensing.certificate import CertificateParty, LicenceCertificate, LicensedFile
from licensing.lifecycles.grant import GRANT, GrantCommand, GrantState
from licensing.terms import LicenceTerms, Modification

_STAFF: Final = (Role.LEGAL, Role.FINANCE, Role.AUDITOR, Role.REVIEWER)


async def issue_grant(uow: UnitOfWork, house: HouseKeys, order: Order) -> Grant:
    """Grant the licence of a paid order, with its signed certificate; one at a time per order."""
    query = sa.select(Grant).where(Grant.order_id == order.id, Grant.state != GrantState.REVOKED)
    there: Grant | None = await uow.session.scalar(query)
    if there is not None:
        return there
    certificate = await _certificate(uow, house, order)
    statement = await provenance.issue_statement(
        uow,
        house,
        subject_id=order.id,
        predicate_type=LICENCE_GRANT,
        subjects=[
            Subject(name=file.name, digest=DigestSet(sha256=file.sha256))
            for file in certificate.files
        ],
        predicate=_predicate(certificate),
        owner_id=order.buyer_id,
    )
    grant = Grant(
        id=uow.new_id("grt"),
        certificate_id=certificate.certificate_id,
        order_id=order.id,
        buyer_id=order.buyer_id,
        track_id=order.track_id,
        statement_id=statement.id,
        state=GRANT.advance(GRANT.initial, GrantCommand.ACTIVATE),
        issued_at=uow.now,
        expires_at=certificate.expires_at,
        ended_at=None,
    )
    uow.session.add(grant)
    await uow.session.flush()
    uow.record("grant.issued", grant.id, order=order.id, certificate=grant.certificate_id)
    return grant


async def change_grant(uow: UnitOfWork, order: Order, command: GrantCommand) -> None:
    """Suspend, reinstate or revoke the licence of an order, where its state allows that."""
    query = (
        sa.select(Grant)
        .where(Grant.order_id == order.id, Grant.state != GrantState.REVOKED)
        .with_for_update()
    )
    grant: Grant | None = await uow.session.scalar(query)
    if grant is None or command not in GRANT.allowed(grant.state):
        return
    grant.state = GRANT.advance(grant.state, command)
    if grant.state in GRANT.terminal:
        grant.ended_at = uow.now
    uow.record(f"grant.{grant.state.value}", grant.id, order=order.id)


async def grant_for(uow: UnitOfWork, grant_id: str) -> Grant:
    """A licence that the actor may see: its buyer's, or any for staff.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    grant = await uow.session.get(Grant, grant_id)
    if grant is None or not (grant.buyer_id == uow.actor.user_id or uow.actor.has(*_STAFF)):
        raise NotFound("You have no licence with this id.")
    return grant


async def grants_of(session: AsyncSession, buyer_id: str) -> list[Grant]:
    """A buyer's licences, newest first."""
    query = sa.select(Grant).where(Grant.buyer_id == buyer_id).order_by(Grant.id.desc())
    return list(await session.scalars(query))


async def grant_of_certificate(session: AsyncSession, certificate_id: str) -> Grant:
    """
    Raises:
        NotFound: we have issued no such certificate.
    """
    query = sa.select(Grant).where(Grant.certificate_id == certificate_id)
    grant: Grant | None = await session.scalar(query)
    if grant is None:
        raise NotFound("We have issued no certificate with this id.")
    return grant


async def standing(session: AsyncSession, grant: Grant, at: datetime) -> GrantState:
    """The state of a licence today: its own, its term, and the cases open about its track."""
    if grant.state in GRANT.terminal:
        return grant.state
    if grant.expires_at is not None and grant.expires_at <= at:
        return GrantState.EXPIRED
    in_force = await catalog.restrictions_in_force(session, grant.track_id, at)
    if any(one.kind is RestrictionKind.DOWNLOAD_REFUSED for one in in_force):
        return GrantState.SUSPENDED
    return grant.state


async def may_adapt(session: AsyncSession, *, buyer_id: str, track_id: str, at: datetime) -> bool:
    """Whether a person holds a licence, active at that time, to make something from a track."""
    query = sa.select(Grant).where(Grant.buyer_id == buyer_id, Grant.track_id == track_id)
    for grant in list(await session.scalars(query)):
        order = await session.get_one(Order, grant.order_id)
        offer = await session.get_one(Offer, order.offer_id)
        terms = LicenceTerms.from_document(offer.terms)
        adaptable = terms.modification is Modification.ADAPT
        if adaptable and await standing(session, grant, at) is GrantState.ACTIVE:
            return True
    return False


async def certificate_bundle(uow: UnitOfWork, house: HouseKeys, *, grant_id: str) -> Bundle:
    """The certificate with its log receipt, to be verified offline.

    Raises:
        NotFound: not a licence that the actor may see.
        NotYetSealed: the log's next checkpoint is seconds away.
    """
    grant = await grant_for(uow, grant_id)
    statement = await uow.session.get_one(Statement, grant.statement_id)
    return await provenance.bundle_for(uow.session, house, statement)


async def _certificate(uow: UnitOfWork, house: HouseKeys, order: Order) -> LicenceCertificate:
    session = uow.session
    offer = await session.get_one(Offer, order.offer_id)
    track = await session.get_one(Track, order.track_id)
    seller = await session.get_one(
        Person, (await session.get_one(Listing, order.listing_id)).owner_id
    )
    buyer = await session.get_one(Person, order.buyer_id)
    certificate_id = uow.new_id("crt")
    return LicenceCertificate(
        certificate_id=certificate_id,
        licensor=CertificateParty(seller.id, seller.display_name),
        licensee=CertificateParty(buyer.id, buyer.display_name),
        track_id=track.id,
        track_title=track.title,
        files=tuple(
            LicensedFile(f"{file.role.value}/{file.name}", file.sha256)
            for file in await licensed_files(session, order)
        ),
        template=offer.template,
        terms=LicenceTerms.from_document(offer.terms),
        order_id=order.id,
        issued_at=uow.now,
        status_url=f"{house.url}/v1/certificates/{certificate_id}",
    )


def _predicate(certificate: LicenceCertificate) -> dict[str, object]:
    predicate = certificate.statement()["predicate"]
    if not isinstance(predicate, dict):
        raise TypeError("a statement's predicate is an object")
    return dict(predicate)
