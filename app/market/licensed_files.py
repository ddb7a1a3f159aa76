"""Which files of a track go with a licence, as they are delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Asset, AssetRole, ReleasedFile, Track
from app.catalog.release import manifest_store_of, released_files
from app.core.errors import Unavailable
from app.market.models import Offer, Order
from app.provenance.content_credentials.containers import MANIFEST_STORE_TYPE
from licensing.terms import Deliverable, LicenceTerms

_DELIVERED_AS: Final = {
    Deliverable.MIX_MP3: AssetRole.MIX,
    Deliverable.MIX_WAV: AssetRole.MIX,
    Deliverable.STEMS: AssetRole.STEM,
    Deliverable.SCORE: AssetRole.SCORE,
}
"""What of a track a deliverable is; the mix is delivered in the container it was uploaded in."""

SIDECAR_SUFFIX: Final = ".c2pa"


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file of a licence. ``key`` names it in links.

    ``manifest_store`` holds the bytes of a sidecar; None for a file that lies in storage.
    """

    key: str
    role: AssetRole
    name: str
    sha256: str
    size: int
    media_type: str
    manifest_store: bytes | None = None


class NotReleased(Unavailable):
    """The files of a sold track are not signed yet: publication waits for that."""

    slug = "not-released"
    title = "The files are being signed"


async def licensed_files(session: AsyncSession, order: Order) -> Sequence[DeliveredFile]:
    """The files that the terms of an order name as deliverables, the mix first.

    Raises:
        NotReleased
    """
    offer = await session.get_one(Offer, order.offer_id)
    terms = LicenceTerms.from_document(offer.terms)
    roles = {_DELIVERED_AS[deliverable] for deliverable in terms.deliverables}
    track = await session.get_one(Track, order.track_id)
    assets = [asset for asset in track.assets if asset.role in roles]
    released = await released_files(session, track.id)
    if any(asset.id not in released for asset in assets):
        raise NotReleased("They are ready within a minute; ask again then.")
    ordered = sorted(
        assets, key=lambda asset: (asset.role is not AssetRole.MIX, asset.role, asset.name)
    )
    files = []
    for asset in ordered:
        files.append(_delivered(asset, released[asset.id]))
        if not released[asset.id].embedded:
            files.append(_sidecar(asset, await manifest_store_of(session, asset.id)))
    return files


def _delivered(asset: Asset, released: ReleasedFile) -> DeliveredFile:
    return DeliveredFile(
        asset.id, asset.role, asset.name, released.sha256, released.size, asset.media_type
    )


def _sidecar(asset: Asset, store: bytes) -> DeliveredFile:
    return DeliveredFile(
        asset.id + SIDECAR_SUFFIX,
        asset.role,
        asset.name + SIDECAR_SUFFIX,
        hashlib.sha256(store).hexdigest(),
        len(store),
        MANIFEST_STORE_TYPE,
        store,
    )
