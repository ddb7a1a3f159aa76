"""Any order of commands, by anybody, at any time: the case stays true to the law and to itself."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app.cases import timeline
from app.cases.filing import Filed
from app.cases.models import Finding, Outcome, Thing
from app.core.clock import TestClock
from app.core.database import Database
from app.core.errors import ServiceError
from app.core.settings import Settings
from app.core.unit_of_work import UnitOfWorkFactory
from licensing.calendar import add_business_days, local_day
from licensing.ledger import Bucket
from tests.cases.world import AGENT, World, complete_counter_filing, complete_filing
from tests.conftest import START, RecordedJobs

Result = TypeVar("Result")

SALE = 1_700  # what the uploader earns of each sale


@dataclass
class Expected:
    """What must be true of one notice, told without looking at the service."""

    filed: Filed
    in_force: bool = False
    countered_at: datetime | None = None
    sued: bool = False
    withdrawn: bool = False


class CaseMachine(RuleBasedStateMachine):
    """Up to three notices about one track that sells, and all that may happen to them."""

    def __init__(self, template: Path) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="cases-"))
        shutil.copy(Settings(home=template).sqlite_path, Settings(home=self.home).sqlite_path)
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

    def pick(self, number: int) -> Expected | None:
        return self.cases[number % len(self.cases)] if self.cases else None

    @initialize()
    def open_the_market(self) -> None:
        self.world = self.run(World.build(self.units))

    @rule(complete=st.booleans())
    def file(self, complete: bool) -> None:
        if len(self.cases) < 3:
            filing = complete_filing(self.world.listing_id, works=(f"Song {len(self.cases)}",))
            filing = filing if complete else replace(filing, signature="")
            self.cases.append(Expected(self.run(self.world.file(filing))))

    @rule(number=st.integers(0, 2), outcome=st.sampled_from(Outcome))
    def decide(self, number: int, outcome: Outcome) -> None:
        case = self.pick(number)
        if case is not None:
            # Claiming may succeed where deciding is refused, but only for a notice to decide on.
            try:
                self.run(self.world.decide(case.filed.notice.id, outcome))
            except ServiceError:
                return
            case.in_force = outcome is Outcome.ACCEPT

    @rule(number=st.integers(0, 2), complete=st.booleans())
    def counter(self, number: int, complete: bool) -> None:
        case = self.pick(number)
        if case is None:
            return
        counter = replace(complete_counter_filing(), accepts_service=complete)
        allowed = self.attempt(case, self.world.counter(case.filed.notice.id, counter))
        assert not allowed or case.in_force
        if allowed and complete:
            case.countered_at = self.clock.now()

    @rule(number=st.integers(0, 2))
    def sue(self, number: int) -> None:
        case = self.pick(number)
        if case is not None and self.attempt(case, self.world.sue(case.filed)):
            assert case.in_force
            case.sued = True

    @rule(number=st.integers(0, 2), first=st.sampled_from(Finding), second=st.sampled_from(Finding))
    def review(self, number: int, first: Finding, second: Finding) -> None:
        case = self.pick(number)
        if case is None:
            return
        notice_id = case.filed.notice.id
        one, two, three = self.world.lawyers
        if not self.attempt(case, self.world.opine(notice_id, one, first)):
            return
        assert case.sued
        assert self.attempt(case, self.world.opine(notice_id, two, second))
        if first is not second:
            assert self.attempt(case, self.world.opine(notice_id, three, second))
        case.sued = second is Finding.SUFFICIENT

    @rule(number=st.integers(0, 2))
    def retract(self, number: int) -> None:
        case = self.pick(number)
        if case is not None and self.attempt(case, self.world.retract(case.filed)):
            case.withdrawn = True
            case.in_force = False

    @rule(number=st.integers(0, 2))
    def restore_by_hand(self, number: int) -> None:
        case = self.pick(number)
        if case is None:
            return
        reviewer = self.world.reviewer
        if self.attempt(case, self.world.restore_by_hand(case.filed.notice.id, reviewer)):
            self.expect_lawful_restoration(case)

    @rule(hours=st.sampled_from([1, 24, 24 * 5, 24 * 16, 24 * 19, 24 * 60]))
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
    def restrictions_are_what_the_cases_say(self) -> None:
        for case in self.cases:
            assert bool(self.run(self.world.in_force(case.filed.notice.id))) == case.in_force

    @invariant()
    def money_is_held_exactly_while_a_case_is_in_force(self) -> None:
        if self.sold:
            held = any(case.in_force for case in self.cases)
            bucket = Bucket.HELD if held else Bucket.PENDING
            assert self.run(self.world.buckets()) == {bucket: self.sold}

    @invariant()
    def states_follow_from_the_timeline(self) -> None:
        for case in self.cases:
            notice_id = case.filed.notice.id
            events = self.run(self.world.events(notice_id))
            states = self.run(self.world.states(notice_id))
            assert timeline.fold(events) == {Thing(key): value for key, value in states.items()}
            timeline.verify(events)

    @invariant()
    def a_strike_never_outlives_what_it_stands_for(self) -> None:
        for case in self.cases:
            states = self.run(self.world.states(case.filed.notice.id))
            if "strike" in states and not case.in_force:
                assert states["strike"] in {"void", "expired"}
            if case.in_force:
                assert states["strike"] != "void"
            assert not case.withdrawn or states["notice"] == "retracted"


def test_no_order_of_commands_breaks_a_case(migrated_sqlite: Path) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: CaseMachine(migrated_sqlite),
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
