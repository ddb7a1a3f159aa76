"""What the public sees: listings, one listing with its licences and receipts, its preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from app.catalog.content import Content, serve
from app.catalog.models import Asset, AssetRole, Track
from app.console.evidence import Side, mix_of, read_evidence
from app.console.formats import LOCALE
from app.console.page import ConsoleRequest, Page
from app.console.preview import MEDIA_TYPE, SECONDS, PreviewCache
from app.console.story import story_of
from app.core.access import PUBLIC
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.market import service as market
from app.market.models import Listing, Offer
from app.screening.models import Screening
from licensing.money import Money
from licensing.schedule import ScheduleLine, schedule
from licensing.templates import template_of
from licensing.terms import LicenceTerms

_LISTINGS_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A licence in words that a buyer reads before buying."""

    id: str
    title: str
    price: str
    lines: tuple[ScheduleLine, ...]
    text: str
    terms_hash: str


@dataclass(frozen=True, slots=True)
class ListingCard:
    """A listing among others."""

    listing: Listing
    track: Track
    cheapest: str


class StorefrontController(Controller):
    """Pages without an account. What a case withholds answers 410."""

    path = "/listings"

    @get(opt=PUBLIC)
    async def index(
        self, request: ConsoleRequest, page: NamedDependency[Page], uow: NamedDependency[UnitOfWork]
    ) -> Template:
        """What is for sale, newest first."""
        found = await market.published(
            uow.session,
            at=uow.now,
            before=request.query_params.get("before"),
            limit=_LISTINGS_SHOWN,
        )
        cards = [ListingCard(listing, track, _cheapest(listing)) for listing, track in found]
        older = found[-1][0].id if len(found) == _LISTINGS_SHOWN else None
        return page.show("listings/index.html", cards=cards, older=older)

    @get("/{listing_id:str}", opt=PUBLIC)
    async def show(
        self,
        listing_id: FromPath[str],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Template:
        """One listing: what it is, how it was made, what a licence allows and costs."""
        listing, track = await market.listing_for(uow, listing_id)
        offers = [shown_offer(offer) for offer in listing.offers if offer.withdrawn_at is None]
        return page.show(
            "listings/show.html",
            listing=listing,
            track=track,
            offers=offers,
            preview=await _preview(uow, listing, track),
            story=await story_of(uow.session, track),
        )

    @get("/{listing_id:str}/preview.mp3", opt=PUBLIC)
    async def preview(
        self,
        listing_id: FromPath[str],
        request: ConsoleRequest,
        previews: NamedDependency[PreviewCache],
    ) -> Response[None] | Stream:
        """The first half minute, with Range requests so that players can seek."""
        async with request.app.state.units.look(request.user) as uow:
            _, track = await market.listing_for(uow, listing_id)
            mix = _mix(track)
        made = await previews.of_mix(mix.sha256)
        name = f"{listing_id}-preview.mp3"
        content = Content(made.sha256, made.size, MEDIA_TYPE, name, private=False)
        return serve(previews.storage, content, request.headers)


@get("/tracks/{track_id:str}", opt=PUBLIC)
async def show_rights(track_id: FromPath[str], uow: NamedDependency[UnitOfWork]) -> Redirect:
    """Where a released file's metadata says that its rights are told: the track's listing."""
    listing = await market.newest_listing(uow.session, track_id)
    return Redirect(f"/listings/{listing.id}")


def shown_offer(offer: Offer) -> ShownOffer:
    """An offer with its schedule written out."""
    template = template_of(offer.template)
    return ShownOffer(
        id=offer.id,
        title=template.title,
        price=Money(offer.price_minor, offer.currency).format(LOCALE),
        lines=schedule(LicenceTerms.from_document(offer.terms)),
        text=template.text,
        terms_hash=offer.terms_hash,
    )


def _cheapest(listing: Listing) -> str:
    """The lowest price in the currency of the first offer; amounts of two do not compare."""
    prices = [
        Money(offer.price_minor, offer.currency)
        for offer in listing.offers
        if offer.withdrawn_at is None
    ]
    if not prices:
        return ""
    comparable = [price for price in prices if price.currency == prices[0].currency]
    return min(comparable).format(LOCALE)


def _mix(track: Track) -> Asset:
    mix = next((asset for asset in track.assets if asset.role is AssetRole.MIX), None)
    if mix is None:
        raise NotFound("The track has no mix.")
    return mix


async def _preview(uow: UnitOfWork, listing: Listing, track: Track) -> Side | None:
    """The preview's player; its waveform is the beginning of the one that screening drew."""
    document = await uow.session.scalar(
        sa.select(Screening.evidence)
        .where(Screening.track_id == track.id, Screening.evidence.is_not(None))
        .order_by(Screening.id.desc())
        .limit(1)
    )
    mix = mix_of(track, None if document is None else read_evidence(document))
    if mix is None:
        return None
    length = min(mix.duration_s, SECONDS)
    heard = round(len(mix.peaks) * length / mix.duration_s) if mix.duration_s else 0
    return Side(
        name=track.title,
        audio_url=f"/listings/{listing.id}/preview.mp3",
        duration_s=length,
        peaks=mix.peaks[:heard],
    )
