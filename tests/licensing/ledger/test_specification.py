"""The ledger against its executable specification, and the specification against planted faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from licensing.allocation import allocate
from licensing.errors import LicensingError
from licensing.ledger import (
    Account,
    Bucket,
    EntryKind,
    JournalEntry,
    PayeePosition,
    payee,
    refund_failed,
)
from licensing.ledger.entry import entry_of
from licensing.money import Money
from licensing.refunds import RefundLegs
from tests.licensing.ledger.machine import LedgerMachine

TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)

ENOUGH_TO_FIND_A_FAULT = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def rounded_per_step(parts: Sequence[int], given_back: Sequence[int], amount: int) -> list[int]:
    return allocate(amount, parts)


def hold_of_pending_only(positions: Mapping[str, PayeePosition]) -> JournalEntry:
    return entry_of(
        EntryKind.HOLD,
        [
            line
            for party, position in positions.items()
            for line in (
                (payee(party, Bucket.PENDING), position.pending),
                (payee(party, Bucket.HELD), -position.pending),
            )
        ],
    )


def draw_without_looking(
    self: PayeePosition, party_id: str, amount: Money
) -> Iterator[tuple[Account, Money]]:
    yield payee(party_id, Bucket.AVAILABLE), amount


def settle_debts_that_nobody_has(
    legs: RefundLegs, open_receivables: Mapping[str, Money], into: Bucket
) -> JournalEntry:
    return refund_failed(legs, dict(legs.shares), into)


def payout_paid_from_stripe(party_id: str, amount: Money) -> JournalEntry:
    return entry_of(
        EntryKind.PAYOUT_PAID,
        [(payee(party_id, Bucket.RESERVED), amount), (Account("asset:stripe"), -amount)],
    )


def dispute_fee_into_dispute(disputed: Money, fee: Money) -> JournalEntry:
    return entry_of(
        EntryKind.DISPUTE_FUNDS_WITHDRAWN,
        [(Account("asset:dispute"), disputed + fee), (Account("asset:stripe"), -disputed - fee)],
    )


FAULTS: dict[str, tuple[str, Callable[..., object]]] = {
    "refunds rounded per step": ("licensing.refunds.refund_legs", rounded_per_step),
    "a hold that leaves matured money free": ("licensing.ledger.hold", hold_of_pending_only),
    "buckets drawn below zero": ("licensing.ledger.PayeePosition.draw", draw_without_looking),
    "debts settled that nobody has": (
        "licensing.ledger.refund_failed",
        settle_debts_that_nobody_has,
    ),
    "payouts paid from our own balance": ("licensing.ledger.payout_paid", payout_paid_from_stripe),
    "dispute fees never expensed": (
        "licensing.ledger.dispute_funds_withdrawn",
        dispute_fee_into_dispute,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_specification_finds_a_planted_fault(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, faulty = FAULTS[name]
    monkeypatch.setattr(target, faulty)
    with pytest.raises((AssertionError, LicensingError)):
        run_state_machine_as_test(LedgerMachine, settings=ENOUGH_TO_FIND_A_FAULT)
