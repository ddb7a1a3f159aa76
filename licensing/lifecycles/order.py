"""A buyer's order, from basket to money that stays."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class OrderState(StrEnum):
    CREATED = "created"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHARGED_BACK = "charged_back"
    FAILED = "failed"
    EXPIRED = "expired"


class OrderCommand(StrEnum):
    START_PAYMENT = "start_payment"
    PAY = "pay"
    FAIL = "fail"
    EXPIRE = "expire"
    REFUND_PARTIALLY = "refund_partially"
    REFUND_FULLY = "refund_fully"
    DISPUTE = "dispute"
    CHARGE_BACK = "charge_back"
    REINSTATE = "reinstate"
    REINSTATE_PARTIALLY_REFUNDED = "reinstate_partially_refunded"
    REINSTATE_REFUNDED = "reinstate_refunded"


_S, _C = OrderState, OrderCommand

ORDER: Final = Lifecycle(
    name="order",
    states=OrderState,
    initial=_S.CREATED,
    terminal=frozenset({_S.CHARGED_BACK, _S.FAILED, _S.EXPIRED}),
    transitions={
        (_S.CREATED, _C.START_PAYMENT): _S.AWAITING_PAYMENT,
        (_S.CREATED, _C.EXPIRE): _S.EXPIRED,
        (_S.AWAITING_PAYMENT, _C.PAY): _S.PAID,
        (_S.AWAITING_PAYMENT, _C.FAIL): _S.FAILED,
        (_S.AWAITING_PAYMENT, _C.EXPIRE): _S.EXPIRED,
        (_S.PAID, _C.REFUND_PARTIALLY): _S.PARTIALLY_REFUNDED,
        (_S.PAID, _C.REFUND_FULLY): _S.REFUNDED,
        (_S.PAID, _C.DISPUTE): _S.DISPUTED,
        (_S.PARTIALLY_REFUNDED, _C.REFUND_PARTIALLY): _S.PARTIALLY_REFUNDED,
        (_S.PARTIALLY_REFUNDED, _C.REFUND_FULLY): _S.REFUNDED,
        (_S.PARTIALLY_REFUNDED, _C.DISPUTE): _S.DISPUTED,
        # A bank can send a refund back after reporting success, and a buyer can dispute a charge
        # that was refunded: nothing that was paid is ever quite over.
        (_S.PARTIALLY_REFUNDED, _C.REINSTATE): _S.PAID,
        (_S.PARTIALLY_REFUNDED, _C.REINSTATE_PARTIALLY_REFUNDED): _S.PARTIALLY_REFUNDED,
        (_S.REFUNDED, _C.REINSTATE): _S.PAID,
        (_S.REFUNDED, _C.REINSTATE_PARTIALLY_REFUNDED): _S.PARTIALLY_REFUNDED,
        (_S.REFUNDED, _C.DISPUTE): _S.DISPUTED,
        (_S.DISPUTED, _C.REINSTATE): _S.PAID,
        (_S.DISPUTED, _C.REINSTATE_PARTIALLY_REFUNDED): _S.PARTIALLY_REFUNDED,
        (_S.DISPUTED, _C.REINSTATE_REFUNDED): _S.REFUNDED,
        (_S.DISPUTED, _C.CHARGE_BACK): _S.CHARGED_BACK,
    },
)
