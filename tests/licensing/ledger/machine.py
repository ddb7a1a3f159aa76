"""Hypothesis drives the books through every event, in any order it can think of."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from licensing.ledger import Bucket
from licensing.splits import SaleShares
from tests.licensing.ledger.model import Books, Payout, Refund, Sale
from tests.licensing.strategies import PARTIES, sales


class LedgerMachine(RuleBasedStateMachine):
    """Purchases, time, cases, refunds, disputes and payouts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()

    def _refundable(self) -> list[Sale]:
        return [sale for sale in self.books.sales if sale.left and not sale.disputed]

    def _refunds(self) -> list[tuple[Sale, Refund]]:
        return [
            (sale, refund)
            for sale in self.books.sales
            if not sale.disputed
            for refund in sale.open_refunds
        ]

    def _payouts(self, *, transferred: bool, paid: bool) -> list[Payout]:
        return [
            payout
            for payout in self.books.payouts
            if (payout.transferred, payout.paid) == (transferred, paid)
        ]

    @rule(shares=sales(), ripe=st.booleans())
    def buy(self, shares: SaleShares, ripe: bool) -> None:
        self.books.buy(shares)
        if ripe:
            self.books.mature(self.books.sales[-1])

    @precondition(lambda self: any(not s.matured and not s.held for s in self.books.sales))
    @rule(data=st.data())
    def mature(self, data: st.DataObject) -> None:
        ripe = [sale for sale in self.books.sales if not sale.matured and not sale.held]
        self.books.mature(data.draw(st.sampled_from(ripe)))

    @precondition(lambda self: any(not sale.held for sale in self.books.sales))
    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        free = [sale for sale in self.books.sales if not sale.held]
        self.books.hold(data.draw(st.sampled_from(free)))

    @precondition(lambda self: any(s.held and not s.disputed for s in self.books.sales))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        held = [sale for sale in self.books.sales if sale.held and not sale.disputed]
        self.books.release(data.draw(st.sampled_from(held)))

    @precondition(lambda self: self._refundable())
    @rule(data=st.data(), amounts=st.lists(st.integers(1, 12), min_size=1, max_size=12))
    def request_small_refunds(self, data: st.DataObject, amounts: list[int]) -> None:
        sale = data.draw(st.sampled_from(self._refundable()))
        for amount in amounts:
            if sale.left:
                self.books.request_refund(sale, min(amount, sale.left))

    @precondition(lambda self: self._refundable())
    @rule(data=st.data())
    def request_full_refund(self, data: st.DataObject) -> None:
        sale = data.draw(st.sampled_from(self._refundable()))
        self.books.request_refund(sale, sale.left)

    @precondition(lambda self: any(not refund.sent for _, refund in self._refunds()))
    @rule(data=st.data())
    def send_refund(self, data: st.DataObject) -> None:
        waiting = [refund for _, refund in self._refunds() if not refund.sent]
        self.books.send_refund(data.draw(st.sampled_from(waiting)))

    @precondition(lambda self: self._refunds())
    @rule(data=st.data())
    def fail_refund(self, data: st.DataObject) -> None:
        self.books.fail_refund(*data.draw(st.sampled_from(self._refunds())))

    @precondition(lambda self: self._refundable())
    @rule(data=st.data(), fee=st.integers(0, 15))
    def open_dispute(self, data: st.DataObject, fee: int) -> None:
        sale = data.draw(st.sampled_from(self._refundable()))
        self.books.open_dispute(sale, data.draw(st.integers(1, sale.left)), fee)

    @precondition(lambda self: any(sale.disputed for sale in self.books.sales))
    @rule(data=st.data(), won=st.booleans(), fee_returned=st.integers(0, 15))
    def close_dispute(self, data: st.DataObject, won: bool, fee_returned: int) -> None:
        open_ones = [sale for sale in self.books.sales if sale.disputed]
        sale = data.draw(st.sampled_from(open_ones))
        if won:
            self.books.win_dispute(sale, fee_returned)
        else:
            self.books.lose_dispute(sale)

    @rule(data=st.data(), party=st.sampled_from(PARTIES))
    def reserve_payout(self, data: st.DataObject, party: str) -> None:
        available = self.books.owed(party, Bucket.AVAILABLE)
        if available:
            self.books.reserve(party, data.draw(st.integers(1, available)))

    @rule()
    def pay_everybody_everything(self) -> None:
        """The common case in one step, without which refunds after payouts are hardly reached."""
        for party in PARTIES:
            available = self.books.owed(party, Bucket.AVAILABLE)
            if available:
                self.books.reserve(party, available)
                self.books.transfer(self.books.payouts[-1])
                self.books.pay(self.books.payouts[-1])

    @precondition(lambda self: self._payouts(transferred=False, paid=False))
    @rule(data=st.data(), cancel=st.booleans())
    def move_reserved_payout(self, data: st.DataObject, cancel: bool) -> None:
        payout = data.draw(st.sampled_from(self._payouts(transferred=False, paid=False)))
        if cancel:
            self.books.unreserve(payout)
        else:
            self.books.transfer(payout)

    @precondition(lambda self: self._payouts(transferred=True, paid=False))
    @rule(data=st.data(), fails=st.booleans())
    def finish_payout(self, data: st.DataObject, fails: bool) -> None:
        payout = data.draw(st.sampled_from(self._payouts(transferred=True, paid=False)))
        if fails:
            self.books.fail_payout(payout)
        else:
            self.books.pay(payout)

    @precondition(lambda self: self._payouts(transferred=True, paid=True))
    @rule(data=st.data())
    def return_payout(self, data: st.DataObject) -> None:
        paid = self._payouts(transferred=True, paid=True)
        self.books.fail_payout(data.draw(st.sampled_from(paid)))

    @precondition(lambda self: any(self.books.debt(party) for party in PARTIES))
    @rule(data=st.data(), give_up=st.booleans())
    def settle_debt(self, data: st.DataObject, give_up: bool) -> None:
        debtors = [party for party in PARTIES if self.books.debt(party)]
        party = data.draw(st.sampled_from(debtors))
        if give_up:
            self.books.write_off(party)
        elif self.books.owed(party, Bucket.AVAILABLE):
            self.books.recoup(party)

    @invariant()
    def books_agree_with_the_world(self) -> None:
        self.books.check(PARTIES)
