"""An executable specification of the ledger: books, sales, payouts, and what must always hold.

The model keeps its own account of what Stripe holds, of open disputes, refunds and payouts, and
compares the books with it. It draws the positions that builders are given the way the service does:
pending and held per sale, available up to the whole bucket.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from licensing import ledger
from licensing.ledger import Account, Bucket, JournalEntry, PayeePosition, payee, receivable
from licensing.money import Money
from licensing.refunds import RefundLegs, split_refund
from licensing.splits import SaleShares

EUR = "EUR"


def euros(minor: int) -> Money:
    return Money(minor, EUR)


@dataclass
class Refund:
    legs: RefundLegs
    sent: bool = False


@dataclass
class Sale:
    shares: SaleShares
    matured: bool = False
    held: bool = False
    disputed: int = 0
    open_refunds: list[Refund] = field(default_factory=list)
    given_back: list[RefundLegs] = field(default_factory=list)
    buckets: Counter[tuple[str, Bucket]] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        return self.shares.gross.minor - sum(legs.amount.minor for legs in self.given_back)

    def still(self, bucket: Bucket) -> dict[str, Money]:
        """What this sale has in a bucket, per party."""
        return {party: euros(self.buckets[party, bucket]) for party in self.shares.shares}


@dataclass
class Payout:
    party: str
    amount: Money
    transferred: bool = False
    paid: bool = False


class Books:
    """All postings so far, and the world they describe."""

    def __init__(self) -> None:
        self.balances: Counter[str] = Counter()
        self.sales: list[Sale] = []
        self.payouts: list[Payout] = []
        self.at_stripe = 0
        self.in_clearing = 0

    def post(self, entry: JournalEntry, sale: Sale | None = None) -> None:
        for posting in entry.postings:
            self.balances[posting.account.code] += posting.minor
            bucket, party = posting.account.bucket, posting.account.party_id
            if sale is not None and bucket is not None and party is not None:
                sale.buckets[party, bucket] -= posting.minor
                # Of the whole available bucket, a sale can claim back no less than nothing.
                if bucket is Bucket.AVAILABLE:
                    sale.buckets[party, bucket] = max(0, sale.buckets[party, bucket])

    def owed(self, party: str, bucket: Bucket) -> int:
        return -self.balances[payee(party, bucket).code]

    def debt(self, party: str) -> int:
        return self.balances[receivable(party).code]

    def positions(self, sale: Sale, *, only_of_sale: bool) -> dict[str, PayeePosition]:
        def available(party: str) -> Money:
            everything = self.owed(party, Bucket.AVAILABLE)
            own = sale.buckets[party, Bucket.AVAILABLE]
            return euros(min(own, everything) if only_of_sale else everything)

        pending, held = sale.still(Bucket.PENDING), sale.still(Bucket.HELD)
        return {
            party: PayeePosition(pending[party], available(party), held[party])
            for party in sale.shares.shares
        }

    def buy(self, shares: SaleShares) -> None:
        sale = Sale(shares)
        self.sales.append(sale)
        self.post(ledger.purchase(shares), sale)
        self.at_stripe += shares.gross.minor - shares.processing_fee.minor

    def mature(self, sale: Sale) -> None:
        sale.matured = True
        pending = sale.still(Bucket.PENDING)
        if any(amount.minor for amount in pending.values()):
            self.post(ledger.mature(pending), sale)

    def hold(self, sale: Sale) -> None:
        sale.held = True
        positions = self.positions(sale, only_of_sale=True)
        if any(p.pending.minor or p.available.minor for p in positions.values()):
            self.post(ledger.hold(positions), sale)
        for party, position in positions.items():
            unpaid = position.pending + position.available + position.held
            assert sale.still(Bucket.HELD)[party] == unpaid

    def release(self, sale: Sale) -> None:
        sale.held = False
        held = sale.still(Bucket.HELD)
        if any(amount.minor for amount in held.values()):
            into = Bucket.AVAILABLE if sale.matured else Bucket.PENDING
            self.post(ledger.release(held, into), sale)

    def request_refund(self, sale: Sale, minor: int) -> None:
        legs = split_refund(sale.shares, sale.given_back, euros(minor))
        self.post(ledger.refund_requested(legs, self.positions(sale, only_of_sale=False)), sale)
        sale.given_back.append(legs)
        sale.open_refunds.append(Refund(legs))
        self.in_clearing += minor

    def send_refund(self, refund: Refund) -> None:
        refund.sent = True
        self.post(ledger.refund_succeeded(refund.legs.amount))
        self.at_stripe -= refund.legs.amount.minor
        self.in_clearing -= refund.legs.amount.minor

    def fail_refund(self, sale: Sale, refund: Refund) -> None:
        if refund.sent:
            self.post(ledger.refund_returned(refund.legs.amount))
            self.at_stripe += refund.legs.amount.minor
            self.in_clearing += refund.legs.amount.minor
        into = Bucket.HELD if sale.held else self._unheld(sale)
        debts = {party: euros(self.debt(party)) for party in sale.shares.shares}
        self.post(ledger.refund_failed(refund.legs, debts, into), sale)
        self.in_clearing -= refund.legs.amount.minor
        sale.open_refunds.remove(refund)
        sale.given_back.remove(refund.legs)

    def open_dispute(self, sale: Sale, minor: int, fee: int) -> None:
        self.post(ledger.dispute_funds_withdrawn(euros(minor), euros(fee)))
        self.at_stripe -= minor + fee
        sale.disputed = minor
        if not sale.held:
            self.hold(sale)

    def win_dispute(self, sale: Sale, fee_returned: int) -> None:
        self.post(ledger.dispute_won(euros(sale.disputed), euros(fee_returned)))
        self.at_stripe += sale.disputed + fee_returned
        sale.disputed = 0
        self.release(sale)

    def lose_dispute(self, sale: Sale) -> None:
        legs = split_refund(sale.shares, sale.given_back, euros(sale.disputed))
        self.post(ledger.dispute_lost(legs, self.positions(sale, only_of_sale=False)), sale)
        sale.given_back.append(legs)
        sale.disputed = 0
        self.release(sale)

    def reserve(self, party: str, minor: int) -> None:
        available = euros(self.owed(party, Bucket.AVAILABLE))
        self.post(ledger.payout_reserved(party, euros(minor), available))
        self.payouts.append(Payout(party, euros(minor)))

    def unreserve(self, payout: Payout) -> None:
        self.post(ledger.payout_unreserved(payout.party, payout.amount))
        self.payouts.remove(payout)

    def transfer(self, payout: Payout) -> None:
        self.post(ledger.payout_transferred(payout.party, payout.amount))
        self.at_stripe -= payout.amount.minor
        payout.transferred = True

    def pay(self, payout: Payout) -> None:
        self.post(ledger.payout_paid(payout.party, payout.amount))
        payout.paid = True

    def fail_payout(self, payout: Payout) -> None:
        if payout.paid:
            self.post(ledger.payout_returned(payout.party, payout.amount))
        self.post(ledger.payout_transfer_reversed(payout.party, payout.amount))
        self.at_stripe += payout.amount.minor
        payout.transferred = payout.paid = False

    def recoup(self, party: str) -> None:
        amount = min(self.debt(party), self.owed(party, Bucket.AVAILABLE))
        self.post(ledger.receivable_recouped(party, euros(amount)))

    def write_off(self, party: str) -> None:
        self.post(ledger.receivable_written_off(party, euros(self.debt(party))))

    def check(self, parties: tuple[str, ...]) -> None:
        """Everything that must hold between any two events."""
        books = self.balances
        assert sum(books.values()) == 0
        assert books["asset:stripe"] == self.at_stripe
        assert books["asset:dispute"] == sum(sale.disputed for sale in self.sales)
        assert -books["liability:refund_clearing"] == self.in_clearing
        for party in parties:
            self._check_payee(party)
        for sale in self.sales:
            self._check_sale(sale)

    def _check_payee(self, party: str) -> None:
        assert all(self.owed(party, bucket) >= 0 for bucket in Bucket)
        assert self.debt(party) >= 0
        mine = [payout for payout in self.payouts if payout.party == party and not payout.paid]
        assert self.owed(party, Bucket.RESERVED) == sum(p.amount.minor for p in mine)
        assert self.balances[Account(f"asset:connected:{party}").code] == sum(
            payout.amount.minor for payout in mine if payout.transferred
        )
        for bucket in (Bucket.PENDING, Bucket.HELD):
            of_sales = sum(sale.buckets[party, bucket] for sale in self.sales)
            assert self.owed(party, bucket) == of_sales

    def _check_sale(self, sale: Sale) -> None:
        assert sale.left >= 0
        for party, share in sale.shares.shares.items():
            given_back = sum(legs.shares[party].minor for legs in sale.given_back)
            assert 0 <= given_back <= share.minor
            if sale.left == 0:
                assert given_back == share.minor
        if sale.held:
            assert all(amount.minor == 0 for amount in sale.still(Bucket.PENDING).values())

    @staticmethod
    def _unheld(sale: Sale) -> Bucket:
        return Bucket.AVAILABLE if sale.matured else Bucket.PENDING
