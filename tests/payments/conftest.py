"""A track, its parties, and sales of it, without the floors that would bring them about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from app.catalog.lifecycle import TrackState
from app.catalog.models import Track
from app.core.actor import system
from app.core.clock import TestClock
from app.core.ids import new_id
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.identity.models import Organisation, Person
from app.payments import ledger, service
from licensing.ledger import Bucket
from licensing.money import Money
from licensing.splits import FeePolicy, Role, SaleShares, Share, SplitSheet, share_sale

HOUSE = system("tests")
FEES = FeePolicy(platform_fee_basis_points=1_500)


@dataclass
class Studio:
    """Three people who share what a track earns."""

    units: UnitOfWorkFactory
    clock: TestClock
    parties: tuple[str, str, str]
    track_id: str

    def new_order(self) -> str:
        return new_id("ord", self.clock.now())

    def shares(self, gross: int = 2_000, fee: int = 88, currency: str = "EUR") -> SaleShares:
        ada, bob, cleo = self.parties
        sheet = SplitSheet(
            1,
            (
                Share(ada, Role.PRODUCER, 5_000),
                Share(bob, Role.COMPOSER, 3_333),
                Share(cleo, Role.LYRICIST, 1_667),
            ),
        )
        return share_sale(Money(gross, currency), FEES, sheet, Money(fee, currency))

    async def sell(self, *, gross: int = 2_000, fee: int = 88, order_id: str | None = None) -> str:
        order_id = order_id or self.new_order()
        async with self.units.begin(HOUSE) as uow:
            await service.record_sale(
                uow,
                order_id=order_id,
                track_id=self.track_id,
                shares=self.shares(gross, fee),
            )
        return order_id

    async def hold(self, case_id: str) -> None:
        async with self.units.begin(HOUSE) as uow:
            await service.hold_shares(uow, track_id=self.track_id, case_id=case_id)

    async def release(self, case_id: str) -> None:
        async with self.units.begin(HOUSE) as uow:
            await service.release_shares(uow, case_id=case_id)

    async def mature(self) -> int:
        """Mature all that is due; how many sales there were."""
        async with self.units.look(HOUSE) as uow:
            due = await service.due_sales(uow.session, uow.now)
        for order_id in due:
            async with self.units.begin(HOUSE) as uow:
                await service.mature_sale(uow, order_id=order_id)
        return len(due)

    async def buckets(self, party: str | None = None) -> dict[str, int]:
        """One party's buckets that hold something; of the first party unless told."""
        async with self.units.look(HOUSE) as uow:
            rows = await ledger.balances_of(uow.session, party or self.parties[0])
        return {bucket.value: money.minor for bucket, money in rows if money.minor}

    async def owed(self) -> Mapping[Bucket, int]:
        """What all parties have in each bucket."""
        total = dict.fromkeys(Bucket, 0)
        async with self.units.look(HOUSE) as uow:
            for party in self.parties:
                for bucket, money in await ledger.balances_of(uow.session, party):
                    total[bucket] += money.minor
        return total

    async def account(self, code: str, currency: str = "EUR") -> int:
        async with self.units.look(HOUSE) as uow:
            rows = await ledger.trial_balance(uow.session)
        found = [row.minor for row in rows if (row.account, row.currency) == (code, currency)]
        return found[0] if found else 0

    async def check(self) -> None:
        """What must hold at any moment: zero in each currency, kept balances in step."""
        async with self.units.look(HOUSE) as uow:
            rows = await ledger.trial_balance(uow.session)
            gaps = await ledger.balances_out_of_step(uow.session)
        for currency in {row.currency for row in rows}:
            assert sum(row.minor for row in rows if row.currency == currency) == 0
        assert gaps == []


async def open_studio(units: UnitOfWorkFactory, clock: TestClock) -> Studio:
    async with units.begin(HOUSE) as uow:
        parties = await _people(uow)
        track = Track(
            id=uow.new_id("trk"),
            owner_id=parties[0],
            organisation_id=await _organisation(uow),
            title="Kite in May",
            artist_name="Ada and the Engines",
            state=TrackState.COUNTERSIGNED,
            created_at=uow.now,
            provenance_statement_id=None,
            countersignature_id=None,
            assets=[],
        )
        uow.session.add(track)
    return Studio(units, clock, parties, track.id)


async def _organisation(uow: UnitOfWork) -> str:
    house = Organisation(id=uow.new_id("org"), name="Engines", created_at=uow.now)
    uow.session.add(house)
    await uow.session.flush()
    return house.id


async def _people(uow: UnitOfWork) -> tuple[str, str, str]:
    house = await _organisation(uow)
    people = [
        Person(
            id=uow.new_id("usr"),
            organisation_id=house,
            email=f"{uow.new_id('usr')}@example.org",
            display_name=name,
            password_hash="none",
            created_at=uow.now,
            closed_at=None,
            role_grants=[],
        )
        for name in ("ada", "bob", "cleo")
    ]
    uow.session.add_all(people)
    await uow.session.flush()
    ada, bob, cleo = (person.id for person in people)
    return ada, bob, cleo


@pytest.fixture
async def studio(units: UnitOfWorkFactory, clock: TestClock) -> Studio:
    return await open_studio(units, clock)
