"""Tracks made from others: licences are checked along the way, descendants are found."""

from __future__ import annotations

import pytest

from app.catalog import lineage
from app.catalog.models import Lineage, Relation, Track
from app.core.actor import Role
from app.core.settings import Settings
from app.market import service
from app.market.errors import NotPublishable
from licensing.templates import EXCLUSIVE_1
from tests.market.world import HOUSE, Market
from tests.stripe_standin.process import SDK_DEPRECATION

pytestmark = SDK_DEPRECATION


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Nothing here depends on the database engine."""
    return sqlite_settings


async def made_from(market: Market, parent: str, seed: int, owner: str = "ada") -> str:
    """A track made from another, as if its ``owner`` had uploaded it."""
    child = await market.track(seed=seed, generator=f"Gen {seed}")
    async with market.units.begin(HOUSE) as uow:
        uow.session.add(
            Lineage(child_track_id=child, parent_track_id=parent, relation=Relation.REMIX)
        )
        track = await uow.session.get_one(Track, child)
        track.owner_id = market.members[owner].id
    return child


async def obstacles(market: Market, track_id: str, owner: str = "ada") -> set[str]:
    """What keeps a listing of the track from being published."""
    actor = market.members[owner].actor
    async with market.units.begin(actor) as uow:
        listing = await service.open_listing(
            uow,
            track_id=track_id,
            description="A remix",
            generation_plan="pro",
            generation_terms_sha256="0" * 64,
        )
        listing_id = listing.id
    with pytest.raises(NotPublishable) as refused:
        async with market.units.begin(actor) as uow:
            await service.publish(uow, listing_id=listing_id)
    return {obstacle.name for obstacle in refused.value.obstacles}


async def test_descendants_are_found_across_generations(market: Market) -> None:
    root = await market.track(seed=7)
    child = await made_from(market, root, seed=21)
    grandchild = await made_from(market, child, seed=22)
    async with market.units.look(HOUSE) as uow:
        found = await lineage.descendants_of(uow.session, root)
        back = await lineage.ancestry_of(uow.session, grandchild)
        none = await lineage.descendants_of(uow.session, grandchild)
    assert [(one.child.id, one.parent.id, one.generations) for one in found] == [
        (child, root, 1),
        (grandchild, child, 2),
    ]
    assert [one.parent.id for one in back] == [child, root]
    assert none == []


async def test_ones_own_track_needs_no_licence(market: Market) -> None:
    child = await made_from(market, await market.track(seed=7), seed=21)
    assert "parent-not-licensed" not in await obstacles(market, child)


async def test_another_sellers_track_takes_a_licence_to_adapt(market: Market) -> None:
    await market.join("gil", Role.CREATOR, Role.BUYER)
    root = await market.track(seed=7)
    child = await made_from(market, root, seed=21, owner="gil")
    assert "parent-not-licensed" in await obstacles(market, child, "gil")
    listing = await market.draft(root)
    await market.share(listing)
    offer = await market.offer(listing, EXCLUSIVE_1.reference)
    await market.http.put(
        f"/v1/listings/{listing}/ownership-evidence",
        json={"document_sha256": "ab" * 32},
        headers=market.members["rita"].headers,
    )
    async with market.units.begin(market.members["ada"].actor) as uow:
        await service.publish(uow, listing_id=listing)
    await market.buy(offer, "gil")
    other = await made_from(market, root, seed=22, owner="gil")
    assert "parent-not-licensed" not in await obstacles(market, other, "gil")
    # Along the way: a stranger's track below Gil's needs a licence of Gil's, not only Gil of Ada's.
    below = await made_from(market, other, seed=23)
    assert "parent-not-licensed" in await obstacles(market, below)
    # A case about the origin suspends the licence, and so what stands on it.
    await market.restrict(root)
    third = await made_from(market, root, seed=24, owner="gil")
    assert "parent-not-licensed" in await obstacles(market, third, "gil")
