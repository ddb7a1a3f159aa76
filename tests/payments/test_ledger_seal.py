"""Attacks on the books, made past our own code, straight at each database."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Database
from app.core.ids import format_id
from app.core.settings import Settings
from app.payments import ledger
from app.payments.ledger import EntryKeyReused
from app.payments.models import JournalEntry, LedgerAccount, PayeeBalance, Posting
from licensing.errors import InsufficientFunds
from licensing.ledger import (
    AccountType,
    Bucket,
    EntryKind,
    payee,
    payout_reserved,
    purchase,
    refund_succeeded,
)
from licensing.money import Money
from tests.conftest import START
from tests.payments.conftest import HOUSE, Studio
from tests.postgres import PostgresCluster

STRIPE, FEE = "asset:stripe", "income:platform_fee"
Lines = list[tuple[str, str, int]]


async def open_accounts(database: Database) -> None:
    async with database.writing() as session:
        for code in (STRIPE, FEE):
            for currency in ("EUR", "USD"):
                session.add(
                    LedgerAccount(
                        code=code,
                        currency=currency,
                        type=AccountType(code.partition(":")[0]),
                        party_id=None,
                        bucket=None,
                    )
                )


def new_entry_id() -> str:
    return format_id("led", uuid.uuid4())


async def write_postings(session: AsyncSession, entry_id: str, lines: Lines) -> None:
    rows = [
        {"entry_id": entry_id, "account": account, "currency": currency, "minor": minor}
        for account, currency, minor in lines
    ]
    await session.execute(sa.insert(Posting), rows)


async def write_header(session: AsyncSession, entry_id: str, key: str | None = None) -> None:
    values: dict[str, Any] = {
        "id": entry_id,
        "key": key or entry_id,
        "kind": EntryKind.PURCHASE,
        "digest": b"\0" * 32,
        "subject": "attack",
        "order_id": None,
        "at": START,
    }
    await session.execute(sa.insert(JournalEntry).values(**values))


async def book(database: Database, lines: Lines) -> str:
    entry_id = new_entry_id()
    async with database.writing() as session:
        if lines:
            await write_postings(session, entry_id, lines)
        await write_header(session, entry_id)
    return entry_id


@pytest.fixture
async def books(database: Database) -> Database:
    await open_accounts(database)
    return database


GOOD: Lines = [(STRIPE, "EUR", 100), (FEE, "EUR", -100)]


async def test_a_balanced_entry_is_written(books: Database) -> None:
    await book(books, GOOD)
    async with books.reading() as session:
        assert [row.minor for row in await ledger.trial_balance(session)] == [100, -100]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([(STRIPE, "EUR", 100), (FEE, "EUR", -99)], id="unbalanced"),
        pytest.param([(STRIPE, "EUR", 100), (FEE, "USD", -100)], id="balanced across currencies"),
        pytest.param([(STRIPE, "EUR", 100)], id="a single posting"),
        pytest.param(
            [(STRIPE, "EUR", 100), (FEE, "EUR", -100), (FEE, "USD", 0)], id="a posting of zero"
        ),
        pytest.param([(STRIPE, "GBP", 100), (FEE, "GBP", -100)], id="an account not opened"),
        pytest.param([], id="no postings"),
    ],
)
async def test_a_bad_entry_is_refused(books: Database, lines: Lines) -> None:
    with pytest.raises(IntegrityError):
        await book(books, lines)
    async with books.reading() as session:
        assert await ledger.trial_balance(session) == []


async def test_postings_without_a_header_do_not_commit(books: Database) -> None:
    with pytest.raises(IntegrityError):
        async with books.writing() as session:
            await write_postings(session, new_entry_id(), GOOD)
    async with books.reading() as session:
        assert await ledger.trial_balance(session) == []


async def test_nothing_is_added_to_an_entry_that_has_its_header(books: Database) -> None:
    entry_id = await book(books, GOOD)
    with pytest.raises(IntegrityError, match="sealed"):
        async with books.writing() as session:
            await write_postings(session, entry_id, [(STRIPE, "USD", 7), (FEE, "USD", -7)])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posting SET minor = minor * 2",
        "DELETE FROM posting",
        "UPDATE journal_entry SET key = 'another'",
        "DELETE FROM journal_entry",
    ],
)
async def test_what_is_booked_stays_booked(books: Database, statement: str) -> None:
    await book(books, GOOD)
    with pytest.raises(IntegrityError, match="stays booked"):
        async with books.writing() as session:
            await session.execute(sa.text(statement))
    async with books.reading() as session:
        assert [row.minor for row in await ledger.trial_balance(session)] == [100, -100]


@pytest.mark.parametrize("table", ["posting", "journal_entry"])
async def test_replacing_or_truncating_is_no_way_around(books: Database, table: str) -> None:
    await book(books, GOOD)
    statement = f"TRUNCATE {table} CASCADE"
    if books.engine.dialect.name == "sqlite":
        # REPLACE deletes the old row without firing its DELETE trigger.
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(IntegrityError):
        async with books.writing() as session:
            await session.execute(sa.text(statement))
    async with books.reading() as session:
        assert [row.minor for row in await ledger.trial_balance(session)] == [100, -100]


async def test_a_concurrent_transaction_cannot_slip_a_posting_in(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    # On PostgreSQL only: SQLite has one writer at a time.
    with postgres.migrated_database() as url:
        settings = Settings(home=tmp_path, database_url=url)
        books = Database.connect(settings)
        await open_accounts(books)
        entry_id = new_entry_id()
        async with books.write_session() as honest, books.write_session() as thief:
            await write_postings(honest, entry_id, GOOD)
            await write_header(honest, entry_id)
            # The header is not yet visible here, so that the seal does not see it either.
            await write_postings(thief, entry_id, [(FEE, "USD", 7)])
            await honest.commit()
            with pytest.raises(IntegrityError, match="zero in each currency"):
                await thief.commit()
        await books.close()


async def test_a_bucket_never_goes_below_zero(studio: Studio, database: Database) -> None:
    await studio.sell()
    ada = studio.parties[0]
    bucket = payee(ada, Bucket.PENDING).code
    entry_id = new_entry_id()
    with pytest.raises(IntegrityError, match="not_overdrawn"):
        async with database.writing() as session:
            await write_postings(
                session, entry_id, [(bucket, "EUR", 1_000_000), (STRIPE, "EUR", -1_000_000)]
            )
    amount = Money(1_000_000, "EUR")
    greedy = payout_reserved(ada, amount, available=amount)
    with pytest.raises(InsufficientFunds) as refused:
        async with studio.units.begin(HOUSE) as uow:
            await ledger.post(uow, greedy, key="greedy", subject="x")
    assert refused.value.party_id == ada
    await studio.check()


async def test_one_key_is_one_entry(studio: Studio) -> None:
    entry = purchase(studio.shares())
    async with studio.units.begin(HOUSE) as uow:
        first = await ledger.post(uow, entry, key="k", subject="s")
        again = await ledger.post(uow, entry, key="k", subject="s")
    async with studio.units.begin(HOUSE) as uow:
        later = await ledger.post(uow, entry, key="k", subject="s")
    assert first == again == later
    with pytest.raises(EntryKeyReused):
        async with studio.units.begin(HOUSE) as uow:
            await ledger.post(uow, purchase(studio.shares(gross=2_001)), key="k", subject="s")
    await studio.check()
    assert await studio.account(STRIPE) == 2_000 - 88


async def test_one_key_is_one_entry_also_when_two_write_it_at_once(studio: Studio) -> None:
    entry = refund_succeeded(Money(100, "EUR"))

    async def write() -> str:
        async with studio.units.begin(HOUSE) as uow:
            return await ledger.post(uow, entry, key="same", subject="s")

    written = await asyncio.gather(*(write() for _ in range(6)))
    assert len(set(written)) == 1
    assert await studio.account(STRIPE) == -100


async def test_a_kept_balance_that_was_tampered_with_is_found(
    studio: Studio, database: Database
) -> None:
    await studio.sell()
    account = payee(studio.parties[0], Bucket.PENDING).code
    async with database.writing() as session:
        await session.execute(
            sa.update(PayeeBalance)
            .where(PayeeBalance.account == account)
            .values(minor=PayeeBalance.minor + 5)
        )
    async with database.reading() as session:
        gaps = await ledger.balances_out_of_step(session)
    assert [(gap.account, gap.minor) for gap in gaps] == [(account, 5)]
