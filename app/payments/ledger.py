"""The books: posting entries, and reading what they add up to.

Idempotent by key, sealed by the database (see ``models``). A payee's bucket is locked before it is
drawn from, in the order of the account codes, so that two transactions never wait for each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import rfc8785
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict
from app.core.unit_of_work import UnitOfWork
from app.payments.insertion import insert_missing
from app.payments.models import JournalEntry, LedgerAccount, PayeeBalance, Posting
from licensing import ledger
from licensing.errors import InsufficientFunds
from licensing.ledger import Account, Bucket, EntryKind
from licensing.money import Money


class EntryKeyReused(Conflict):
    """The key was used before for another entry."""

    slug = "ledger-key-reused"
    title = "This key belongs to another ledger entry"


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The sum of an account's postings in one currency: debits less credits, in minor units."""

    account: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry with its postings."""

    id: str
    kind: EntryKind
    order_id: str | None
    subject: str
    at: datetime
    postings: tuple[ledger.Posting, ...]


async def post(
    uow: UnitOfWork,
    entry: ledger.JournalEntry,
    *,
    key: str,
    subject: str,
    order_id: str | None = None,
) -> str:
    """Write an entry into the books once; the id of the entry that has this key.

    ``subject`` is what caused it, ``order_id`` the sale that it is about.

    Raises:
        EntryKeyReused: the key belongs to an entry that says something else.
        InsufficientFunds: a payee's bucket does not hold what should leave it.
    """
    digest = _digest(entry, subject, order_id)
    postings = sorted(entry.postings, key=lambda posting: (posting.account, posting.currency))
    await _check_funds(uow.session, postings)
    booked = await _entry_with_key(uow.session, key, digest)
    if booked is not None:
        return booked
    for posting in postings:
        await _open_account(uow.session, posting.account, posting.currency)
    entry_id = uow.new_id("led")
    header = {
        "id": entry_id,
        "key": key,
        "kind": entry.kind,
        "digest": digest,
        "order_id": order_id,
        "subject": subject,
        "at": uow.now,
    }
    try:
        async with uow.session.begin_nested():
            await uow.session.execute(sa.insert(Posting), _posting_rows(entry_id, postings))
            await uow.session.execute(sa.insert(JournalEntry).values(**header))
    except IntegrityError:
        # Another transaction has just committed the same key, or the database refuses the entry.
        booked = await _entry_with_key(uow.session, key, digest)
        if booked is None:
            raise
        return booked
    return entry_id


async def lock_buckets(session: AsyncSession, party_ids: Iterable[str]) -> None:
    """Lock all buckets of the payees, before deciding on several entries about them."""
    query = (
        sa.select(PayeeBalance.account)
        .join(LedgerAccount, _same_account())
        .where(LedgerAccount.party_id.in_(list(party_ids)))
        .order_by(PayeeBalance.account, PayeeBalance.currency)
        .with_for_update(of=PayeeBalance)
    )
    await session.execute(query)


async def bucket_balances(
    session: AsyncSession, party_ids: Iterable[str], currency: str, bucket: Bucket
) -> dict[str, Money]:
    """What each payee has in a bucket; payees who never had anything there are absent."""
    query = (
        sa.select(LedgerAccount.party_id, PayeeBalance.minor)
        .join(LedgerAccount, _same_account())
        .where(
            LedgerAccount.party_id.in_(list(party_ids)),
            LedgerAccount.bucket == bucket,
            PayeeBalance.currency == currency,
        )
    )
    rows = (await session.execute(query)).all()
    return {party: Money(minor, currency) for party, minor in rows if party is not None}


async def balances_of(session: AsyncSession, party_id: str) -> list[tuple[Bucket, Money]]:
    """All buckets of one payee that were ever used, by currency."""
    query = (
        sa.select(LedgerAccount.bucket, PayeeBalance.minor, PayeeBalance.currency)
        .join(LedgerAccount, _same_account())
        .where(LedgerAccount.party_id == party_id)
        .order_by(PayeeBalance.currency, LedgerAccount.bucket)
    )
    rows = (await session.execute(query)).all()
    return [(bucket, Money(minor, currency)) for bucket, minor, currency in rows if bucket]


async def balance(session: AsyncSession, account: Account, currency: str) -> Money:
    """The sum of an account's postings: debits less credits."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Posting.minor), 0)).where(
        Posting.account == account.code, Posting.currency == currency
    )
    return Money(int(await session.scalar(query) or 0), currency)


async def trial_balance(session: AsyncSession) -> list[AccountBalance]:
    """Every account's balance; in each currency they add up to zero."""
    query = (
        sa.select(Posting.account, Posting.currency, sa.func.sum(Posting.minor))
        .group_by(Posting.account, Posting.currency)
        .order_by(Posting.currency, Posting.account)
    )
    rows = (await session.execute(query)).all()
    # PostgreSQL adds up bigints as numeric.
    return [AccountBalance(account, currency, int(total)) for account, currency, total in rows]


async def balances_out_of_step(session: AsyncSession) -> list[AccountBalance]:
    """Buckets whose kept balance differs from their postings, which must never be; an alarm."""
    owed = -sa.func.coalesce(sa.func.sum(Posting.minor), 0)
    query = (
        sa.select(PayeeBalance.account, PayeeBalance.currency, PayeeBalance.minor - owed)
        .outerjoin(
            Posting,
            sa.and_(
                Posting.account == PayeeBalance.account, Posting.currency == PayeeBalance.currency
            ),
        )
        .group_by(PayeeBalance.account, PayeeBalance.currency, PayeeBalance.minor)
        .having(PayeeBalance.minor != owed)
    )
    rows = (await session.execute(query)).all()
    return [AccountBalance(account, currency, int(gap)) for account, currency, gap in rows]


async def entries_of_order(session: AsyncSession, order_id: str) -> list[BookedEntry]:
    """Everything booked about one order, in the order it happened."""
    where = JournalEntry.order_id == order_id
    headers = list(await session.scalars(sa.select(JournalEntry).where(where)))
    lines = await _lines(session, sa.select(JournalEntry.id).where(where))
    return sorted(
        (_booked(header, lines[header.id]) for header in headers), key=lambda e: (e.at, e.id)
    )


async def statement_of(
    session: AsyncSession, party_id: str, *, before: str | None, limit: int
) -> list[BookedEntry]:
    """The newest entries that touch a payee, with that payee's own postings only.

    ``before`` continues after the last entry of an earlier answer.
    """
    own = sa.select(LedgerAccount.code).where(LedgerAccount.party_id == party_id)
    touching = sa.select(Posting.entry_id).where(Posting.account.in_(own))
    query = sa.select(JournalEntry).where(JournalEntry.id.in_(touching))
    if before is not None:
        query = query.where(JournalEntry.id < before)
    headers = list(await session.scalars(query.order_by(JournalEntry.id.desc()).limit(limit)))
    page = sa.select(JournalEntry.id).where(JournalEntry.id.in_([row.id for row in headers]))
    lines = await _lines(session, page)
    return [
        _booked(header, [line for line in lines[header.id] if line.account.party_id == party_id])
        for header in headers
    ]


async def _lines(
    session: AsyncSession, entry_ids: sa.Select[str]
) -> Mapping[str, list[ledger.Posting]]:
    query = (
        sa.select(Posting)
        .where(Posting.entry_id.in_(entry_ids))
        .order_by(Posting.account, Posting.currency)
    )
    lines: dict[str, list[ledger.Posting]] = {}
    for row in await session.scalars(query):
        line = ledger.Posting(Account(row.account), row.minor, row.currency)
        lines.setdefault(row.entry_id, []).append(line)
    return lines


def _booked(header: JournalEntry, lines: list[ledger.Posting]) -> BookedEntry:
    return BookedEntry(
        id=header.id,
        kind=header.kind,
        order_id=header.order_id,
        subject=header.subject,
        at=header.at,
        postings=tuple(lines),
    )


async def _check_funds(session: AsyncSession, postings: list[ledger.Posting]) -> None:
    # The CHECK on the balance would refuse it too, but could not say whose bucket it is.
    for posting in postings:
        party_id, bucket = posting.account.party_id, posting.account.bucket
        if party_id is None or bucket is None or posting.minor < 0:
            continue
        row = await session.get(
            PayeeBalance,
            (posting.account.code, posting.currency),
            with_for_update=True,
            populate_existing=True,
        )
        there = row.minor if row is not None else 0
        if there < posting.minor:
            raise InsufficientFunds(party_id, bucket, posting.minor, there)


async def _open_account(session: AsyncSession, account: Account, currency: str) -> None:
    row = {
        "code": account.code,
        "currency": currency,
        "type": account.type,
        "party_id": account.party_id,
        "bucket": account.bucket,
    }
    await insert_missing(session, LedgerAccount, row, key=("code", "currency"))


async def _entry_with_key(session: AsyncSession, key: str, digest: bytes) -> str | None:
    row = (
        await session.execute(
            sa.select(JournalEntry.id, JournalEntry.digest).where(JournalEntry.key == key)
        )
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise EntryKeyReused(f"The ledger entry {key} exists and says something else.", key=key)
    entry_id: str = row.id
    return entry_id


def _digest(entry: ledger.JournalEntry, subject: str, order_id: str | None) -> bytes:
    lines = sorted(
        f"{posting.account.code} {posting.currency} {posting.minor}" for posting in entry.postings
    )
    document = [entry.kind.value, subject, order_id, *lines]
    return hashlib.sha256(rfc8785.dumps(document)).digest()


def _posting_rows(entry_id: str, postings: list[ledger.Posting]) -> list[dict[str, object]]:
    return [
        {
            "entry_id": entry_id,
            "account": posting.account.code,
            "currency": posting.currency,
            "minor": posting.minor,
        }
        for posting in postings
    ]


def _same_account() -> sa.ColumnElement[bool]:
    return sa.and_(
        LedgerAccount.code == PayeeBalance.account, LedgerAccount.currency == PayeeBalance.currency
    )
