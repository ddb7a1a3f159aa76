"""What stands between a track and the market, and what the public sees."""

from __future__ import annotations

import pytest

from app.catalog import service as catalog
from app.core.errors import Forbidden, NotFound
from app.market import service
from app.market.errors import NotForSale, NotPublishable, TrackListedAlready
from app.market.splits import UnknownParty
from licensing.attestations import REQUIRED
from licensing.errors import IllegalTransition, InvalidSplitSheet, InvalidTerms
from licensing.money import Money
from licensing.splits import Role, Share
from licensing.templates import COMMERCIAL_NON_EXCLUSIVE_1, EXCLUSIVE_1, OfferKind
from tests.market.world import HOUSE, Market

EXCLUSIVE = EXCLUSIVE_1.reference


async def obstacles(market: Market, listing_id: str) -> set[str]:
    with pytest.raises(NotPublishable) as refused:
        async with market.units.begin(market.members["ada"].actor) as uow:
            await service.publish(uow, listing_id=listing_id)
    return {obstacle.name for obstacle in refused.value.obstacles}


async def publish(market: Market, listing_id: str) -> None:
    async with market.units.begin(market.members["ada"].actor) as uow:
        await service.publish(uow, listing_id=listing_id)


async def test_every_obstacle_is_named_at_once(market: Market) -> None:
    track = await market.track(countersigned=False, attested=False)
    listing = await market.draft(track)
    assert await obstacles(market, listing) == {
        "not-countersigned",
        "attestations-missing",
        "split-missing",
        "offer-missing",
    }
    answer = await market.post(f"/v1/listings/{listing}/publication", "ada")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/not-publishable")
    assert len(answer.json()["obstacles"]) == 4


async def test_a_track_that_is_not_cleared_is_not_published(market: Market) -> None:
    track = await market.track(countersigned=False)
    listing = await market.draft(track)
    await market.share(listing)
    await market.offer(listing)
    assert await obstacles(market, listing) == {"not-countersigned"}
    await market.clear(track)
    await publish(market, listing)


async def test_one_missing_attestation_is_enough_to_refuse(market: Market) -> None:
    track = await market.track(attested=False)
    async with market.units.begin(market.members["ada"].actor) as uow:
        references = [one.reference for one in REQUIRED]
        await catalog.sign_attestations(uow, track_id=track, references=references[1:])
    listing = await market.draft(track)
    await market.share(listing)
    await market.offer(listing)
    assert await obstacles(market, listing) == {"attestations-missing"}


async def test_an_open_case_keeps_a_listing_off_the_market(market: Market) -> None:
    track = await market.track()
    listing = await market.draft(track)
    await market.share(listing)
    await market.offer(listing)
    (unlisted, refused) = await market.restrict(track)
    assert await obstacles(market, listing) == {"restricted"}
    async with market.units.begin(HOUSE) as uow:
        for restriction_id in (unlisted, refused):
            await catalog.lift(uow, restriction_id=restriction_id)
    await publish(market, listing)


@pytest.mark.parametrize("plan", ["free", "Basic"])
async def test_a_free_plan_sells_nothing(market: Market, plan: str) -> None:
    listing = await market.draft(await market.track(generator="Suno"), plan=plan)
    await market.share(listing)
    await market.offer(listing)
    assert await obstacles(market, listing) == {"offer-not-permitted"}


async def test_an_exclusive_licence_needs_evidence_of_ownership(market: Market) -> None:
    listing = await market.draft(await market.track())
    await market.share(listing)
    await market.offer(listing, EXCLUSIVE)
    assert await obstacles(market, listing) == {"offer-not-permitted"}
    evidence = {"document_sha256": "ab" * 32}
    path = f"/v1/listings/{listing}/ownership-evidence"
    denied = await market.http.put(path, json=evidence, headers=market.members["ada"].headers)
    assert denied.status_code == 403
    accepted = await market.http.put(path, json=evidence, headers=market.members["rita"].headers)
    assert accepted.status_code == 200, accepted.text
    await publish(market, listing)


async def test_a_withdrawn_track_leaves_the_catalogue_until_it_is_offered_again(
    market: Market,
) -> None:
    ada = market.members["ada"].actor
    track = await market.track()
    listing, _ = await market.on_sale(track)
    async with market.units.begin(ada) as uow:
        await service.withdraw(uow, listing_id=listing)
    async with market.units.look(ada) as uow:
        assert (await catalog.track_for(uow, track)).withdrawn_at is not None
    await market.on_sale(track)
    async with market.units.look(ada) as uow:
        assert (await catalog.track_for(uow, track)).withdrawn_at is None


async def test_what_screening_withholds_cannot_be_offered(market: Market) -> None:
    track = await market.track()
    listing = await market.draft(track)
    await market.share(listing)
    await market.doubt(track, OfferKind.EXCLUSIVE)
    offered = await market.offer(listing, EXCLUSIVE)
    accepted = await market.http.put(
        f"/v1/listings/{listing}/ownership-evidence",
        json={"document_sha256": "ab" * 32},
        headers=market.members["rita"].headers,
    )
    assert accepted.status_code == 200
    assert await obstacles(market, listing) == {"licence-not-cleared"}
    async with market.units.begin(market.members["ada"].actor) as uow:
        await service.withdraw_offer(uow, listing_id=listing, offer_id=offered)
    await market.offer(listing)
    await publish(market, listing)
    with pytest.raises(NotPublishable):
        await market.offer(listing, EXCLUSIVE)


async def test_an_offer_added_later_passes_the_same_gate(market: Market) -> None:
    listing, _ = await market.on_sale()
    with pytest.raises(NotPublishable):
        await market.offer(listing, EXCLUSIVE)


@pytest.mark.parametrize(
    "points", [(5_000, 4_999), (5_000, 5_001), (10_000, 0), (10_001, -1)], ids=str
)
async def test_a_split_adds_up_to_ten_thousand(market: Market, points: tuple[int, int]) -> None:
    listing = await market.draft(await market.track())
    shares = [
        {"party_id": market.members[name].id, "role": "producer", "basis_points": share}
        for name, share in zip(("ada", "bob"), points, strict=True)
    ]
    answer = await market.http.put(
        f"/v1/listings/{listing}/split-sheet",
        json={"shares": shares},
        headers=market.members["ada"].headers,
    )
    assert answer.status_code == 422
    assert answer.json()["type"].endswith(f"/{InvalidSplitSheet.slug}")
    assert "split-missing" in await obstacles(market, listing)


async def test_parties_of_a_split_have_accounts(market: Market) -> None:
    listing = await market.draft(await market.track())
    async with market.units.look(HOUSE) as uow:
        stranger = uow.new_id("usr")
    with pytest.raises(UnknownParty):
        async with market.units.begin(market.members["ada"].actor) as uow:
            await service.set_split_sheet(
                uow, listing_id=listing, shares=[Share(stranger, Role.PRODUCER, 10_000)]
            )


async def test_a_split_is_seen_by_its_parties_only(market: Market) -> None:
    listing, _ = await market.on_sale()
    seen = await market.get(f"/v1/listings/{listing}/split-sheet", "bob")
    assert [share["basis_points"] for share in seen.json()["shares"]] == [5_000, 3_333, 1_667]
    assert (await market.get(f"/v1/listings/{listing}/split-sheet", "dora")).status_code == 404


async def test_terms_may_narrow_a_template_but_not_leave_it(market: Market) -> None:
    listing = await market.draft(await market.track())
    terms = COMMERCIAL_NON_EXCLUSIVE_1.standard_terms.document()
    body = {
        "template": COMMERCIAL_NON_EXCLUSIVE_1.reference,
        "price_minor": 900,
        "currency": "EUR",
        "terms": {**terms, "exclusivity": "exclusive"},
    }
    path = f"/v1/listings/{listing}/offers"
    refused = await market.post(path, "ada", body)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        422,
        InvalidTerms.slug,
    )
    narrowed = await market.post(path, "ada", {**body, "terms": {**terms, "territories": ["DE"]}})
    assert narrowed.status_code == 201, narrowed.text
    standard = await market.post(path, "ada", {**body, "terms": None})
    assert narrowed.json()["terms_hash"] != standard.json()["terms_hash"]
    assert {"label": "Territory", "text": "Germany"} in narrowed.json()["schedule"]


async def test_only_the_owner_lists_and_once(market: Market) -> None:
    track = await market.track()
    listing = await market.draft(track)
    with pytest.raises(TrackListedAlready):
        await market.draft(track)
    with pytest.raises(NotFound):
        async with market.units.begin(market.members["bob"].actor) as uow:
            await service.publish(uow, listing_id=listing)
    with pytest.raises(NotFound):
        async with market.units.begin(market.members["bob"].actor) as uow:
            await service.open_listing(
                uow,
                track_id=track,
                description="",
                generation_plan="pro",
                generation_terms_sha256="0" * 64,
            )


async def test_a_withdrawn_listing_may_be_followed_by_another(market: Market) -> None:
    track = await market.track()
    listing, offer = await market.on_sale(track)
    answer = await market.http.delete(
        f"/v1/listings/{listing}/publication", headers=market.members["ada"].headers
    )
    assert answer.json()["state"] == "withdrawn"
    assert (await market.get(f"/v1/listings/{listing}")).status_code == 410
    refused = await market.post("/v1/orders", "dora", {"offer_id": offer})
    assert refused.json()["type"].endswith(f"/{NotForSale.slug}")
    with pytest.raises(IllegalTransition):
        await publish(market, listing)
    await market.on_sale(track)


async def test_the_public_sees_published_listings_only(market: Market) -> None:
    track = await market.track()
    listing = await market.draft(track)
    assert (await market.get(f"/v1/listings/{listing}")).status_code == 404
    assert (await market.get("/v1/listings")).json() == []
    await market.share(listing)
    await market.offer(listing)
    await publish(market, listing)
    (shown,) = (await market.get("/v1/listings")).json()
    assert shown == (await market.get(f"/v1/listings/{listing}")).json()
    assert shown["offers"][0]["price"] == {"amount_minor": 2_000, "currency": "EUR"}
    assert (await market.get(f"/v1/listings?before={listing}")).json() == []


async def test_a_case_makes_a_listing_vanish_and_come_back(market: Market) -> None:
    track = await market.track()
    listing, offer = await market.on_sale(track)
    restrictions = await market.restrict(track)
    gone = await market.get(f"/v1/listings/{listing}")
    assert (gone.status_code, gone.json()["type"].rpartition("/")[2]) == (410, "listing-withheld")
    assert (await market.get("/v1/listings")).json() == []
    assert (await market.get(f"/v1/listings/{listing}", "ada")).status_code == 200
    assert (await market.post("/v1/orders", "dora", {"offer_id": offer})).status_code == 410
    async with market.units.begin(HOUSE) as uow:
        for restriction_id in restrictions:
            await catalog.lift(uow, restriction_id=restriction_id)
    assert (await market.get(f"/v1/listings/{listing}")).status_code == 200


async def test_a_withdrawn_offer_is_not_sold(market: Market) -> None:
    listing, offer = await market.on_sale()
    answer = await market.http.delete(
        f"/v1/listings/{listing}/offers/{offer}", headers=market.members["ada"].headers
    )
    assert answer.status_code == 200
    refused = await market.post("/v1/orders", "dora", {"offer_id": offer})
    assert refused.json()["type"].endswith("/offer-withdrawn")


async def test_nobody_reviews_the_evidence_for_their_own_listing(market: Market) -> None:
    listing = await market.draft(await market.track())
    ada = market.members["ada"].actor
    reviewer = type(ada)(
        kind=ada.kind, user_id=ada.user_id, roles=market.members["rita"].actor.roles
    )
    with pytest.raises(Forbidden):
        async with market.units.begin(reviewer) as uow:
            await service.accept_ownership_evidence(
                uow, listing_id=listing, document_sha256="ab" * 32
            )


async def test_a_price_is_more_than_nothing(market: Market) -> None:
    listing = await market.draft(await market.track())
    with pytest.raises(InvalidTerms):
        await market.offer(listing, price=Money(0, "EUR"))
