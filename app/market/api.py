"""HTTP of the market's sellers: listings, offers, splits, publication."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from app.core.access import PUBLIC, SIGNED_IN, only
from app.core.actor import Role
from app.core.unit_of_work import UnitOfWork
from app.market import service
from app.market.buyer_api import (
    CertificateController,
    DeliveryController,
    GrantController,
    OrderController,
)
from app.market.schemas import (
    ListingView,
    NewListing,
    NewOffer,
    NewSplit,
    OfferView,
    OwnershipEvidence,
    SplitView,
    TemplateView,
)
from licensing.money import Money
from licensing.templates import TEMPLATES
from licensing.terms import LicenceTerms

BeforeQuery = Annotated[str | None, QueryParameter()]
PageSize = Annotated[int, QueryParameter(ge=1, le=100)]


class ListingController(Controller):
    """Tracks on the market."""

    path = "/v1/listings"
    tags = ["Listings"]

    @post("", opt=only(Role.CREATOR), operation_id="openListing")
    async def open(
        self, data: JSONBody[NewListing], uow: NamedDependency[UnitOfWork]
    ) -> ListingView:
        """A draft listing of your track."""
        listing = await service.open_listing(
            uow,
            track_id=data.track_id,
            description=data.description,
            generation_plan=data.generation.plan,
            generation_terms_sha256=data.generation.terms_sha256,
        )
        return ListingView.of(*await service.listing_for(uow, listing.id))

    @get("", opt=PUBLIC, operation_id="listListings")
    async def published(
        self,
        uow: NamedDependency[UnitOfWork],
        before: BeforeQuery = None,
        limit: PageSize = 50,
    ) -> list[ListingView]:
        """What is for sale, newest first; ``before`` is the last id of the page you have."""
        rows = await service.published(uow.session, at=uow.now, before=before, limit=limit)
        return [ListingView.of(listing, track) for listing, track in rows]

    @get("/mine", opt=SIGNED_IN, operation_id="listOwnListings")
    async def own(self, uow: NamedDependency[UnitOfWork]) -> list[ListingView]:
        """Your listings in every state, newest first."""
        rows = await service.listings_of(uow.session, uow.actor.person_id)
        return [ListingView.of(listing, track) for listing, track in rows]

    @get("/{listing_id:str}", opt=PUBLIC, operation_id="readListing")
    async def read(
        self, listing_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ListingView:
        """A listing with its licence offers. 410 while a case about the track withholds it."""
        return ListingView.of(*await service.listing_for(uow, listing_id))

    @put("/{listing_id:str}/split-sheet", opt=SIGNED_IN, operation_id="setSplitSheet")
    async def set_split(
        self,
        listing_id: FromPath[str],
        data: JSONBody[NewSplit],
        uow: NamedDependency[UnitOfWork],
    ) -> SplitView:
        """Say who shares the earnings of coming sales. Each change is a new version."""
        split = await service.set_split_sheet(
            uow, listing_id=listing_id, shares=[share.value() for share in data.shares]
        )
        return SplitView.of(split)

    @post("/{listing_id:str}/offers", opt=SIGNED_IN, operation_id="addOffer")
    async def add_offer(
        self,
        listing_id: FromPath[str],
        data: JSONBody[NewOffer],
        uow: NamedDependency[UnitOfWork],
    ) -> OfferView:
        """Offer a licence for a price."""
        offer = await service.add_offer(
            uow,
            listing_id=listing_id,
            template=data.template,
            price=Money(data.price_minor, data.currency),
            terms=None if data.terms is None else LicenceTerms.from_document(data.terms),
        )
        return OfferView.of(offer)

    @delete(
        "/{listing_id:str}/offers/{offer_id:str}",
        opt=SIGNED_IN,
        operation_id="withdrawOffer",
        status_code=200,
    )
    async def withdraw_offer(
        self,
        listing_id: FromPath[str],
        offer_id: FromPath[str],
        uow: NamedDependency[UnitOfWork],
    ) -> OfferView:
        """Stop offering a licence; those already bought stay good."""
        offer = await service.withdraw_offer(uow, listing_id=listing_id, offer_id=offer_id)
        return OfferView.of(offer)

    @put(
        "/{listing_id:str}/ownership-evidence",
        opt=only(Role.REVIEWER, Role.LEGAL),
        operation_id="acceptOwnershipEvidence",
    )
    async def accept_evidence(
        self,
        listing_id: FromPath[str],
        data: JSONBody[OwnershipEvidence],
        uow: NamedDependency[UnitOfWork],
    ) -> ListingView:
        """Note that you have seen a document showing the creator's ownership of the track."""
        listing = await service.accept_ownership_evidence(
            uow, listing_id=listing_id, document_sha256=data.document_sha256
        )
        return ListingView.of(*await service.listing_for(uow, listing.id))

    @post(
        "/{listing_id:str}/publication",
        opt=SIGNED_IN,
        operation_id="publishListing",
        status_code=200,
    )
    async def publish(
        self, listing_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ListingView:
        """Put a listing on the market. 409 names everything that is in the way."""
        listing = await service.publish(uow, listing_id=listing_id)
        return ListingView.of(*await service.listing_for(uow, listing.id))

    @delete(
        "/{listing_id:str}/publication",
        opt=SIGNED_IN,
        operation_id="withdrawListing",
        status_code=200,
    )
    async def withdraw(
        self, listing_id: FromPath[str], uow: NamedDependency[UnitOfWork]
    ) -> ListingView:
        """Take a listing off the market for good."""
        listing = await service.withdraw(uow, listing_id=listing_id)
        return ListingView.of(*await service.listing_for(uow, listing.id))

    @get("/{listing_id:str}/split-sheet", opt=SIGNED_IN, operation_id="readSplitSheet")
    async def split(self, listing_id: FromPath[str], uow: NamedDependency[UnitOfWork]) -> SplitView:
        """The current split sheet, for the listing's owner, its parties and staff."""
        return SplitView.of(await service.split_for(uow, listing_id=listing_id))


class TemplateController(Controller):
    """The licences that we keep."""

    path = "/v1/licence-templates"
    tags = ["Listings"]

    @get("", opt=PUBLIC, operation_id="listLicenceTemplates")
    async def templates(self) -> list[TemplateView]:
        """Every licence text, word for word, with its standard terms."""
        return [TemplateView.of(template) for template in TEMPLATES.values()]


CONTROLLERS = [
    ListingController,
    TemplateController,
    OrderController,
    GrantController,
    CertificateController,
    DeliveryController,
]
