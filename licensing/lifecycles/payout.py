"""A payee's earnings on their way to a bank."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class PayoutState(StrEnum):
    REQUESTED = "requested"
    HELD = "held"
    RESERVED = "reserved"
    TRANSFERRED = "transferred"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    REVERSED = "reversed"
    CANCELED = "canceled"


class PayoutCommand(StrEnum):
    HOLD = "hold"
    RELEASE = "release"
    RESERVE = "reserve"
    TRANSFER = "transfer"
    DEPART = "depart"
    PAY = "pay"
    FAIL = "fail"
    RETRY = "retry"
    REVERSE = "reverse"
    CANCEL = "cancel"


_S, _C = PayoutState, PayoutCommand

PAYOUT: Final = Lifecycle(
    name="payout",
    states=PayoutState,
    initial=_S.REQUESTED,
    terminal=frozenset({_S.REVERSED, _S.CANCELED}),
    transitions={
        (_S.REQUESTED, _C.HOLD): _S.HELD,
        (_S.REQUESTED, _C.RESERVE): _S.RESERVED,
        (_S.REQUESTED, _C.CANCEL): _S.CANCELED,
        (_S.HELD, _C.RELEASE): _S.REQUESTED,
        (_S.HELD, _C.CANCEL): _S.CANCELED,
        (_S.RESERVED, _C.TRANSFER): _S.TRANSFERRED,
        (_S.RESERVED, _C.FAIL): _S.FAILED,
        (_S.RESERVED, _C.CANCEL): _S.CANCELED,
        (_S.TRANSFERRED, _C.DEPART): _S.IN_TRANSIT,
        (_S.TRANSFERRED, _C.FAIL): _S.FAILED,
        (_S.IN_TRANSIT, _C.PAY): _S.PAID,
        (_S.IN_TRANSIT, _C.FAIL): _S.FAILED,
        # A payout can be reported as paid and come back from the bank days later.
        (_S.PAID, _C.FAIL): _S.FAILED,
        (_S.FAILED, _C.RETRY): _S.RESERVED,
        (_S.FAILED, _C.REVERSE): _S.REVERSED,
    },
)
