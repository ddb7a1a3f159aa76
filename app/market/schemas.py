"""The market on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.catalog.models import Track
from app.market.delivery import DownloadLink
from app.market.models import Grant, Listing, Offer, Order, Split
from app.payments.lifecycle import PaymentState
from app.payments.models import Payment
from app.payments.schemas import AmountMinor, Currency, MoneyView
from app.payments.stripe_objects import Intent
from licensing.lifecycles.grant import GrantState
from licensing.lifecycles.listing import ListingState
from licensing.lifecycles.order import OrderState
from licensing.schedule import schedule
from licensing.splits import Role, Share
from licensing.templates import template_of
from licensing.templates.template import LicenceTemplate, OfferKind
from licensing.terms import LicenceTerms

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Generation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """On what terms the track was generated: decides which licences may be sold."""

    plan: Annotated[str, msgspec.Meta(min_length=1, max_length=120, examples=["pro"])]
    """Your plan with the generator's vendor on the day the track was made."""

    terms_sha256: Sha256
    """SHA-256 of the vendor's terms in force on that day."""


class NewListing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A track to be offered for sale."""

    track_id: str
    generation: Generation
    description: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class NewOffer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A licence for a price; without ``terms`` the template's own."""

    template: Annotated[str, msgspec.Meta(examples=["lic:commercial-non-exclusive@1"])]
    price_minor: AmountMinor
    currency: Currency
    terms: dict[str, Any] | None = None


class NewShare(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One party's share for one role."""

    party_id: Annotated[str, msgspec.Meta(examples=["usr_01jd3v9w0mf7v8ap3v5k3m3r2c"])]
    role: Role
    basis_points: int

    def value(self) -> Share:
        return Share(self.party_id, self.role, self.basis_points)


class NewSplit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """All shares; they add up to 10,000 basis points."""

    shares: Annotated[list[NewShare], msgspec.Meta(min_length=1, max_length=100)]


class OwnershipEvidence(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The digest of a document that shows the creator's ownership of the track."""

    document_sha256: Sha256


class NewOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The licence to buy."""

    offer_id: str


class TemplateView(msgspec.Struct, kw_only=True):
    """A licence in plain words, and the terms that it has unless an offer narrows them."""

    reference: str
    kind: OfferKind
    title: str
    text: str
    text_sha256: str
    standard_terms: dict[str, Any]

    @classmethod
    def of(cls, template: LicenceTemplate) -> TemplateView:
        return cls(
            reference=template.reference,
            kind=template.kind,
            title=template.title,
            text=template.text,
            text_sha256=template.text_sha256,
            standard_terms=template.standard_terms.document(),
        )


class ScheduleLineView(msgspec.Struct, kw_only=True):
    """One term in words."""

    label: str
    text: str


class OfferView(msgspec.Struct, kw_only=True):
    """A licence offer; ``schedule`` says its terms in words."""

    id: str
    template: str
    kind: OfferKind
    title: str
    price: MoneyView
    terms: dict[str, Any]
    terms_hash: str
    schedule: list[ScheduleLineView]

    @classmethod
    def of(cls, offer: Offer) -> OfferView:
        template = template_of(offer.template)
        return cls(
            id=offer.id,
            template=offer.template,
            kind=template.kind,
            title=template.title,
            price=MoneyView(amount_minor=offer.price_minor, currency=offer.currency),
            terms=offer.terms,
            terms_hash=offer.terms_hash,
            schedule=[
                ScheduleLineView(label=line.label, text=line.text)
                for line in schedule(LicenceTerms.from_document(offer.terms))
            ],
        )


class ListingView(msgspec.Struct, kw_only=True):
    """A listing as the public sees it; ``countersignature_id`` names our signed statement."""

    id: str
    track_id: str
    title: str
    artist_name: str
    description: str
    state: ListingState
    published_at: datetime | None
    countersignature_id: str | None
    offers: list[OfferView]

    @classmethod
    def of(cls, listing: Listing, track: Track) -> ListingView:
        return cls(
            id=listing.id,
            track_id=track.id,
            title=track.title,
            artist_name=track.artist_name,
            description=listing.description,
            state=listing.state,
            published_at=listing.published_at,
            countersignature_id=track.countersignature_id,
            offers=[OfferView.of(offer) for offer in listing.offers if offer.withdrawn_at is None],
        )


class ShareView(msgspec.Struct, kw_only=True):
    """One party's share for one role, in basis points."""

    party_id: str
    role: Role
    basis_points: int


class SplitView(msgspec.Struct, kw_only=True):
    """A version of a listing's split sheet; sales keep the version they were made under."""

    listing_id: str
    version: int
    shares: list[ShareView]

    @classmethod
    def of(cls, split: Split) -> SplitView:
        return cls(
            listing_id=split.listing_id,
            version=split.version,
            shares=[
                ShareView(party_id=share.party_id, role=share.role, basis_points=share.basis_points)
                for share in split.shares
            ],
        )


class OrderView(msgspec.Struct, kw_only=True):
    """An order with what it pins."""

    id: str
    listing_id: str
    offer_id: str
    track_id: str
    state: OrderState
    price: MoneyView
    terms_hash: str
    split_version: int
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None

    @classmethod
    def of(cls, order: Order) -> OrderView:
        return cls(
            id=order.id,
            listing_id=order.listing_id,
            offer_id=order.offer_id,
            track_id=order.track_id,
            state=order.state,
            price=MoneyView(amount_minor=order.price_minor, currency=order.currency),
            terms_hash=order.terms_hash,
            split_version=order.split_version,
            created_at=order.created_at,
            expires_at=order.expires_at,
            paid_at=order.paid_at,
        )


class PaymentView(msgspec.Struct, kw_only=True):
    """How to pay: confirm the PaymentIntent at Stripe with this secret and your card."""

    id: str
    order_id: str
    state: PaymentState
    amount: MoneyView
    payment_intent: str
    client_secret: str

    @classmethod
    def of(cls, payment: Payment, intent: Intent) -> PaymentView:
        return cls(
            id=payment.id,
            order_id=payment.order_id,
            state=payment.state,
            amount=MoneyView.of(intent.amount),
            payment_intent=intent.id,
            client_secret=intent.client_secret,
        )


class GrantView(msgspec.Struct, kw_only=True):
    """A licence that you hold, as it stands today."""

    id: str
    certificate_id: str
    order_id: str
    track_id: str
    state: GrantState
    issued_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, grant: Grant, standing: GrantState) -> GrantView:
        return cls(
            id=grant.id,
            certificate_id=grant.certificate_id,
            order_id=grant.order_id,
            track_id=grant.track_id,
            state=standing,
            issued_at=grant.issued_at,
            expires_at=grant.expires_at,
        )


class CertificateStatus(msgspec.Struct, kw_only=True):
    """Whether a certificate is good today; says nothing about who holds it."""

    certificate_id: str
    state: GrantState
    issued_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, grant: Grant, standing: GrantState) -> CertificateStatus:
        return cls(
            certificate_id=grant.certificate_id,
            state=standing,
            issued_at=grant.issued_at,
            expires_at=grant.expires_at,
        )


class FileLink(msgspec.Struct, kw_only=True):
    """One licensed file and the address that gives it until the link expires."""

    name: str
    role: str
    sha256: str
    size: int
    media_type: str
    url: str


class Download(msgspec.Struct, kw_only=True):
    """Links to the licensed files, the mix first; ``url`` is the mix."""

    url: str
    expires_at: datetime
    files: list[FileLink]

    @classmethod
    def of(cls, links: Sequence[DownloadLink]) -> Download:
        return cls(
            url=links[0].url,
            expires_at=links[0].expires_at,
            files=[
                FileLink(
                    name=link.file.name,
                    role=link.file.role.value,
                    sha256=link.file.sha256,
                    size=link.file.size,
                    media_type=link.file.media_type,
                    url=link.url,
                )
                for link in links
            ],
        )
