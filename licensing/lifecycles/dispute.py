"""A buyer's dispute of a card payment, as Stripe reports it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class DisputeState(StrEnum):
    RECEIVED = "received"
    WARNING = "warning"
    WARNING_CLOSED = "warning_closed"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class DisputeCommand(StrEnum):
    WARN = "warn"
    CLOSE_WARNING = "close_warning"
    WITHDRAW_FUNDS = "withdraw_funds"
    WIN = "win"
    LOSE = "lose"


_S, _C = DisputeState, DisputeCommand

DISPUTE: Final = Lifecycle(
    name="dispute",
    states=DisputeState,
    initial=_S.RECEIVED,
    terminal=frozenset({_S.WARNING_CLOSED, _S.WON, _S.LOST}),
    transitions={
        # An inquiry moves no money; a chargeback does, with or without an inquiry before it.
        (_S.RECEIVED, _C.WARN): _S.WARNING,
        (_S.RECEIVED, _C.WITHDRAW_FUNDS): _S.OPEN,
        (_S.WARNING, _C.CLOSE_WARNING): _S.WARNING_CLOSED,
        (_S.WARNING, _C.WITHDRAW_FUNDS): _S.OPEN,
        (_S.OPEN, _C.WIN): _S.WON,
        (_S.OPEN, _C.LOSE): _S.LOST,
    },
)
