"""The life of a payment: one PaymentIntent, from our asking to money received or called off.

A declined card ends nothing: the buyer may try another one on the same intent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class PaymentState(StrEnum):
    OPENED = "opened"
    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class PaymentCommand(StrEnum):
    REQUEST = "request"
    SUCCEED = "succeed"
    CANCEL = "cancel"


_S, _C = PaymentState, PaymentCommand

PAYMENT: Final = Lifecycle(
    name="payment",
    states=PaymentState,
    initial=_S.OPENED,
    terminal=frozenset({_S.SUCCEEDED, _S.CANCELED}),
    transitions={
        (_S.OPENED, _C.REQUEST): _S.REQUESTED,
        (_S.OPENED, _C.CANCEL): _S.CANCELED,
        # A crash between Stripe's answer and our note of it: the webhook is the first to tell us.
        (_S.OPENED, _C.SUCCEED): _S.SUCCEEDED,
        (_S.REQUESTED, _C.SUCCEED): _S.SUCCEEDED,
        (_S.REQUESTED, _C.CANCEL): _S.CANCELED,
    },
)
