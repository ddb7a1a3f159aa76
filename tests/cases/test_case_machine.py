"""Any order of commands, by anybody, at any time: the case stays true to the law and to itself."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.cases import timeline
from app.cases.filing import Filed
from app.cases.models import CaseEvent, Finding, Outcome, Thing
from app.catalog.models import Restriction, RestrictionKind
from app.core.clock import TestClock
from app.core.database import Database
from app.core.errors import ServiceError
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from licensing.calendar import add_business_days, local_day
from licensing.ledger import Bucket
from tests.cases.world import AGENT, HOUSE, World, complete_counter_filing, complete_filing
from tests.conftest import START, RecordedJobs

Result = TypeVar("Result")

SALE = 1_700  # what the uploader earns of each sale
CASE = st.integers(0, 9)


@dataclass
class Expected:
    """What must be true of one notice, told without looking at the service."""

    filed: Filed
    in_force: bool = False
    countered_at: datetime | None = None
    sued: bool = False
    withdrawn: bool = False


class CaseMachine(RuleBasedStateMachine):
    """Four notices about one track that sells, and all that may happen to them."""

    template: ClassVar[Path]
    reached: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="cases-"))
        shutil.copy(Settings(home=self.template).sqlite_path, Settings(home=self.home).sqlite_path)
        self.runner = asyncio.Runner()
        self.clock = TestClock(frozen_at=START)
        self.database = Database.connect(Settings(home=self.home))
        self.units = UnitOfWorkFactory(self.database, self.clock, RecordedJobs())
        self.cases: list[Expected] = []
        self.sold = 0

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.home)

    def run(self, action: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(action)

    def attempt(self, case: Expected, action: Coroutine[Any, Any, Any]) -> bool:
        """Whether it was allowed; where it was not, the case must be as it was before."""
        before = self.run(self.world.notice(case.filed.notice.id)).version
        try:
            self.run(action)
        except ServiceError:
            assert self.run(self.world.notice(case.filed.notice.id)).version == before
            return False
        return True

    def choose(self, number: int, likely: Callable[[Expected], bool]) -> Expected:
        """Mostly a case in which something is to be expected, so that stories go on; or any."""
        fitting = [case for case in self.cases if likely(case)]
        return fitting[number % len(fitting)] if fitting and number else self.cases[number % 4]

    @initialize()
    def open_the_market(self) -> None:
        """A notice was countered, one took effect, one is undecided, one lacks its signature."""
        self.world = self.run(World.build(self.units))
        for number, accepted in enumerate((True, True, False)):
            filing = complete_filing(self.world.listing_id, works=(f"Song {number}",))
            case = Expected(self.run(self.world.file(filing)), in_force=accepted)
            if accepted:
                self.run(self.world.decide(case.filed.notice.id))
            self.cases.append(case)
        self.run(self.world.counter(self.cases[0].filed.notice.id))
        self.cases[0].countered_at = self.clock.now()
        unsigned = replace(complete_filing(self.world.listing_id), signature="")
        self.cases.append(Expected(self.run(self.world.file(unsigned))))

    @rule(case=CASE, outcome=st.sampled_from(Outcome))
    def decide(self, case: int, outcome: Outcome) -> None:
        expected = self.choose(case, lambda case: not case.in_force and not case.withdrawn)
        try:
            self.run(self.world.decide(expected.filed.notice.id, outcome))
        except ServiceError:
            return
        expected.in_force = outcome is Outcome.ACCEPT

    @rule(case=CASE, complete=st.booleans())
    def counter(self, case: int, complete: bool) -> None:
        expected = self.choose(case, lambda case: case.in_force and case.countered_at is None)
        counter = replace(complete_counter_filing(), accepts_service=complete)
        allowed = self.attempt(expected, self.world.counter(expected.filed.notice.id, counter))
        assert not allowed or expected.in_force
        if allowed and complete:
            expected.countered_at = self.clock.now()

    @precondition(lambda machine: machine.any_counter_notice())
    @rule(case=CASE)
    def sue(self, case: int) -> None:
        expected = self.choose(
            case, lambda case: case.in_force and case.countered_at is not None and not case.sued
        )
        if self.attempt(expected, self.world.sue(expected.filed)):
            assert expected.in_force
            expected.sued = True

    @precondition(lambda machine: any(case.sued for case in machine.cases))
    @rule(case=CASE, first=st.sampled_from(Finding), second=st.sampled_from(Finding))
    def review(self, case: int, first: Finding, second: Finding) -> None:
        expected = self.choose(case, lambda case: case.sued)
        notice_id = expected.filed.notice.id
        one, two, three = self.world.lawyers
        if not self.attempt(expected, self.world.opine(notice_id, one, first)):
            return
        assert expected.sued
        assert self.attempt(expected, self.world.opine(notice_id, two, second))
        if first is not second:
            assert self.attempt(expected, self.world.opine(notice_id, three, second))
        expected.sued = second is Finding.SUFFICIENT

    @rule(case=CASE)
    def retract(self, case: int) -> None:
        expected = self.choose(case, lambda case: case.in_force and case.sued)
        if self.attempt(expected, self.world.retract(expected.filed)):
            expected.withdrawn = True
            expected.in_force = False

    @precondition(lambda machine: machine.any_counter_notice())
    @rule(case=CASE)
    def restore_by_hand(self, case: int) -> None:
        expected = self.choose(case, lambda case: case.in_force and case.countered_at is not None)
        reviewer = self.world.reviewer
        if self.attempt(expected, self.world.restore_by_hand(expected.filed.notice.id, reviewer)):
            self.expect_lawful_restoration(expected)

    @rule(hours=st.sampled_from([1, 24, 24 * 8, 24 * 16, 24 * 19]))
    def pass_time(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    @rule()
    def sweep(self) -> None:
        self.run(self.world.sweep())
        for case in self.cases:
            if case.in_force and self.lawful_day(case, 12):
                self.expect_lawful_restoration(case)
        assert self.run(self.world.sweep()) == 0

    @rule()
    def sell(self) -> None:
        self.run(self.world.sell())
        self.sold += SALE

    def any_counter_notice(self) -> bool:
        return any(case.countered_at is not None and case.in_force for case in self.cases)

    def lawful_day(self, case: Expected, business_days: int) -> bool:
        """Whether so many business days have passed since a counter notice nobody sued over."""
        if case.countered_at is None or case.sued:
            return False
        zone = AGENT.zone
        day = add_business_days(local_day(case.countered_at, zone), business_days)
        return local_day(self.clock.now(), zone) >= day

    def expect_lawful_restoration(self, case: Expected) -> None:
        assert case.in_force
        assert self.lawful_day(case, 10)
        case.in_force = False

    @invariant()
    def the_market_is_as_the_cases_say(self) -> None:
        told = {case.filed.notice.id for case in self.cases if case.in_force}
        holding, buckets = self.run(self.read_market())
        assert holding == dict.fromkeys(told, len(RestrictionKind))
        # Money is held exactly while a case is in force, and none of it is ever lost.
        bucket = Bucket.HELD if told else Bucket.PENDING
        assert buckets == ({bucket: self.sold} if self.sold else {})

    @invariant()
    def each_case_is_true_to_its_timeline(self) -> None:
        for case in self.cases:
            events, states = self.run(self.read_case(case.filed.notice.id))
            self.reached.update(states.values())
            assert timeline.fold(events) == states
            timeline.verify(events)
            strike = states.get(Thing.STRIKE)
            # A strike never outlives what it stands for.
            assert case.in_force == (strike is not None and strike != "void")
            assert case.withdrawn == (states[Thing.NOTICE] == "retracted")

    async def read_market(self) -> tuple[dict[str, int], dict[Bucket, int]]:
        """How many restrictions each case has in force, and what the uploader's buckets hold."""
        async with self.units.look(HOUSE) as uow:
            query = (
                sa.select(Restriction.case_id, sa.func.count())
                .where(Restriction.until.is_(None))
                .group_by(Restriction.case_id)
            )
            rows = (await uow.session.execute(query)).all()
        return {row.case_id: row[1] for row in rows}, await self.world.buckets()

    async def read_case(self, notice_id: str) -> tuple[list[CaseEvent], dict[Thing, str]]:
        """The events of a case, and the states that its rows are in."""
        states = await self.world.states(notice_id)
        return await self.world.events(notice_id), {Thing(key): states[key] for key in states}


def test_no_order_of_commands_breaks_a_case(migrated_sqlite: Path) -> None:
    CaseMachine.template = migrated_sqlite
    run_state_machine_as_test(
        CaseMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A machine that goes nowhere proves nothing.
    assert CaseMachine.reached >= {
        "retracted",
        "closed",
        "rejected",
        "deficient",
        "stay_down",
        "restored",
        "void",
    }
