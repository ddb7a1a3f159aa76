"""A track on the market, its uploader, those who work the desk, and a rights holder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.cases import clocks, counter_notices, court_review, filing, service, timeline
from app.cases.access import counter_notice_to, strike_for
from app.cases.agent import DesignatedAgent
from app.cases.expiry import act_on_clock
from app.cases.filing import Filed
from app.cases.intake import CounterFiling, Filing
from app.cases.models import CaseClock, CaseEvent, Finding, Forum, Notice, Outcome, Party
from app.catalog import service as catalog
from app.catalog.lifecycle import TrackState
from app.catalog.models import RestrictionKind, Track
from app.core.actor import ANONYMOUS, Actor, ActorKind, Role, system
from app.core.ids import new_id
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.identity.models import Organisation, Person, RoleGrant
from app.market.models import Listing
from app.payments import ledger
from app.payments import service as payments
from licensing.ledger import Bucket
from licensing.lifecycles.listing import ListingState
from licensing.money import Money
from licensing.notices import Contact
from licensing.splits import FeePolicy, Share, SplitSheet, share_sale
from licensing.splits import Role as ShareRole

AGENT: Final = DesignatedAgent(
    platform="Test Market", zone=ZoneInfo("America/New_York"), public_url="https://market.example"
)
HOUSE: Final = system("tests")
NOTIFIER: Final = Contact(
    name="Clara Composer", address="1 Elm Street, Boston", telephone="", email="clara@label.example"
)
UPLOADER: Final = Contact(
    name="Ursula Uploader", address="2 Oak Street, Denver", telephone="+1 303 555 0100", email=""
)
REASONING: Final = "The melody is that of the work, bar for bar."


def complete_filing(*locations: str, works: tuple[str, ...] = ("Evening Song",)) -> Filing:
    """A notice with all six elements."""
    return Filing(
        signature="Clara Composer",
        works=works,
        locations=locations,
        contact=NOTIFIER,
        states_good_faith=True,
        considered_fair_use=True,
        states_accuracy=True,
        states_authority_under_perjury=True,
    )


def complete_counter_filing() -> CounterFiling:
    """A counter notice with all elements."""
    return CounterFiling(
        signature="Ursula Uploader",
        material=("Morning Song, sold at https://market.example",),
        contact=UPLOADER,
        explanation="I wrote it myself.",
        states_mistake_under_perjury=True,
        consents_to_jurisdiction=True,
        accepts_service=True,
    )


@dataclass
class World:
    """What the tests act upon."""

    units: UnitOfWorkFactory
    uploader: Actor
    reviewer: Actor
    colleague: Actor
    lawyers: tuple[Actor, Actor, Actor]
    auditor: Actor
    track_id: str
    listing_id: str

    @classmethod
    async def build(cls, units: UnitOfWorkFactory) -> World:
        async with units.begin(HOUSE) as uow:
            uploader = await _person(uow, "Ursula", Role.CREATOR)
            track = await _track(uow, uploader)
            return cls(
                units=units,
                uploader=uploader,
                reviewer=await _person(uow, "Rita", Role.REVIEWER),
                colleague=await _person(uow, "Ralf", Role.REVIEWER),
                lawyers=(
                    await _person(uow, "Lea", Role.LEGAL),
                    await _person(uow, "Leo", Role.LEGAL),
                    await _person(uow, "Lia", Role.LEGAL),
                ),
                auditor=await _person(uow, "Aude", Role.AUDITOR),
                track_id=track.id,
                listing_id=await _listing(uow, track),
            )

    async def another_track(self) -> tuple[str, str]:
        """A further track of the uploader and its listing."""
        async with self.units.begin(HOUSE) as uow:
            track = await _track(uow, self.uploader)
            return track.id, await _listing(uow, track)

    async def sell(self, gross: int = 2_000) -> None:
        """A sale whose earnings are the uploader's, pending."""
        assert self.uploader.user_id is not None
        sheet = SplitSheet(1, (Share(self.uploader.user_id, ShareRole.PRODUCER, 10_000),))
        shares = share_sale(Money(gross, "EUR"), FeePolicy(1_500), sheet, Money(88, "EUR"))
        async with self.units.begin(HOUSE) as uow:
            await payments.record_sale(
                uow, order_id=uow.new_id("ord"), track_id=self.track_id, shares=shares
            )

    async def buckets(self) -> dict[Bucket, int]:
        """What the uploader's buckets hold, those with nothing left out."""
        async with self.units.look(HOUSE) as uow:
            held = await ledger.balances_of(uow.session, self.uploader.person_id)
        return {bucket: money.minor for bucket, money in held if money.minor}

    async def file(self, filed: Filing | None = None) -> Filed:
        """File a notice; a complete one about the track unless told."""
        async with self.units.begin(ANONYMOUS) as uow:
            found = await filing.file_notice(uow, AGENT, filed or complete_filing(self.listing_id))
        assert len(found) == 1
        return found[0]

    async def claim(self, notice_id: str, reviewer: Actor | None = None) -> int:
        """Claim as the reviewer; the version to decide upon."""
        version = (await self.notice(notice_id)).version
        async with self.units.begin(reviewer or self.reviewer) as uow:
            notice = await service.claim_notice(uow, notice_id=notice_id, expected_version=version)
        return notice.version

    async def decide(self, notice_id: str, outcome: Outcome = Outcome.ACCEPT) -> Notice:
        """Claim and decide as the reviewer."""
        version = await self.claim(notice_id)
        async with self.units.begin(self.reviewer) as uow:
            return await service.decide_notice(
                uow,
                AGENT,
                notice_id=notice_id,
                outcome=outcome,
                reasoning=REASONING,
                private_note="Asked Ralf, who agrees.",
                expected_version=version,
            )

    async def accepted(self) -> Filed:
        """A notice that took the track down."""
        filed = await self.file()
        await self.decide(filed.notice.id)
        return filed

    async def counter(self, notice_id: str, counter: CounterFiling | None = None) -> None:
        """The uploader's counter notice; complete unless told."""
        async with self.units.begin(self.uploader) as uow:
            await counter_notices.file_counter_notice(
                uow, AGENT, notice_id=notice_id, filing=counter or complete_counter_filing()
            )

    async def retract(self, filed: Filed) -> None:
        async with self.units.begin(ANONYMOUS) as uow:
            await service.retract_notice(uow, notice_id=filed.notice.id, token=filed.token)

    async def sue(self, filed: Filed) -> None:
        """The notifier reports a court action of today."""
        async with self.units.begin(ANONYMOUS) as uow:
            await court_review.report_court_action(
                uow,
                AGENT,
                notice_id=filed.notice.id,
                token=filed.token,
                forum=Forum.DISTRICT_COURT,
                court="D. Mass.",
                docket_number="1:26-cv-10000",
                filed_on=uow.now.date(),
                relief_sought="an order restraining the sale of the recording",
            )

    async def opine(self, notice_id: str, lawyer: Actor, finding: Finding) -> None:
        version = (await self.notice(notice_id)).version
        async with self.units.begin(lawyer) as uow:
            await court_review.give_legal_opinion(
                uow,
                AGENT,
                notice_id=notice_id,
                finding=finding,
                private_note="",
                expected_version=version,
            )

    async def restore_by_hand(self, notice_id: str, actor: Actor) -> None:
        version = (await self.notice(notice_id)).version
        async with self.units.begin(actor) as uow:
            await counter_notices.restore(
                uow, notice_id=notice_id, reason="A court said so.", expected_version=version
            )

    async def sweep(self) -> int:
        """Act on all clocks that are due; how many were."""
        async with self.units.look(HOUSE) as uow:
            due = await clocks.due(uow.session, uow.now, 1_000)
        acted = 0
        for clock_id in due:
            async with self.units.begin(system("case clocks")) as uow:
                acted += await act_on_clock(uow, AGENT, clock_id=clock_id)
        return acted

    async def notice(self, notice_id: str) -> Notice:
        async with self.units.look(HOUSE) as uow:
            return await uow.session.get_one(Notice, notice_id)

    async def states(self, notice_id: str) -> dict[str, str]:
        """The states of the notice, its counter notice and its strike, as the rows say."""
        async with self.units.look(HOUSE) as uow:
            notice = await uow.session.get_one(Notice, notice_id)
            counter = await counter_notice_to(uow, notice)
            strike = await strike_for(uow, notice)
        found = {"notice": notice.state.value}
        if counter is not None:
            found["counter_notice"] = counter.state.value
        if strike is not None:
            found["strike"] = strike.state.value
        return found

    async def events(self, notice_id: str) -> list[CaseEvent]:
        async with self.units.look(HOUSE) as uow:
            return await timeline.events_of(uow.session, notice_id)

    async def clock(self, notice_id: str, name: str) -> CaseClock:
        async with self.units.look(HOUSE) as uow:
            query = sa.select(CaseClock).where(
                CaseClock.notice_id == notice_id, CaseClock.name == name
            )
            return (await uow.session.scalars(query)).one()

    async def in_force(self, case_id: str | None = None) -> set[RestrictionKind]:
        """What is withheld of the track, by one case or by any."""
        async with self.units.look(HOUSE) as uow:
            found = await catalog.restrictions_in_force(uow.session, self.track_id, uow.now)
        return {each.kind for each in found if case_id in {None, each.case_id}}

    async def notifier(self, notice_id: str) -> Party:
        async with self.units.look(HOUSE) as uow:
            notice = await uow.session.get_one(Notice, notice_id)
            return await uow.session.get_one(Party, notice.notifier_id)


async def _person(uow: UnitOfWork, name: str, role: Role) -> Actor:
    house = Organisation(id=uow.new_id("org"), name=name, created_at=uow.now)
    uow.session.add(house)
    await uow.session.flush()
    person = Person(
        id=uow.new_id("usr"),
        organisation_id=house.id,
        email=f"{name.casefold()}@people.example",
        display_name=name,
        password_hash="unused",
        created_at=uow.now,
        closed_at=None,
        role_grants=[],
    )
    uow.session.add(person)
    person.role_grants.append(RoleGrant(person_id=person.id, role=role, granted_at=uow.now))
    await uow.session.flush()
    return Actor(
        kind=ActorKind.PERSON,
        user_id=person.id,
        organisation_id=house.id,
        roles=frozenset({role}),
        label=name,
    )


async def _track(uow: UnitOfWork, uploader: Actor) -> Track:
    track = Track(
        id=uow.new_id("trk"),
        owner_id=uploader.person_id,
        organisation_id=uploader.organisation_id or "",
        title="Morning Song",
        artist_name="Ursula",
        state=TrackState.COUNTERSIGNED,
        created_at=uow.now,
        provenance_statement_id=None,
        countersignature_id=None,
        assets=[],
    )
    uow.session.add(track)
    await uow.session.flush()
    return track


async def _listing(uow: UnitOfWork, track: Track) -> str:
    listing = Listing(
        id=uow.new_id("lst"),
        track_id=track.id,
        owner_id=track.owner_id,
        description="",
        state=ListingState.PUBLISHED,
        generation_plan="pro",
        generation_terms_sha256="0" * 64,
        created_at=uow.now,
        published_at=uow.now,
    )
    uow.session.add(listing)
    await uow.session.flush()
    return listing.id


def without(filed: Filing, **elements: object) -> Filing:
    """The filing with some of its elements replaced."""
    return replace(filed, **elements)  # type: ignore[arg-type]


def unused_listing_id(at: datetime) -> str:
    """An id that no listing has."""
    return new_id("lst", at)
