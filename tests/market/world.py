"""A small market: a countersigned track with real files, its people, Stripe's stand-in, HTTP."""

from __future__ import annotations

import hashlib
import io
import wave
from dataclasses import dataclass, field
from typing import Any

import httpx
import stripe

from app.catalog import assets
from app.catalog import service as catalog
from app.catalog.assets import Upload
from app.catalog.jobs import CatalogJobs
from app.catalog.models import AssetRole, RestrictionKind
from app.catalog.sniffing import sniff
from app.core.actor import Actor, ActorKind, Role, system
from app.core.clock import TestClock
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.identity import service as identity
from app.identity.models import Organisation, Person, RoleGrant
from app.market import service as market
from app.market.jobs import MarketJobs
from app.payments.jobs import PaymentsJobs
from app.provenance import service as provenance
from app.provenance.countersignature import ScreeningVerdict
from app.provenance.house import HouseKeys
from app.provenance.music_generation import GeneratorName, Stem
from app.screening import service as screenings
from app.screening.evidence import FORMAT, EvidenceDocument
from app.screening.lifecycle import Occasion
from app.screening.policy import CURRENT
from licensing.attestations import REQUIRED
from licensing.money import Money
from licensing.splits import Role as SplitRole
from licensing.splits import Share
from licensing.templates import COMMERCIAL_NON_EXCLUSIVE_1, OfferKind
from similarity.match import Verdict
from tests.conftest import RecordedJobs
from tests.provenance import generators
from tests.stripe_standin.process import RunningStandin

HOUSE = system("tests")
WEBHOOK_SECRET = "whsec_of_the_market_tests"
TERMS = hashlib.sha256(b"terms of the vendor on the day").hexdigest()
PRICE = Money(2_000, "EUR")


def wav(seed: int) -> bytes:
    """A tenth of a second of sound; another seed gives other bytes."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes((seed * step) % 251 for step in range(1_600)))
    return buffer.getvalue()


MIX, STEM = wav(7), wav(11)


@dataclass
class Member:
    """Somebody with an account: as an actor, and over HTTP."""

    actor: Actor
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return self.actor.person_id


@dataclass
class Market:
    """The people and engines of a test, and what they commonly do."""

    units: UnitOfWorkFactory
    clock: TestClock
    runtime: Runtime
    house: HouseKeys
    jobs: RecordedJobs
    standin: RunningStandin
    catalog_jobs: CatalogJobs
    market_jobs: MarketJobs
    payments_jobs: PaymentsJobs
    http: httpx.AsyncClient
    members: dict[str, Member] = field(default_factory=dict)
    _worked: int = 0

    async def join(self, name: str, *roles: Role) -> Member:
        """Open an account; its name says who it is from then on."""
        async with self.units.begin(HOUSE) as uow:
            person = await _person(uow, name, frozenset(roles))
            _, secret = await identity.create_api_key(uow, person_id=person.id, name="tests")
        actor = Actor(
            kind=ActorKind.API_KEY,
            user_id=person.id,
            organisation_id=person.organisation_id,
            roles=frozenset(roles),
        )
        self.members[name] = Member(actor, {"Authorization": f"Bearer {secret}"})
        return self.members[name]

    async def track(
        self,
        *,
        generator: str = "SongGen",
        countersigned: bool = True,
        attested: bool = True,
        seed: int = 7,
    ) -> str:
        """A track of Ada's with a mix and a stem, submitted, cleared and countersigned."""
        ada = self.members["ada"].actor
        async with self.units.begin(generators.OPERATOR) as uow:
            vendor = await generators.register(uow, name=generator)
        mix, stem = wav(seed), wav(seed + 100)
        async with self.units.begin(ada) as uow:
            track = await catalog.open_track(uow, title="Kite in May", artist_name="Ada")
            await self._upload(uow, track.id, AssetRole.MIX, "kite.wav", mix)
            await self._upload(uow, track.id, AssetRole.STEM, "vocals.wav", stem)
        digests = [hashlib.sha256(data).hexdigest() for data in (mix, stem)]
        declared = generators.generation(
            generator=GeneratorName(name=generator, version="2.1", provider="Example Labs"),
            stems=(Stem(sha256=digests[1], role="vocals"),),
            steps=(),
        )
        envelope = generators.envelope(
            vendor.signer, generators.payload(declared, assets=tuple(digests))
        )
        async with self.units.begin(ada) as uow:
            await catalog.submit(uow, track_id=track.id, envelope=envelope)
            if attested:
                await catalog.sign_attestations(
                    uow, track_id=track.id, references=[one.reference for one in REQUIRED]
                )
        if countersigned:
            await self.clear(track.id)
        return track.id

    async def clear(self, track_id: str) -> None:
        """Screen, clear and countersign a submitted track."""
        async with self.units.begin(HOUSE) as uow:
            track = await catalog.mark_screening(uow, track_id=track_id)
            await catalog.mark_screened(uow, track_id=track_id, verdict=Verdict.CLEAR)
            assert track.provenance_statement_id is not None
            statement = await provenance.countersign(
                uow,
                house=self.house,
                track_id=track_id,
                statement_id=track.provenance_statement_id,
                policy="https://market.example/policies/screening/1",
                verdict=ScreeningVerdict.CLEAR,
                evidence_sha256="0" * 64,
            )
            await catalog.mark_countersigned(uow, track_id=track_id, statement_id=statement.id)
        await self.catalog_jobs.release(track_id)

    async def doubt(self, track_id: str, withheld: OfferKind) -> None:
        """Screening cleared the track, but not for one kind of licence."""
        licences = dict.fromkeys(OfferKind, Verdict.CLEAR) | {withheld: Verdict.REVIEW}
        evidence = EvidenceDocument(
            format=FORMAT,
            policy=CURRENT.uri,
            engine="tests",
            track_id=track_id,
            verdict=Verdict.CLEAR,
            licences=licences,
            reasons=[],
            advice=[],
            corpora={},
            files=[],
            matches=[],
        )
        async with self.units.begin(HOUSE) as uow:
            screening = await screenings.new_screening(
                uow, track_id=track_id, occasion=Occasion.SUBMISSION
            )
            screening.evidence = evidence.canonical()

    async def draft(self, track_id: str, *, plan: str = "pro") -> str:
        """A draft listing of a track of Ada's."""
        async with self.units.begin(self.members["ada"].actor) as uow:
            listing = await market.open_listing(
                uow,
                track_id=track_id,
                description="A slow air",
                generation_plan=plan,
                generation_terms_sha256=TERMS,
            )
        return listing.id

    async def share(self, listing_id: str) -> None:
        """Ada, Bob and Cleo share what a listing earns."""
        shares = [
            Share(self.members["ada"].id, SplitRole.PRODUCER, 5_000),
            Share(self.members["bob"].id, SplitRole.COMPOSER, 3_333),
            Share(self.members["cleo"].id, SplitRole.LYRICIST, 1_667),
        ]
        async with self.units.begin(self.members["ada"].actor) as uow:
            await market.set_split_sheet(uow, listing_id=listing_id, shares=shares)

    async def offer(
        self,
        listing_id: str,
        template: str = COMMERCIAL_NON_EXCLUSIVE_1.reference,
        price: Money = PRICE,
    ) -> str:
        """Offer a licence of one of Ada's listings."""
        async with self.units.begin(self.members["ada"].actor) as uow:
            offer = await market.add_offer(
                uow, listing_id=listing_id, template=template, price=price
            )
        return offer.id

    async def on_sale(self, track_id: str | None = None) -> tuple[str, str]:
        """A published listing and its offer."""
        listing_id = await self.draft(track_id or await self.track())
        await self.share(listing_id)
        offer_id = await self.offer(listing_id)
        async with self.units.begin(self.members["ada"].actor) as uow:
            await market.publish(uow, listing_id=listing_id)
        return listing_id, offer_id

    async def order(self, offer_id: str, buyer: str = "dora") -> str:
        """Order a licence over HTTP."""
        answer = await self.post("/v1/orders", buyer, {"offer_id": offer_id})
        assert answer.status_code == 201, answer.text
        order_id: str = answer.json()["id"]
        return order_id

    async def pay(self, order_id: str, buyer: str = "dora", card: str = "pm_card_visa") -> str:
        """Pay an order as a browser does; the id of its PaymentIntent. Webhooks wait."""
        answer = await self.post(f"/v1/orders/{order_id}/payment", buyer)
        assert answer.status_code == 200, answer.text
        payment = answer.json()
        self.standin.confirm(payment["client_secret"], card)
        intent_id: str = payment["payment_intent"]
        return intent_id

    async def buy(self, offer_id: str, buyer: str = "dora") -> str:
        """Order, pay, and let everything be applied; the id of the order."""
        order_id = await self.order(offer_id, buyer)
        await self.hear(await self.pay(order_id, buyer))
        return order_id

    def events_of(self, intent_id: str) -> list[dict[str, Any]]:
        """What Stripe has to say about a payment, oldest first."""
        events = [
            event
            for event in self.standin.objects("events")
            if intent_id in {event["data"]["object"].get(key) for key in ("id", "payment_intent")}
        ]
        return list(reversed(events))

    async def hear(self, intent_id: str) -> None:
        """Deliver all events of a payment and work their jobs."""
        for event in self.events_of(intent_id):
            assert (await self.deliver(event)).status_code == 200
        await self.work()

    async def deliver(self, event: dict[str, Any]) -> httpx.Response:
        """One signed webhook."""
        body = stripe.StripeObject.construct_from(event, None)
        text = str(body)
        signature = stripe.WebhookSignature.generate_signature_header(text, WEBHOOK_SECRET)
        return await self.http.post(
            "/webhooks/stripe", content=text.encode(), headers={"Stripe-Signature": signature}
        )

    async def work(self) -> None:
        """Work the jobs that were enqueued since the last time, as the engine would."""
        workers = {
            "catalog.release": self.catalog_jobs.release,
            "payments.apply-stripe-event": self.market_jobs.apply_stripe_event,
            "payments.submit-refund": self.payments_jobs.submit_refund,
        }
        while self._worked < len(self.jobs.enqueued):
            name, _, arguments = self.jobs.enqueued[self._worked]
            self._worked += 1
            await workers[name](*arguments)

    async def restrict(self, track_id: str, case_id: str = "ntc_1") -> list[str]:
        """A case withholds the track from market and buyers."""
        async with self.units.begin(HOUSE) as uow:
            made = [
                await catalog.restrict(uow, track_id=track_id, kind=kind, case_id=case_id)
                for kind in (RestrictionKind.UNLISTED, RestrictionKind.DOWNLOAD_REFUSED)
            ]
        return [restriction.id for restriction in made]

    async def get(self, path: str, who: str | None = None, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers={**self._headers(who), **headers})

    async def post(
        self, path: str, who: str | None = None, body: object = None, **headers: str
    ) -> httpx.Response:
        return await self.http.post(path, json=body, headers={**self._headers(who), **headers})

    def _headers(self, who: str | None) -> dict[str, str]:
        return {} if who is None else self.members[who].headers

    async def _upload(
        self, uow: UnitOfWork, track_id: str, role: AssetRole, name: str, data: bytes
    ) -> None:
        stored = await self.runtime.storage.put(data)
        upload = Upload(role, name, stored, sniff(data))
        await assets.claim_file(uow, track_id=track_id, upload=upload)
        await assets.add_asset(uow, track_id=track_id, upload=upload)


async def _person(uow: UnitOfWork, name: str, roles: frozenset[Role]) -> Person:
    house = Organisation(id=uow.new_id("org"), name=name, created_at=uow.now)
    uow.session.add(house)
    await uow.session.flush()
    person_id = uow.new_id("usr")
    person = Person(
        id=person_id,
        organisation_id=house.id,
        email=f"{name}@example.org",
        display_name=name.title(),
        password_hash="none",
        created_at=uow.now,
        closed_at=None,
        role_grants=[
            RoleGrant(person_id=person_id, role=role, granted_at=uow.now) for role in roles
        ],
    )
    uow.session.add(person)
    await uow.session.flush()
    return person
