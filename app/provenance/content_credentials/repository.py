"""The manifest repository: manifest stores that others hand over to be found again.

Each enters the transparency log by its digest. What the house released itself is kept with the
released file; ``app.screening.soft_binding`` looks in both places.
"""

from __future__ import annotations

import hashlib
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.unit_of_work import UnitOfWork
from app.provenance import log
from app.provenance.content_credentials import bindings
from app.provenance.content_credentials.jumbf import StoreMalformed, active_manifest
from app.provenance.errors import CredentialsBroken, ManifestExists
from app.provenance.models import StoredManifest

MANIFEST: Final = "manifest"
"""The kind of log entry; its payload is the whole manifest store."""

_LONGEST_LABEL: Final = 120


async def store_manifest(uow: UnitOfWork, store: bytes) -> StoredManifest:
    """Keep a manifest store under the label of its active manifest; once, however often asked.

    Nobody judges it here: a manifest is bound to a file, and there is none.

    Raises:
        CredentialsBroken: not a C2PA manifest store with a signed claim.
        ManifestExists: another store has an active manifest of this label.
    """
    try:
        active = active_manifest(store)
    except StoreMalformed as error:
        raise CredentialsBroken(f"Send a whole C2PA manifest store: {error}.") from error
    if len(active.label) > _LONGEST_LABEL:
        raise CredentialsBroken(f"Labels of manifests have at most {_LONGEST_LABEL} characters.")
    digest = hashlib.sha256(store).hexdigest()
    known = await uow.session.get(StoredManifest, active.label)
    if known is not None:
        if known.store_sha256 != digest:
            raise ManifestExists("Another manifest store has this label; labels are unique.")
        return known
    leaf = await log.queue_leaf(uow, kind=MANIFEST, subject=active.label, payload_sha256=digest)
    stored = StoredManifest(
        label=active.label,
        store=store,
        store_sha256=digest,
        claim_sha256=active.claim_sha256,
        leaf_sequence=leaf.sequence,
        stored_by=uow.actor.user_id,
        stored_at=uow.now,
    )
    uow.session.add(stored)
    await uow.session.flush()
    uow.record("manifest.stored", digest, label=active.label)
    return stored


async def stored_manifest(session: AsyncSession, label: str) -> StoredManifest | None:
    """What was handed over under a label, without the store itself."""
    return await session.get(StoredManifest, label)


async def store_of(session: AsyncSession, label: str) -> bytes:
    """The manifest store that was handed over under a label."""
    query = sa.select(StoredManifest.store).where(StoredManifest.label == label)
    return (await session.scalars(query)).one()


async def discard(uow: UnitOfWork, stored: StoredManifest) -> None:
    """Delete a manifest store and its bindings. Its digest stays in the log."""
    await bindings.unbind(uow, manifest_id=stored.label)
    await uow.session.delete(stored)
    await uow.session.flush()
    uow.record("manifest.discarded", stored.store_sha256, label=stored.label)
