"""Which files of a track go with a licence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.models import Asset, AssetRole, Track
from app.market.models import Offer, Order
from licensing.terms import Deliverable, LicenceTerms

_DELIVERED_AS: Final = {
    Deliverable.MIX_MP3: AssetRole.MIX,
    Deliverable.MIX_WAV: AssetRole.MIX,
    Deliverable.STEMS: AssetRole.STEM,
    Deliverable.SCORE: AssetRole.SCORE,
}
"""What of a track a deliverable is; the mix is delivered as it was uploaded."""


async def licensed_assets(session: AsyncSession, order: Order) -> Sequence[Asset]:
    """The files that the terms of an order name as deliverables, the mix first."""
    offer = await session.get_one(Offer, order.offer_id)
    terms = LicenceTerms.from_document(offer.terms)
    roles = {_DELIVERED_AS[deliverable] for deliverable in terms.deliverables}
    track = await session.get_one(Track, order.track_id)
    assets = [asset for asset in track.assets if asset.role in roles]
    return sorted(
        assets, key=lambda asset: (asset.role is not AssetRole.MIX, asset.role, asset.name)
    )
