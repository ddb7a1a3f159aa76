"""Entries and accounts cannot be wrong."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.errors import MalformedEntry, UnbalancedEntry, UnknownAccount, UnknownCurrency
from licensing.ledger import (
    Account,
    AccountType,
    Bucket,
    EntryKind,
    JournalEntry,
    Posting,
    connected,
    payee,
    receivable,
)
from licensing.ledger.accounts import STRIPE, TAX
from licensing.ledger.entry import entry_of, move
from licensing.money import Money

party_ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
accounts = st.sampled_from([STRIPE, TAX, payee("a", Bucket.HELD), receivable("a")])


@given(party_ids, st.sampled_from(Bucket))
def test_accounts_read_back_from_their_code(party_id: str, bucket: Bucket) -> None:
    account = Account(payee(party_id, bucket).code)
    assert (account.type, account.party_id, account.bucket) == (
        AccountType.LIABILITY,
        party_id,
        bucket,
    )
    for asset in (receivable(party_id), connected(party_id)):
        assert (asset.type, asset.party_id, asset.bucket) == (AccountType.ASSET, party_id, None)
    assert (STRIPE.type, STRIPE.party_id, STRIPE.bucket) == (AccountType.ASSET, None, None)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "asset",
        "asset:cash",
        "equity:capital",
        "liability:payee:a",
        "liability:payee:a:spent",
        "liability:payee::held",
        "liability:payee:a:b:held",
        "asset:receivable:a b",
        "asset:stripe\n",
        "asset:receivable:a\n",
        "asset:receivable:" + "a" * 65,
    ],
)
def test_an_account_outside_the_chart_is_refused(code: str) -> None:
    with pytest.raises(UnknownAccount) as refused:
        Account(code)
    assert refused.value.code == code


@given(
    st.lists(st.tuples(accounts, st.integers(-50, 50), st.sampled_from(["EUR", "JPY"])), max_size=6)
)
def test_an_entry_balances_or_is_refused(lines: list[tuple[Account, int, str]]) -> None:
    postings = tuple(Posting(*line) for line in lines)
    sums = Counter[str]()
    for _, minor, currency in lines:
        sums[currency] += minor
    sound = len(lines) >= 2 and all(minor for _, minor, _ in lines) and not any(sums.values())
    if sound:
        assert JournalEntry(EntryKind.HOLD, postings).postings == postings
    else:
        with pytest.raises((MalformedEntry, UnbalancedEntry)):
            JournalEntry(EntryKind.HOLD, postings)


def test_balance_is_per_currency() -> None:
    with pytest.raises(UnbalancedEntry) as refused:
        JournalEntry(EntryKind.HOLD, (Posting(STRIPE, 5, "EUR"), Posting(TAX, -5, "USD")))
    assert (refused.value.currency, refused.value.residue) == ("EUR", 5)


def test_a_posting_of_zero_is_refused() -> None:
    postings = (Posting(STRIPE, 5, "EUR"), Posting(TAX, -5, "EUR"), Posting(TAX, 0, "EUR"))
    with pytest.raises(MalformedEntry, match="is zero"):
        JournalEntry(EntryKind.HOLD, postings)


def test_a_currency_must_be_one() -> None:
    with pytest.raises(UnknownCurrency):
        JournalEntry(EntryKind.HOLD, (Posting(STRIPE, 5, "XXX"), Posting(TAX, -5, "XXX")))


def test_lines_on_one_account_are_merged_and_zeros_left_out() -> None:
    one = Money(1, "EUR")
    entry = entry_of(
        EntryKind.HOLD,
        [(STRIPE, one), (STRIPE, one), (receivable("a"), one - one), (TAX, -one - one)],
    )
    assert entry.postings == (Posting(STRIPE, 2, "EUR"), Posting(TAX, -2, "EUR"))


@pytest.mark.parametrize("minor", [0, -1])
def test_only_positive_amounts_move(minor: int) -> None:
    with pytest.raises(MalformedEntry):
        move(EntryKind.HOLD, Money(minor, "EUR"), debit=STRIPE, credit=TAX)
