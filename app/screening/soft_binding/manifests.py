"""Manifests that can be fetched here: those we released, and those that others stored."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import ReleasedFile
from app.catalog.release import manifest_store_of
from app.core.actor import Role
from app.core.errors import Conflict, NotFound
from app.core.unit_of_work import UnitOfWork
from app.provenance import log
from app.provenance.content_credentials import bindings, repository
from app.provenance.errors import ManifestExists, ReceiptInvalid
from app.provenance.house import HouseKeys
from app.provenance.models import LogLeaf, Statement, StoredManifest
from app.provenance.receipt import Receipt


class ManifestReleased(Conflict):
    """A manifest that we released a file with stays."""

    slug = "manifest-released"
    title = "This manifest belongs to a file that we released"


@dataclass(frozen=True, slots=True)
class Known:
    """Where a manifest lies: with the asset that we released, or in the repository.

    ``leaf_sequence``: of the log's entry that proves it.
    """

    manifest_id: str
    leaf_sequence: int
    asset_id: str | None
    stored: StoredManifest | None


async def find(session: AsyncSession, manifest_id: str) -> Known:
    """The manifest of this URN.

    Raises:
        NotFound: it was neither released nor stored here.
    """
    query = (
        sa.select(ReleasedFile.asset_id, Statement.leaf_sequence)
        .join(Statement, Statement.id == ReleasedFile.statement_id)
        .where(ReleasedFile.manifest == manifest_id)
    )
    released = (await session.execute(query)).one_or_none()
    if released is not None:
        return Known(manifest_id, released.leaf_sequence, released.asset_id, None)
    stored = await repository.stored_manifest(session, manifest_id)
    if stored is None:
        raise NotFound("No manifest of this URN was released or stored here.")
    return Known(manifest_id, stored.leaf_sequence, None, stored)


async def store_of(session: AsyncSession, manifest_id: str) -> bytes:
    """The whole manifest store in which the manifest is the active one.

    Raises:
        NotFound: it was neither released nor stored here.
    """
    known = await find(session, manifest_id)
    if known.asset_id is not None:
        return await manifest_store_of(session, known.asset_id)
    return await repository.store_of(session, manifest_id)


async def keep(uow: UnitOfWork, store: bytes) -> StoredManifest:
    """Keep somebody's manifest store, to be found again.

    Raises:
        Forbidden: the actor is no operator.
        CredentialsBroken: not a manifest store.
        ManifestExists: another store, released or stored here, has this label.
    """
    uow.actor.require(Role.OPERATOR)
    stored = await repository.store_manifest(uow, store)
    known = await find(uow.session, stored.label)
    if known.stored is None:
        raise ManifestExists("We released a file with a manifest of this label.")
    return stored


async def discard(uow: UnitOfWork, manifest_id: str) -> None:
    """Delete a stored manifest and its bindings.

    Raises:
        Forbidden: the actor is no operator.
        NotFound: it is not here.
        ManifestReleased: it is one of ours; certificates name its file.
    """
    uow.actor.require(Role.OPERATOR)
    await repository.discard(uow, _of_others(await find(uow.session, manifest_id)))


async def bind(uow: UnitOfWork, *, manifest_id: str, value: bytes) -> None:
    """Let a soft binding lead to a stored manifest.

    Raises:
        Forbidden: the actor is no operator.
        BindingMalformed, NotFound, ManifestReleased: ours are bound when they are released.
    """
    uow.actor.require(Role.OPERATOR)
    _of_others(await find(uow.session, manifest_id))
    await bindings.bind(uow, manifest_id=manifest_id, value=value)


async def rebind(uow: UnitOfWork, *, manifest_id: str, value: bytes) -> None:
    """Let a value lead to this stored manifest instead of those that it led to.

    Raises:
        Forbidden, BindingMalformed, NotFound, ManifestReleased: as ``bind``, also of those it
            led to.
        BindingUnknown: it led to none.
    """
    uow.actor.require(Role.OPERATOR)
    _of_others(await find(uow.session, manifest_id))
    for earlier in await bindings.manifests_bound_to(uow.session, value):
        _of_others(await find(uow.session, earlier))
        if earlier != manifest_id:
            await bindings.unbind(uow, manifest_id=earlier, value=value)
    await bindings.bind(uow, manifest_id=manifest_id, value=value)


async def is_sealed(session: AsyncSession, known: Known) -> bool:
    """Whether the log's signed tree holds the manifest."""
    leaf = await _leaf_of(session, known)
    await session.refresh(leaf)
    return leaf.leaf_index is not None


async def receipt_for(session: AsyncSession, known: Known) -> Receipt:
    """The log's proof of a manifest.

    Raises:
        NotYetSealed: it waits for the next checkpoint.
    """
    return await log.receipt_of(session, await _leaf_of(session, known))


async def require_proved(session: AsyncSession, house: HouseKeys, known: Known, proof: str) -> None:
    """Check a receipt that somebody brings.

    Raises:
        ReceiptMalformed, ReceiptInvalid, NoteInvalid: it does not prove this manifest.
    """
    receipt = Receipt.parse(proof)
    receipt.verify(house.log_key)
    if receipt.entry != (await _leaf_of(session, known)).entry:
        raise ReceiptInvalid("The receipt is for another entry of the log.")


async def _leaf_of(session: AsyncSession, known: Known) -> LogLeaf:
    return await session.get_one(LogLeaf, known.leaf_sequence)


def _of_others(known: Known) -> StoredManifest:
    if known.stored is None:
        raise ManifestReleased("It stays, and so does what is bound to it.")
    return known.stored
